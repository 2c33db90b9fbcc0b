import Domain
import Formats
import ServiceKit

/// Refers the young people of one return, each in a transaction of their own: what was interrupted is finished by reading the
/// return again, which does nothing twice.
struct TransitionReferrals: Sendable {
    let reading: YoungPeopleReading
    let sender: String
    let describedDay: CivilDate
    let isRehearsal: Bool

    /// Where somebody stands, and what became of it; no receipt where the return asks for nothing.
    struct Outcome: Sendable {
        let person: YoungPerson
        let standing: TransitionStanding
        let receipt: Receipt?
    }

    /// In the order of the return.
    func refer(_ context: ServiceContext, as person: ActingPerson) async throws -> [Outcome] {
        let today = LondonTime.date(of: context.now())
        let children = reading.people.map(\.childID)
        let known = try await context.act(as: person, .submitReferral, readOnly: true) { work in
            work.note("young people of a return", of: [])
            return try await KnownReferrals.of(children, from: sender, in: work.transaction)
        }
        var outcomes: [Outcome] = []
        for child in reading.people {
            let standing = TurningEighteen.standing(of: child, on: today)
            let referral = try YoungPersonReferral(
                child, standing, known: known, of: reading, from: sender, describing: describedDay)
            var receipt: Receipt?
            if let referral {
                receipt = try await context.take(
                    referral.submission, referral.reading, as: person, dryRun: isRehearsal
                ).receipt
            }
            outcomes.append(Outcome(person: child, standing: standing, receipt: receipt))
        }
        return outcomes
    }
}
