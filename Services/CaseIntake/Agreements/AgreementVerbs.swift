import Domain
import FoundationEssentials
import ServiceKit

/// Drafting, showing and signing an agreement.
enum AgreementVerbs {
    /// The longest name of a signer.
    static let signerNameMax = 200

    static func all(_ verbs: ServiceDefinition, _ agreements: AgreementHandler) -> [Command] {
        [
            Command(
                "agreement", abstract: "Draft, show and sign a direct payment agreement.",
                subcommands: [
                    draft(verbs, agreements), show(verbs), sign(verbs, agreements), countersign(verbs, agreements),
                ])
        ]
    }

    private static func draft(_ verbs: ServiceDefinition, _ agreements: AgreementHandler) -> Command {
        Command(
            "draft", abstract: "Make the agreement's text from what was agreed.",
            discussion:
                "A draft after the signatures is a material change: nothing is paid until both have signed it again."
        ) { line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            let startsOn = line.requiredOption(
                "starts-on", CivilDate.self, "The first day of the first payment period.")
            let endsOn = line.option("ends-on", CivilDate.self, "The last day, where there is an end.")
            let weekly = line.option("weekly-budget", Pence.self, "A new weekly budget, in a later version.")
            let contribution = line.option("weekly-contribution", Pence.self, "What the person pays of the new budget.")
            return verbs.changing(&line, .draftAgreement, caseID) { call, act, seal in
                guard call[weekly] != nil || call[contribution] == nil else {
                    throw CommandFailure(
                        .badInput, "A new contribution needs the weekly budget that it is part of.",
                        next: "Give --weekly-budget too, even where it stays the same.")
                }
                let budget = try call[weekly].map {
                    try WeeklyBudget(budget: $0, contribution: call[contribution] ?? .zero)
                }
                let text = try await agreements.draft(
                    call[caseID], seal, startsOn: call[startsOn], endsOn: call[endsOn], budget: budget, by: act.decider,
                    at: act.now, in: act.transaction)
                return table(of: text, withBody: false)
            }
        }
    }

    private static func show(_ verbs: ServiceDefinition) -> Command {
        Command("show", abstract: "Show the newest text exactly as it will be signed, with its hash.") { line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            return verbs.looking(at: caseID) { call, act, seal in
                guard let text = try await AgreementStore.newest(of: call[caseID], seal, in: act.transaction) else {
                    throw CaseError.noAgreement
                }
                return table(of: text, withBody: true)
            }
        }
    }

    private static func sign(_ verbs: ServiceDefinition, _ agreements: AgreementHandler) -> Command {
        Command("sign", abstract: "Record that the person, or somebody for them, signed the text they were shown.") {
            line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            let role = line.option("signer", default: SignerRole.adult, "In what capacity they sign.")
            let name = line.requiredOption("name", String.self, "The signer's name, as signed.")
            let hash = line.requiredOption("text-sha256", String.self, "The hash of the text that was shown.")
            return verbs.changing(&line, .signAgreement, caseID) { call, act, seal in
                guard (1...signerNameMax).contains(call[name].count), call[name].contains(where: { !$0.isWhitespace })
                else {
                    throw CommandFailure(.badInput, "The signer needs a name of 1 to \(signerNameMax) characters.")
                }
                guard let shown = TextSHA256(call[hash]) else {
                    throw CommandFailure(
                        .badInput, "This is not the hash of a text.", next: "Take it from 'case-intake agreement show'."
                    )
                }
                try await agreements.sign(
                    call[caseID], seal, role: call[role], signer: call[name], shown: shown, recordedBy: act.decider,
                    at: act.now,
                    in: act.transaction)
                return Table(title: "Signed", properties: [("textSHA256", .text(shown.description))])
            }
        }
    }

    private static func countersign(_ verbs: ServiceDefinition, _ agreements: AgreementHandler) -> Command {
        Command("countersign", abstract: "Sign for the council.") { line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            return verbs.changing(&line, .countersignAgreement, caseID) { call, act, seal in
                try await agreements.countersign(
                    call[caseID], seal, by: act.staffID, name: act.person.name, at: act.now, in: act.transaction)
                return Table(title: "Countersigned", properties: [("caseID", .id(call[caseID]))])
            }
        }
    }

    private static func table(of text: StoredAgreementText, withBody: Bool) -> Table {
        var properties: [(String, Cell)] = [
            ("agreementID", .id(text.agreementID)), ("version", .count(text.version)),
            ("textSHA256", .text(text.sha256.description)),
        ]
        if withBody { properties.append(("text", .text(text.body))) }
        return Table(title: "Agreement", properties: properties)
    }
}

extension SignerRole: CommandLineChoice {}
