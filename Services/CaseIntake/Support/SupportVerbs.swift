import Domain
import FoundationEssentials
import ServiceKit

/// The beginning and the end of support.
enum SupportVerbs {
    static func all(_ verbs: ServiceDefinition, _ cases: CaseHandler) -> [Command] {
        [
            Command(
                "support", abstract: "Record that support began or ended.",
                subcommands: [start(verbs, cases), end(verbs, cases)])
        ]
    }

    private static func start(_ verbs: ServiceDefinition, _ cases: CaseHandler) -> Command {
        Command(
            "start", abstract: "Record that support began.",
            discussion: "A direct payment starts only on an agreement whose stored text is the one that both signed."
        ) { line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            let mechanism = line.requiredOption("mechanism", DeliveryMechanism.self, "How it is paid for.")
            let setting = line.option("setting", default: SupportSetting.community, "Where it is given.")
            let day = line.requiredOption("on", CivilDate.self, "The first day.")
            return verbs.changing(&line, .startSupport, caseID) { call, act, seal in
                let text = try await AgreementStore.newest(of: call[caseID], seal, in: act.transaction)
                let start = SupportStart(startedOn: call[day], setting: call[setting], mechanism: call[mechanism])
                return try await cases.carryOut(
                    .startSupport(start, currentTextSHA256: text?.sha256), on: call[caseID], seal, act)
            }
        }
    }

    private static func end(_ verbs: ServiceDefinition, _ cases: CaseHandler) -> Command {
        Command("end", abstract: "Record that support ended.") { line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            let day = line.requiredOption("on", CivilDate.self, "The last day.")
            let reason = line.requiredOption("reason", SupportEndReason.self, "Why it ended.")
            return verbs.changing(&line, .endSupport, caseID) { call, act, seal in
                try await cases.carryOut(
                    .endSupport(SupportEnd(endedOn: call[day], reason: call[reason])), on: call[caseID], seal, act)
            }
        }
    }
}

extension DeliveryMechanism: CommandLineChoice {}
extension SupportSetting: CommandLineChoice {}
extension SupportEndReason: CommandLineChoice {}
