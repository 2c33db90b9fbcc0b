/// The topics services speak on, each named for what it carries.
///
/// `deploy/topics.json` says the same for operators and for whoever sets up a cluster by hand, and a test holds the two equal.
/// The constants are compiled in, and the file is not read at run time, so that a binary never depends on a file beside it
/// and a wrong edit fails in a build instead of in a running service.
package enum Topic: String, CaseIterable, Sendable, Hashable, Codable {
    /// Referrals that were received, amended or withdrawn.
    case referrals
    /// People whom an extract says may need, or draw on, adult social care.
    case population
    /// Cases from their opening to their close, with offers, agreements and support.
    case cases
    /// Payment schedules, pay runs and payments.
    case payments
    /// Champions, training, events and promotion.
    case engagement
    /// Person identities that were merged, unmerged or erased.
    case people
    /// What partners hand in. The only topic that outsiders write and the only one with personal data in the clear.
    case submissions

    /// Partitions of every topic. Never changed: a key must keep its partition for its events to keep their order.
    package static let partitions: Int32 = 12

    /// The partitioner every producer uses, so that any client sends a key to the same partition as Kafka's own would.
    package static let partitioner = "murmur2_random"

    /// How long the broker keeps a record in milliseconds; -1 is for ever.
    package var retentionMilliseconds: Int64 {
        self == .submissions ? 24 * 60 * 60 * 1_000 : -1
    }

    /// What the record's key is, in lower-case text: the id of the thing the event is about.
    package var key: String {
        switch self {
        case .referrals: "referral"
        case .population, .people: "person"
        case .cases: "case"
        case .payments: "agreement, or pay run for events about a whole run"
        case .engagement: "champion or training session"
        case .submissions: "partner's message"
        }
    }

    /// The one service that publishes here; `partners` are outside.
    package var producer: String {
        switch self {
        case .referrals, .population, .people: "referral-gateway"
        case .cases: "case-intake"
        case .payments: "dp-finance"
        case .engagement: "engagement"
        case .submissions: "partners"
        }
    }

    /// The CloudEvents `source` of the producer: a slash and the service.
    package var source: String { "/" + producer }

    /// The consumer groups, each named after the service that reads; declared so that the embedded broker knows whom to wait for.
    package var consumerGroups: [String] {
        switch self {
        case .referrals: ["case-intake", "kpi"]
        case .population: ["case-intake", "engagement", "kpi"]
        case .cases: ["dp-finance", "kpi"]
        case .payments: ["case-intake", "kpi"]
        case .engagement: ["kpi"]
        case .people: ["case-intake", "dp-finance", "engagement", "kpi"]
        case .submissions: ["referral-gateway"]
        }
    }

    /// What the topic carries, in a sentence.
    package var summary: String {
        switch self {
        case .referrals: "Referrals that were received, amended or withdrawn."
        case .population: "People whom an extract says may need, or draw on, adult social care."
        case .cases: "Cases from their opening to their close, with offers, agreements and support."
        case .payments: "Payment schedules, pay runs and payments."
        case .engagement: "Champions, training, events and promotion."
        case .people: "Person identities that were merged, unmerged or erased."
        case .submissions: "What partners hand in; kept for 24 hours and read by the gateway alone."
        }
    }
}
