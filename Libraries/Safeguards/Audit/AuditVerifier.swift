package import Crypto
import FoundationEssentials
package import Postgres

/// Something in the audit that is not as it was written.
package struct AuditProblem: Sendable, Hashable {
    /// The kinds.
    package enum Kind: String, Sendable, CaseIterable {
        /// An entry's bytes, or those of one before it, are others than were hashed.
        case changed
        /// A number is missing within a stream.
        case gap
        /// The stream's end is not what its head says.
        case cut
        /// An entry that a seal vouches for is another one today, or gone.
        case unlikeSeal = "unlike-seal"
        /// A stream without a head.
        case headless
        /// A seal is missing, changed, or not signed by a key that we believe.
        case badSeal = "bad-seal"
        /// There are fewer seals than somebody has seen before.
        case sealsCut = "seals-cut"
    }

    /// What it is.
    package let kind: Kind
    /// `person` or `actor` and its id; nil for a seal.
    package let stream: String?
    /// The number of the entry or of the seal.
    package let number: Int64
}

/// What a check of the audit found.
package struct AuditReport: Sendable {
    /// What was read.
    package internal(set) var entries: Int64 = 0
    package internal(set) var streams: Int64 = 0
    package internal(set) var seals: Int64 = 0
    /// All problems.
    package internal(set) var problemCount: Int64 = 0
    /// The first of them.
    package internal(set) var problems: [AuditProblem] = []
    /// The last seal; keep it elsewhere and give it to the next check.
    package internal(set) var lastSeal: AuditSeal?

    /// Problems that are listed one by one.
    package static let problemsListedMax = 1_000

    /// Whether all is as it was written.
    package var isGood: Bool { problemCount == 0 }

    mutating func add(_ kind: AuditProblem.Kind, _ stream: StreamID?, _ number: Int64) {
        problemCount += 1
        guard problems.count < Self.problemsListedMax else { return }
        problems.append(
            AuditProblem(
                kind: kind, stream: stream.map { "\($0.kind) \($0.stream.uuidString.lowercased())" }, number: number))
    }
}

/// Proves the audit of a service, entry by entry, in memory that does not grow with it.
///
/// The chain finds what was changed inside a stream; the heads, what was cut from its end; the signed seals, a head and
/// entries that were forged or taken together; the seal that somebody kept elsewhere, seals that were taken.
package struct AuditVerifier: Sendable {
    private let schema: String
    private let keys: VerificationKeys
    private let pageRows: Int

    /// `keys` are those whose seals are believed.
    package init(schema: String, keys: VerificationKeys) { self.init(schema: schema, keys: keys, pageRows: 1_000) }

    init(schema: String, keys: VerificationKeys, pageRows: Int) {
        self.schema = schema
        self.keys = keys
        self.pageRows = pageRows
    }

    /// Reads everything in one snapshot. `lastKnown` is the last seal that was kept elsewhere.
    package func verify(
        on connection: PostgresConnection, lastKnown: (number: Int64, hash: [UInt8])? = nil
    ) async throws -> AuditReport {
        try await connection.transaction(TransactionOptions(isolation: .repeatableRead, readOnly: true)) {
            transaction in
            var report = AuditReport()
            try await verifyStreams(&report, in: transaction)
            try await verifyBareHeads(&report, in: transaction)
            try await verifySealedHeads(&report, in: transaction)
            try await SealVerifier(schema: schema, keys: keys, pageRows: pageRows).verify(
                &report, lastKnown: lastKnown, in: transaction)
            return report
        }
    }

    /// Where the walk along one stream stands.
    private struct Walk {
        let stream: StreamID
        let head: StoredEntry.Head?
        var number: Int64 = 0
        var hash = AuditSeal.start

        /// What is wrong with the stream's end, now that it was reached.
        var endProblem: AuditProblem.Kind? {
            guard let head else { return .headless }
            return head == StoredEntry.Head(number: number, hash: hash) ? nil : .cut
        }
    }

    private func verifyStreams(_ report: inout AuditReport, in transaction: PostgresTransaction) async throws {
        var walk: Walk?
        while true {
            let last = walk
            let rows = try await transaction.query(
                """
                select \(StoredEntry.columns) from audit_entry e
                left join audit_sealed_head s on (s.kind, s.stream, s.number) = (e.kind, e.stream, e.number)
                left join audit_head h on (h.kind, h.stream) = (e.kind, e.stream)
                where (e.kind, e.stream, e.number) > (\(last?.stream.kind ?? ""), \(last?.stream.stream ?? Self.zero),
                    \(last?.number ?? 0))
                order by e.kind, e.stream, e.number limit \(pageRows)
                """)
            for row in rows {
                let entry = try StoredEntry(row)
                if walk?.stream != entry.streamID {
                    finish(walk, &report)
                    walk = Walk(stream: entry.streamID, head: entry.head)
                    report.streams += 1
                }
                try check(entry, &walk, &report)
            }
            if rows.count < pageRows { break }
        }
        finish(walk, &report)
    }

    private func finish(_ walk: Walk?, _ report: inout AuditReport) {
        guard let walk, let problem = walk.endProblem else { return }
        report.add(problem, walk.stream, walk.head?.number ?? walk.number)
    }

    private func check(_ entry: StoredEntry, _ walk: inout Walk?, _ report: inout AuditReport) throws {
        guard let before = walk else { return }
        report.entries += 1
        if entry.number != before.number + 1 { report.add(.gap, before.stream, entry.number) }
        if try entry.expectedHash(after: before.hash, service: schema) != entry.hash {
            report.add(.changed, before.stream, entry.number)
        }
        if let sealed = entry.sealedHash, sealed != entry.hash { report.add(.unlikeSeal, before.stream, entry.number) }
        // Goes on from what is stored, so that one change is one problem and not one for each entry after it.
        walk?.number = entry.number
        walk?.hash = entry.hash
    }

    private static let zero = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    /// Heads whose whole stream is gone.
    private func verifyBareHeads(_ report: inout AuditReport, in transaction: PostgresTransaction) async throws {
        let rows = try await transaction.query(
            """
            select h.kind, h.stream, h.number from audit_head h
            where h.number > 0 and not exists (
                select from audit_entry e where (e.kind, e.stream) = (h.kind, h.stream))
            order by 1, 2 limit \(AuditReport.problemsListedMax)
            """)
        for row in rows {
            let (kind, stream, number) = try row.decode(String.self, UUID.self, Int64.self)
            report.add(.cut, StreamID(kind: kind, stream: stream), number)
        }
    }

    private func verifySealedHeads(_ report: inout AuditReport, in transaction: PostgresTransaction) async throws {
        let rows = try await transaction.query(
            """
            select s.kind, s.stream, s.number from audit_sealed_head s
            left join audit_entry e on (e.kind, e.stream, e.number) = (s.kind, s.stream, s.number)
            where e.number is null order by 1, 2, 3 limit \(AuditReport.problemsListedMax)
            """)
        for row in rows {
            let (kind, stream, number) = try row.decode(String.self, UUID.self, Int64.self)
            report.add(.unlikeSeal, StreamID(kind: kind, stream: stream), number)
        }
    }
}
