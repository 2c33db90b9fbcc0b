import Crypto
import Domain
import FoundationEssentials
import Postgres
import ServiceKit

/// Drafting and signing: the case's decision and the stored text move together, in one transaction.
struct AgreementHandler: Sendable {
    let cases: CaseHandler

    /// Drafts the agreement's next text from what was agreed, stores it and returns it. `budget` replaces the agreed budget in a
    /// later version; the first must have the agreed one.
    func draft(
        _ caseID: CaseID, _ seal: PersonSeal, startsOn: CivilDate, endsOn: CivilDate?, budget newBudget: WeeklyBudget?,
        by drafter: String,
        at now: Date, in transaction: PostgresTransaction
    ) async throws -> StoredAgreementText {
        guard let stored = try await CaseStore.lock(caseID, seal, in: transaction) else { throw CaseError.notOpened }
        guard let budget = newBudget ?? stored.state.budget, let route = stored.state.route else {
            throw CaseError.stageTooEarly(.agreementSent, needs: .payeeDetailsCollected)
        }
        var random = SystemRandomNumberGenerator()
        let earlier = stored.state.agreement?.draft
        let words = AgreementText(
            agreementID: earlier?.agreementID ?? .v7(at: now, using: &random), version: (earlier?.version ?? 0) + 1,
            section: stored.state.conditions?.section ?? .adultWithCapacity, budget: budget, route: route,
            startsOn: startsOn, endsOn: endsOn)
        let body = try words.body()
        guard let hash = TextSHA256(SHA256.hex(of: body)) else {
            throw AgreementStoreError.textDoesNotMatchHash
        }
        let draft = AgreementDraft(
            agreementID: words.agreementID, version: words.version, textSHA256: hash, budget: budget,
            startsOn: startsOn,
            endsOn: endsOn)
        try await cases.handle(.draftAgreement(draft), on: caseID, seal, by: drafter, at: now, in: transaction)
        let text = StoredAgreementText(
            agreementID: words.agreementID, version: words.version, body: body, sha256: hash)
        try await AgreementStore.add(text, of: caseID, seal, by: drafter, at: now, in: transaction)
        return text
    }

    /// Records that somebody signed the text with the hash they were shown.
    func sign(
        _ caseID: CaseID, _ seal: PersonSeal, role: SignerRole, signer: String, shown: TextSHA256,
        recordedBy recorder: String,
        at now: Date,
        in transaction: PostgresTransaction
    ) async throws {
        try await cases.handle(
            .signAgreement(role, shownTextSHA256: shown), on: caseID, seal, by: recorder, at: now, in: transaction)
        let text = try await newest(of: caseID, seal, in: transaction)
        try await AgreementStore.addSignature(
            text, seal, role: role.rawValue, signer: signer, at: now, recordedBy: recorder, in: transaction)
    }

    /// Signs for the council.
    func countersign(
        _ caseID: CaseID, _ seal: PersonSeal, by staffID: StaffID, name: String, at now: Date,
        in transaction: PostgresTransaction
    ) async throws {
        try await cases.handle(
            .countersignAgreement(by: staffID), on: caseID, seal, by: staffID.description, at: now, in: transaction)
        let text = try await newest(of: caseID, seal, in: transaction)
        try await AgreementStore.addSignature(
            text, seal, role: "council", signer: name, at: now, recordedBy: staffID.description, in: transaction)
    }

    private func newest(
        of caseID: CaseID, _ seal: PersonSeal, in transaction: PostgresTransaction
    ) async throws -> StoredAgreementText {
        guard let text = try await AgreementStore.newest(of: caseID, seal, in: transaction) else {
            throw CaseError.noAgreement
        }
        return text
    }
}
