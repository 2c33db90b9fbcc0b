import Domain
import Events
import FoundationEssentials
import Messaging
import Postgres

/// The first payment starts the review clock.
struct PaymentEvents: EventHandler {
    /// A first review is due so many months after the first payment (Care and Support (Direct Payments) Regulations 2014,
    /// SI 2014/2871, regulation 7(1)).
    static let firstReviewMonths = 6

    func handle(_ events: [InboundEvent], in transaction: PostgresTransaction) async throws {
        for event in events where event.carries(PaymentPaid.self) {
            let payment = try event.decode(PaymentPaid.self)
            guard payment.isFirst else { continue }
            let due = payment.paymentDate.adding(months: Self.firstReviewMonths)
            _ = try await transaction.query(
                """
                update care_case set first_paid_on = \(payment.paymentDate), review_due_on = \(due)
                where case_id = \(payment.caseID.uuid) and first_paid_on is null
                """)
        }
    }
}
