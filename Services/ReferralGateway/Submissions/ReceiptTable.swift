import Domain
import Formats
import FoundationEssentials
import Postgres
import ServiceKit

/// A receipt as people look at it.
enum ReceiptTable {
    static func table(of receipt: Receipt) -> Table {
        var table = Table(
            title: "Receipt",
            properties: [
                ("receipt", .id(receipt.id)), ("outcome", .text(receipt.outcome.rawValue)),
                ("referralID", receipt.referralID.map { .id($0) } ?? .none),
                ("findings", .count(receipt.findings.count)),
            ])
        table.notes = receipt.findings.map { "\($0.severity.rawValue) at \($0.path) (\($0.rule)): \($0.fix)" }
        return table
    }

    static func findings(of receipt: Receipt) -> Table {
        Table(
            title: "Findings of \(receipt.id)",
            columns: [
                .init("place", "Place"), .init("rule", "Rule"), .init("severity", "Severity"),
                .init("fix", "What to do"),
            ],
            rows: receipt.findings.map { [.text($0.path), .text($0.rule), .text($0.severity.rawValue), .text($0.fix)] })
    }
}

/// Submissions as they are looked up.
enum SubmissionList {
    /// A receipt, or nil where there is none. With a sender, only of what they sent.
    static func receipt(
        _ id: SubmissionID, from sender: String? = nil, in transaction: PostgresTransaction
    ) async throws -> Receipt? {
        let rows = try await transaction.query(
            """
            select outcome, referral_id, findings from submission_standing
            where receipt = \(id) and (\(sender)::text is null or sender = \(sender))
            """)
        guard let row = rows.first else { return nil }
        let (outcome, referral, findings) = try row.decode(String.self, ReferralID?.self, PostgresJSON.self)
        return Receipt(
            id: id, outcome: Receipt.Outcome(rawValue: outcome) ?? .quarantined, referralID: referral,
            findings: try JSONDecoder().decode([ValidationIssue].self, from: Data(findings.text.utf8)))
    }

    static func quarantined(limit: Int, in transaction: PostgresTransaction) async throws -> Table {
        try ListLimit.check(limit)
        let rows = try await transaction.query(
            """
            select receipt, sender, message_id, received_at, jsonb_array_length(findings) from submission_standing
            where outcome = 'quarantined' order by received_at desc, receipt limit \(limit)
            """)
        var table = Table(
            title: "Quarantined messages",
            columns: [
                .init("receipt", "Receipt"), .init("sender", "Sender"), .init("messageID", "Message id"),
                .init("receivedAt", "Received"), .init("findings", "Findings"),
            ])
        for row in rows {
            let (id, sender, message, time, findings) = try row.decode(
                SubmissionID.self, String.self, String.self, Date.self, Int32.self)
            table.append([.id(id), .text(sender), .text(message), .time(time), .integer(Int64(findings))])
        }
        return table
    }

    /// What was received, and what became of it: accepted, duplicate and quarantined are all of it.
    static func tally(in transaction: PostgresTransaction) async throws -> Table {
        let row = try await transaction.query(
            """
            select count(*), count(*) filter (where s.outcome = 'accepted'),
                count(*) filter (where s.outcome = 'quarantined'),
                count(*) filter (where q.how = 'fixed'), count(*) filter (where q.how = 'replayed'),
                count(*) filter (where q.how = 'discarded'), (select count(*) from repeated_submission)
            from submission s left join quarantine_settlement q using (receipt)
            """
        ).only()
        let (first, accepted, quarantined, fixed, replayed, discarded, repeats) = try row.decode(
            Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self)
        return Table(
            title: "Submissions",
            properties: [
                ("received", .integer(first + repeats)), ("accepted", .integer(accepted)),
                ("duplicate", .integer(repeats)), ("quarantined", .integer(quarantined)), ("fixed", .integer(fixed)),
                ("replayed", .integer(replayed)), ("discarded", .integer(discarded)),
                ("waiting", .integer(quarantined - fixed - replayed - discarded)),
            ])
    }
}

extension Work {
    /// Tells the audit of a receipt, and of the person whose referral it led to.
    func note(_ receipt: Receipt) async throws {
        let people = try await transaction.query(
            "select person_id from referral where referral_id = \(receipt.referralID)")
        note("receipt \(receipt.id)", of: try people.map { try $0.decode(PersonID.self) })
    }
}
