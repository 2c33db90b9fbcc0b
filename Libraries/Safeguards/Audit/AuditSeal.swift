package import Crypto
package import FoundationEssentials
package import Postgres

/// The last entry of a stream, as a seal vouches for it.
struct SealedHead: Sendable {
    let kind: String
    let stream: UUID
    let number: Int64
    let hash: [UInt8]

    var bytes: [UInt8] { AuditBytes.text(kind) + stream.bytes + AuditBytes.integer(number) + hash }
}

/// A seal: a signature over the heads of the streams that went on, bound to the seal before it. Kept elsewhere too, its number
/// and hash show later whether the audit was cut.
package struct AuditSeal: Sendable, Equatable {
    /// 1, 2, 3 ... within the service.
    package let number: Int64
    /// Binds everything that was sealed until then.
    package let hash: [UInt8]
    /// How many streams had gone on.
    package let heads: Int

    /// What stands before the first seal.
    static let start = [UInt8](repeating: 0, count: SHA256.digestBytes)

    /// What is signed.
    static func content(
        service: String, number: Int64, sealedAt: [UInt8], heads: Int, digest: [UInt8], previous: [UInt8]
    ) -> [UInt8] {
        AuditBytes.text("takeup.audit-seal.1") + AuditBytes.text(service) + AuditBytes.integer(number) + sealedAt
            + AuditBytes.integer(Int64(heads)) + digest + previous
    }
}

/// Puts seals on the audit of a service.
package struct AuditSealer: Sendable {
    private let schema: String
    private let signer: SigningKey

    /// Streams that one seal vouches for.
    package static let headsMax = 10_000

    /// `schema` names the service.
    package init(schema: String, signer: SigningKey) {
        self.schema = schema
        self.signer = signer
    }

    /// Seals what went on since the last seal. Returns nil where nothing did. Call it again until it does: a seal has at most
    /// `headsMax` streams.
    package func seal(at now: Date, in transaction: PostgresTransaction) async throws -> AuditSeal? {
        let answers = try await transaction.pipeline([
            "select pg_advisory_xact_lock(hashtextextended('takeup.audit-seal', hashtextextended(current_schema(), 0)))",
            "select number, hash from audit_seal order by number desc limit 1",
            """
            select kind, stream, number, hash from audit_head where number > sealed
            order by kind, stream limit \(Self.headsMax)
            """,
            "select timestamptz_send(\(now))",
        ])
        let heads = try answers[2].map { row in
            let (kind, stream, number, hash) = try row.decode(String.self, UUID.self, Int64.self, [UInt8].self)
            return SealedHead(kind: kind, stream: stream, number: number, hash: hash)
        }
        guard !heads.isEmpty else { return nil }
        let last = try answers[1].first?.decode(Int64.self, [UInt8].self)
        let number = (last?.0 ?? 0) + 1
        var digest = try SHA256()
        for head in heads { try digest.update(head.bytes) }
        let headsDigest = try digest.finalize()
        let content = AuditSeal.content(
            service: schema, number: number, sealedAt: try answers[3].only().decode([UInt8].self), heads: heads.count,
            digest: headsDigest, previous: last?.1 ?? AuditSeal.start)
        let hash = SHA256.hash(content)
        try await transaction.query(
            """
            select audit_seal_append(\(number), \(now), \(headsDigest), \(hash), \(signer.id), \(try signer.sign(content)),
                \(heads.map(\.kind)), \(heads.map(\.stream)), \(heads.map(\.number)), \(heads.map(\.hash)))
            """)
        return AuditSeal(number: number, hash: hash, heads: heads.count)
    }
}

/// Bytes as the database's binary forms have them.
enum AuditBytes {
    static func integer<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    /// A text with its length before it.
    static func text(_ value: String) -> [UInt8] {
        integer(Int32(truncatingIfNeeded: value.utf8.count)) + Array(value.utf8)
    }

    /// Bytes with their length before them; -1 for none.
    static func bytes(_ value: [UInt8]?) -> [UInt8] {
        guard let value else { return integer(Int32(-1)) }
        return integer(Int32(truncatingIfNeeded: value.count)) + value
    }
}
