import Domain
import FoundationEssentials
import ServiceKit
import TestSupport
import Testing

@testable import CaseIntake

/// A verb, how far the case must have come for it, what follows the case's id, and who may.
private struct Call {
    let verb: [String]
    let milestone: Milestone
    var rest: [String] = []
    let may: Set<Role>
    /// A look changes nothing anyway.
    var isLook = false
    var takesCase = true

    /// The words of a call; HASH stands for the hash of the text that is signed.
    func words(_ id: CaseID, hash: String? = nil, isRehearsal: Bool = true) -> [String] {
        verb + (takesCase ? [id.description] : []) + rest.map { $0 == "HASH" ? hash ?? "none" : $0 }
            + (isLook || !isRehearsal ? [] : ["--dry-run"])
    }
}

private let everyone: Set<Role> = [.socialWorker, .teamManager, .directPaymentsTeam, .auditor]
private let socialWork: Set<Role> = [.socialWorker, .teamManager]
private let setUp: Set<Role> = [.socialWorker, .directPaymentsTeam]
private let all: Set<Role> = [.socialWorker, .teamManager, .directPaymentsTeam]

private let met = DirectPaymentCondition.required(under: .adultWithCapacity).flatMap {
    ["--met", "\($0.rawValue)=visit"]
}

/// In the order in which a case goes through them.
private let calls: [Call] = [
    Call(verb: ["cases", "list"], milestone: .opened, may: everyone, isLook: true, takesCase: false),
    Call(verb: ["cases", "show"], milestone: .opened, may: everyone, isLook: true),
    Call(verb: ["assess"], milestone: .opened, rest: ["--support-reason", "physical-support"], may: socialWork),
    Call(verb: ["offer"], milestone: .assessed, may: socialWork),
    Call(verb: ["answer"], milestone: .offered, rest: ["accepted"], may: socialWork),
    Call(verb: ["close"], milestone: .opened, may: all),
    Call(verb: ["set-up", "support-plan"], milestone: .accepted, may: setUp),
    Call(verb: ["set-up", "budget"], milestone: .planned, rest: ["--weekly-budget", "200"], may: setUp),
    Call(verb: ["set-up", "route"], milestone: .budgeted, rest: ["own-account"], may: setUp),
    Call(verb: ["set-up", "payee-details"], milestone: .routed, may: setUp),
    Call(verb: ["conditions"], milestone: .payeeKnown, rest: met, may: setUp),
    Call(verb: ["agreement", "draft"], milestone: .conditionsMet, rest: ["--starts-on", "2025-12-01"], may: setUp),
    Call(verb: ["set-up", "agreement-sent"], milestone: .drafted, may: setUp),
    Call(verb: ["agreement", "show"], milestone: .drafted, may: everyone, isLook: true),
    Call(
        verb: ["agreement", "sign"], milestone: .sent, rest: ["--name", "A Person", "--text-sha256", "HASH"], may: setUp
    ),
    Call(verb: ["agreement", "countersign"], milestone: .signed, may: [.teamManager]),
    Call(
        verb: ["support", "start"], milestone: .countersigned,
        rest: ["--mechanism", "direct-payment", "--on", "2025-12-01"], may: all),
    Call(
        verb: ["support", "end"], milestone: .supported, rest: ["--on", "2025-12-24", "--reason", "died"], may: all),
]

@Suite("case-intake's verbs")
struct VerbTests {
    @Test("every verb is for its roles alone, and a rehearsal of it changes nothing")
    func whoMay() async throws {
        try await Desk.with { desk in
            #expect(desk.service.ownVerbs == Set(calls.map(\.verb)))
            var access = AccessTable(rolesFor: "verbs of case-intake", of: "verb")
            for call in calls {
                let id = try await desk.openCase(call.milestone)
                let hash =
                    call.rest.contains("HASH") ? try await desk.newestText(id).sha256.description : nil
                let words = call.words(id, hash: hash)
                let before = try await desk.service.everything()
                let endings = try await desk.service.endings(of: words)
                #expect(try await desk.service.everything() == before, "\(call.verb)")
                access.add(call.verb, endings)
                for (role, ending) in endings {
                    let isAllowed = role.map(call.may.contains) ?? false
                    #expect(
                        ending.exitCode == (isAllowed ? .success : .notAllowed),
                        "\(call.verb) as \(role?.rawValue ?? "nobody in particular"): \(ending.messages)")
                }
            }
            try access.requireOnPage()
        }
    }

    @Test("nobody who is not signed in does or sees anything")
    func notSignedIn() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase()
            for call in calls {
                let ending = try await desk.service.run(call.words(id))
                #expect(ending.exitCode == .notAllowed && ending.output.isEmpty, "\(call.verb)")
                #expect(ending.messages.contains("takeup sign-in"))
            }
        }
    }

    @Test("JSON, CSV and the table say the same")
    func formats() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.countersigned)
            _ = try await desk.openCase(.offered)
            for words in [
                ["cases", "list"], ["cases", "list", "--phase", "offered"], ["cases", "show", id.description],
                ["agreement", "show", id.description],
                [
                    "support", "start", id.description, "--mechanism", "direct-payment", "--on", "2025-11-24",
                    "--dry-run",
                ],
            ] {
                #expect(try await desk.service.disagreements(of: words, as: desk.team) == [], "\(words)")
            }
        }
    }

    @Test("a walk by the verbs alone ends in support")
    func walk() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase()
            for call in calls where !call.isLook && call.verb != ["close"] {
                let person = call.may.contains(.teamManager) ? desk.manager : desk.worker
                let hash =
                    call.rest.contains("HASH") ? try await desk.newestText(id).sha256.description : nil
                let words = call.words(id, hash: hash, isRehearsal: false)
                let ending = try await desk.service.run(words, as: person, at: Desk.time)
                #expect(ending.exitCode == .success, "\(words): \(ending.messages)")
            }
            #expect(try await desk.phase(of: id) == "ended")
        }
    }
}
