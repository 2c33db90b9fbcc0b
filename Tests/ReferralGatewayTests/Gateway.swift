import Domain
import Formats
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport

@testable import ReferralGateway

/// A referral gateway of its own, with those who send to it and look at it.
struct Gateway {
    let service: ServiceUnderTest
    let partner = TestPerson(.referralPartner)
    let team = TestPerson(.directPaymentsTeam)

    static let now = Date(timeIntervalSince1970: 1_772_460_000)

    var pool: PostgresPool { service.pool }

    static func with(_ body: (Gateway) async throws -> Void) async throws {
        try await ServiceUnderTest.with(ReferralGateway.Main.service) { try await body(Gateway(service: $0)) }
    }

    /// A notice in which nothing is wrong.
    static func notice(
        _ referral: String = "ref-1", kind: ADWNoticeKind = .assessment, number: String? = "9990000018",
        issuedMinutesLater minutes: Double = 0
    ) -> ADWNotice {
        var patient = ADWPatient(familyName: "Hussain", givenNames: ["Zoë"])
        patient.nhsNumber = number.map { NHSNumberCheck($0) }
        patient.bornOn = CivilDate("1950-02-28")
        patient.gender = .female
        patient.ethnicCategory = .pakistani
        var notice = ADWNotice(
            bundleID: "b", messageID: UUID().uuidString.lowercased(), kind: kind,
            issuedAt: Date(timeIntervalSince1970: 1_772_443_800 + minutes * 60), sourceODS: "RR801",
            destinationODS: "383", referralIdentifier: referral, patient: patient)
        notice.hospital = ADWOrganization(ods: "RR801", name: "A Hospital")
        notice.localAuthority = ADWOrganization(ods: "383", name: "A Council")
        if kind.isWithdrawal {
            notice.withdrawalReason = .selfDischarged
        } else {
            notice.stay.admittedOn = CivilDate("2026-02-20")
            notice.stay.proposedDischargeOn = CivilDate("2026-03-09")
            notice.referralReason = "Needs help with washing."
            notice.answers.consent = .given
        }
        return notice
    }

    func send(_ bytes: [UInt8], from sender: String = "RR8") async throws -> Receipt {
        let submission = Submission(sender: sender, channel: .commandLine, input: bytes)
        let preparation = SubmissionPreparation(pool: pool, vault: service.vault)
        return try await preparation.prepare(submission, at: Self.now) { prepared in
            try await pool.transaction {
                try await SubmissionHandler().take(prepared, by: "a clerk", at: Self.now, in: $0)
            }
        }
    }

    func send(_ notice: ADWNotice) async throws -> Receipt { try await send(notice.write()) }

    /// The one person that is known.
    func onlyPerson() async throws -> PersonID {
        try await pool.query("select person_id from person").only().decode(PersonID.self)
    }

    /// The events that were handed over, oldest first: the type's last word but the version, and the payload.
    func told() async throws -> [(event: String, payload: String)] {
        try await pool.query(
            "select split_part(type, '.', 4), convert_from(payload, 'UTF8') from outbox_event order by seq"
        ).map { try $0.decode(String.self, String.self) }
    }
}

extension Array<UInt8> {
    /// These bytes with one text in place of another, which must be in them.
    func replacing(_ old: String, with new: String) -> [UInt8] {
        let text = String(decoding: self, as: UTF8.self)
        precondition(text.contains(old), "there is no \(old)")
        return Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
    }
}
