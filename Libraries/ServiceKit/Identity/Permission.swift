/// Everything that can be done, and who may do it: the one place that says so.
package enum Permission: String, Sendable, CaseIterable {
    // Referrals
    case submitReferral = "referrals.submit"
    case readReferrals = "referrals.read"
    case decideReferral = "referrals.decide"

    // Cases
    case readCases = "cases.read"
    case assess = "cases.assess"
    case offerDirectPayment = "cases.offer"
    case recordOfferAnswer = "cases.answer"
    case setUp = "cases.set-up"
    case draftAgreement = "cases.draft-agreement"
    case signAgreement = "cases.sign-agreement"
    case countersignAgreement = "cases.countersign-agreement"
    case startSupport = "cases.start-support"
    case endSupport = "cases.end-support"
    case closeCase = "cases.close"

    // Payments
    case readPayments = "payments.read"
    case schedulePayments = "payments.schedule"
    case draftPayRun = "pay-runs.draft"
    case approvePayRun = "pay-runs.approve"
    case releasePayRun = "pay-runs.release"

    // Engagement
    case readEngagement = "engagement.read"
    case recordEngagement = "engagement.record"

    // Measures
    case readMeasures = "measures.read"
    case readPeopleBehindMeasures = "measures.read-people"
    case declareMeasureBasis = "measures.declare-basis"

    // Running it
    case readDeadLetters = "dead-letters.read"
    case settleDeadLetters = "dead-letters.settle"
    case replayEvents = "events.replay"
    case verifyAudit = "audit.verify"
    case sealAudit = "audit.seal"
    case readAudit = "audit.read"
    case erasePerson = "people.erase"

    /// The roles that may do it.
    package var roles: Set<Role> {
        switch self {
        case .submitReferral: [.referralPartner, .directPaymentsTeam]
        case .readReferrals: [.directPaymentsTeam, .socialWorker, .teamManager, .auditor]
        case .decideReferral: [.directPaymentsTeam, .teamManager]
        case .readCases: [.socialWorker, .teamManager, .directPaymentsTeam, .auditor]
        case .assess, .offerDirectPayment, .recordOfferAnswer: [.socialWorker, .teamManager]
        case .setUp, .draftAgreement: [.socialWorker, .directPaymentsTeam]
        case .signAgreement: [.socialWorker, .directPaymentsTeam]
        case .countersignAgreement: [.teamManager]
        case .startSupport, .endSupport, .closeCase: [.socialWorker, .teamManager, .directPaymentsTeam]
        case .readPayments: [.financeOfficer, .financeApprover, .financeReleaser, .auditor]
        case .schedulePayments, .draftPayRun: [.financeOfficer]
        case .approvePayRun: [.financeApprover]
        case .releasePayRun: [.financeReleaser]
        case .readEngagement: [.championLead, .teamManager, .performanceAnalyst, .auditor]
        case .recordEngagement: [.championLead]
        case .readMeasures: Set(Role.allCases).subtracting([.referralPartner])
        case .readPeopleBehindMeasures: [.performanceAnalyst, .teamManager]
        case .declareMeasureBasis: [.performanceAnalyst]
        case .readDeadLetters: [.operator, .auditor]
        case .settleDeadLetters, .replayEvents: [.operator]
        case .verifyAudit: [.auditor, .operator]
        case .sealAudit: [.operator]
        case .readAudit: [.auditor]
        case .erasePerson: [.teamManager]
        }
    }

    /// Whether a partner's machine may do it that has no role, by a scope of this name.
    package var isForMachines: Bool { self == .submitReferral }

    /// What the audit says that it is done for.
    package enum Purpose: String, Sendable {
        case directCare = "direct-care"
        case payment, engagement, measurement, operation, audit, erasure
    }

    /// What it is done for.
    package var purpose: Purpose {
        switch self {
        case .submitReferral, .readReferrals, .decideReferral, .readCases, .assess, .offerDirectPayment,
            .recordOfferAnswer, .setUp, .draftAgreement, .signAgreement, .countersignAgreement, .startSupport,
            .endSupport, .closeCase:
            .directCare
        case .readPayments, .schedulePayments, .draftPayRun, .approvePayRun, .releasePayRun: .payment
        case .readEngagement, .recordEngagement: .engagement
        case .readMeasures, .readPeopleBehindMeasures, .declareMeasureBasis: .measurement
        case .readDeadLetters, .settleDeadLetters, .replayEvents: .operation
        case .verifyAudit, .sealAudit, .readAudit: .audit
        case .erasePerson: .erasure
        }
    }

    /// Whether whoever does it may see records of people who draw on support.
    package var showsPeople: Bool {
        switch purpose {
        case .directCare, .payment, .erasure: true
        case .measurement: self == .readPeopleBehindMeasures
        case .engagement, .operation, .audit: false
        }
    }
}
