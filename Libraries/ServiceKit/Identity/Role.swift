/// What a person is in this work, in the words of the work.
package enum Role: String, CommandLineChoice, Sendable, Hashable {
    /// Outside: a hospital, children's services, social care's own systems.
    case referralPartner = "referral-partner"
    case socialWorker = "social-worker"
    case teamManager = "team-manager"
    case directPaymentsTeam = "dp-team"
    case financeOfficer = "finance-officer"
    case financeApprover = "finance-approver"
    case financeReleaser = "finance-releaser"
    case championLead = "champion-lead"
    case performanceAnalyst = "performance-analyst"
    case auditor
    case `operator`
}
