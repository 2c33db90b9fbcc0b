import Domain
import Formats
import FoundationEssentials
import Messaging
import Postgres
import ServiceKit

/// Where the money of an agreement goes.
enum PayeeVerbs {
    static func all(_ verbs: ServiceDefinition) -> [Command] {
        [
            Command("payees", abstract: "Record where the money of an agreement goes.", subcommands: [add(verbs)]),
            Command("agreements", abstract: "Look at agreements.", subcommands: [list(verbs)]),
        ]
    }

    private static func add(_ verbs: ServiceDefinition) -> Command {
        Command(
            "add", abstract: "Record the account of an agreement that has none.",
            discussion:
                "The details are read from a file, so that they stand on no command line: three lines, the account's "
                + "name, the sort code and the account number."
        ) { line in
            let agreement = line.argument("agreement", AgreementID.self, "The agreement's id.")
            let file = line.requiredOption("details", FilePath.self, "The file with the three lines.")
            return verbs.changing(&line, .schedulePayments) { call, context, isRehearsal in
                try await seal(of: call[agreement], context, isRehearsal: isRehearsal)
            } _: { call, act, seal in
                let account = try details(in: call[file].text)
                guard let seal else { throw notRecorded }
                var random = SystemRandomNumberGenerator()
                let id = PayeeID.v7(at: act.now, using: &random)
                try await act.noteChange(to: "agreement \(call[agreement])", under: seal) { transaction in
                    try await PayeeStore.standing(for: call[agreement], seal, in: transaction)
                } _: {
                    let isAdded = try await PayeeStore.add(
                        id, account, to: call[agreement], seal, by: act.staffID, at: act.now, in: act.transaction)
                    guard isAdded else { throw notRecorded }
                }
                return Table(title: "Payee", properties: [("payeeID", .id(id)), ("agreementID", .id(call[agreement]))])
            }
        }
    }

    private static let notRecorded = CommandFailure(
        .failed, "The agreement is not known here, or has a payee already.",
        next: "'dp-finance agreements list' shows which; details that change need two people.")

    /// The seal of whom an agreement is for; nil where there is no such agreement.
    private static func seal(
        of agreement: AgreementID, _ context: ServiceContext, isRehearsal: Bool
    ) async throws -> PersonSeal? {
        let rows = try await context.pool.query(
            "select person_id from agreement where agreement_id = \(agreement)", actingAs: Main.service.name)
        guard let person = try rows.first?.decode(PersonID.self) else { return nil }
        return try await context.vault.seal(of: person, isRehearsal: isRehearsal)
    }

    private static let bytesMax = 1_000

    private static func details(in path: String) throws -> BacsAccount {
        let text = String(decoding: try InputFile.read(path, upTo: bytesMax), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
            .map { $0.trimmingPrefix { $0 == " " } }
        guard lines.count == 3 else {
            throw CommandFailure(.badInput, "\(path) needs three lines: name, sort code and account number.")
        }
        do {
            return try BacsAccount(sortCode: String(lines[1]), number: String(lines[2]), name: String(lines[0]))
        } catch {
            throw CommandFailure(.badInput, error.description + ".")
        }
    }

    private static func list(_ verbs: ServiceDefinition) -> Command {
        Command("list", abstract: "List agreements and whether they can be paid.") { line in
            let limit = line.option("limit", default: 200, "How many at most.")
            return verbs.looking(.readPayments) { call, act in
                try ListLimit.check(call[limit])
                let rows = try await act.transaction.query(
                    """
                    select agreement_id, case_id, person_id, starts_on, ends_on, weekly_budget_pence, weekly_contribution_pence,
                        case when closed_at is not null and support_ended_on is null then 'closed'
                            when redrafted_at is not null then 'to be signed again' when payee_id is null then 'no payee'
                            else 'payable' end
                    from agreement left join payee using (agreement_id) order by signed_at, agreement_id limit \(call[limit])
                    """)
                var table = Table(
                    title: "Agreements",
                    columns: [
                        .init("agreementID", "Agreement"), .init("caseID", "Case"), .init("startsOn", "From"),
                        .init("endsOn", "To"), .init("weeklyBudget", "Weekly budget"),
                        .init("weeklyContribution", "Weekly contribution"), .init("state", "State"),
                    ])
                var people: [PersonID] = []
                for row in rows {
                    let (id, caseID, person, first, last, budget, contribution, state) = try row.decode(
                        AgreementID.self, CaseID.self, PersonID.self, CivilDate.self, CivilDate?.self, Pence.self,
                        Pence.self, String.self)
                    people.append(person)
                    table.append([
                        .id(id), .id(caseID), .date(first), .date(last), .money(budget), .money(contribution),
                        .text(state),
                    ])
                }
                act.note("list of agreements", of: people)
                return table
            }
        }
    }
}
