import Domain
import FoundationEssentials
import ServiceKit

/// Somebody who works in the demonstration, signed in with a token of their own.
struct DemoPerson: Sendable {
    let tokenFile: String
    /// What they sign in to pages with.
    var handle = ""
    var secret = ""
}

/// Everybody who works in the demonstration: one person for each thing that one person may not do alone.
struct DemoStaff: Sendable {
    let partner: DemoPerson
    let socialWorker: DemoPerson
    let teamManager: DemoPerson
    let paymentsTeam: DemoPerson
    let financeOfficer: DemoPerson
    let financeApprover: DemoPerson
    let financeReleaser: DemoPerson
    let championLead: DemoPerson
    let analyst: DemoPerson
    let auditor: DemoPerson
    let `operator`: DemoPerson

    /// Makes an identity in `folder` and signs everybody in.
    init(in folder: String, at now: Date) throws {
        let identity = LocalIdentity(folder: folder)
        try identity.create()
        var random = SystemRandomNumberGenerator()
        func signIn(_ handle: String, _ name: String, _ role: Role) throws -> DemoPerson {
            // The demonstration's people exist for its minutes only.
            let secret = String(UInt64.random(in: 0...UInt64.max, using: &random), radix: 36) + "-takeup"
            let bytes = Array(secret.utf8)
            try identity.add(
                id: .v7(at: now, using: &random), handle: handle, name: name, roles: [role], secret: bytes)
            let file = "\(folder)/\(handle).token"
            try TokenFile.write(try identity.signIn(handle: handle, secret: bytes, at: now), to: file)
            return DemoPerson(tokenFile: file, handle: handle, secret: secret)
        }
        partner = try signIn("hospital", "St James's discharge office", .referralPartner)
        socialWorker = try signIn("priya", "Priya, social worker", .socialWorker)
        teamManager = try signIn("martin", "Martin, team manager", .teamManager)
        paymentsTeam = try signIn("leanne", "Leanne, Direct Payments Team", .directPaymentsTeam)
        financeOfficer = try signIn("owen", "Owen, finance officer", .financeOfficer)
        financeApprover = try signIn("ruth", "Ruth, finance approver", .financeApprover)
        financeReleaser = try signIn("samir", "Samir, finance releaser", .financeReleaser)
        championLead = try signIn("grace", "Grace, champion lead", .championLead)
        analyst = try signIn("tom", "Tom, performance analyst", .performanceAnalyst)
        auditor = try signIn("una", "Una, auditor", .auditor)
        `operator` = try signIn("joe", "Joe, operator", .operator)
    }
}
