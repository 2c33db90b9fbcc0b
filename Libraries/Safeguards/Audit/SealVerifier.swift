import Crypto
import FoundationEssentials
import Postgres

/// Checks the seals: their chain, their signatures, and that each still has the heads it was put on.
struct SealVerifier: Sendable {
    let schema: String
    let keys: VerificationKeys
    let pageRows: Int

    private struct Stored {
        let number: Int64
        let sealedAt: [UInt8]
        let heads: Int
        let digest: [UInt8]
        let hash: [UInt8]
        let keyID: String
        let signature: [UInt8]

        init(_ row: Row) throws {
            let heads: Int32
            (number, sealedAt, heads, digest, hash, keyID, signature) = try row.decode(
                Int64.self, [UInt8].self, Int32.self, [UInt8].self, [UInt8].self, String.self, [UInt8].self)
            self.heads = Int(heads)
        }
    }

    func verify(
        _ report: inout AuditReport, lastKnown: (number: Int64, hash: [UInt8])?, in transaction: PostgresTransaction
    ) async throws {
        var number: Int64 = 0
        var hash = AuditSeal.start
        var isKnownSeen = lastKnown == nil
        while true {
            let rows = try await transaction.query(
                """
                select number, timestamptz_send(sealed_at), heads, heads_digest, hash, key_id, signature from audit_seal
                where number > \(number) order by number limit \(pageRows)
                """)
            for row in rows {
                let seal = try Stored(row)
                let isGood = try await isGood(seal, after: number, hash, in: transaction)
                if !isGood { report.add(.badSeal, nil, seal.number) }
                if let lastKnown, seal.number == lastKnown.number { isKnownSeen = seal.hash == lastKnown.hash }
                (number, hash) = (seal.number, seal.hash)
                report.seals += 1
                report.lastSeal = AuditSeal(number: seal.number, hash: seal.hash, heads: seal.heads)
            }
            if rows.count < pageRows { break }
        }
        if !isKnownSeen, let lastKnown { report.add(.sealsCut, nil, lastKnown.number) }
    }

    private func isGood(
        _ seal: Stored, after number: Int64, _ previous: [UInt8], in transaction: PostgresTransaction
    ) async throws -> Bool {
        let content = AuditSeal.content(
            service: schema, number: seal.number, sealedAt: seal.sealedAt, heads: seal.heads, digest: seal.digest,
            previous: previous)
        guard seal.number == number + 1, SHA256.hash(content) == seal.hash,
            let key = keys.keys.first(where: { $0.id == seal.keyID }),
            key.isValid(seal.signature, over: content, by: .edDSA)
        else { return false }
        // At most `AuditSealer.headsMax` rows.
        let rows = try await transaction.query(
            "select kind, stream, number, hash from audit_sealed_head where seal = \(seal.number) order by kind, stream"
        )
        guard rows.count == seal.heads else { return false }
        var digest = try SHA256()
        for row in rows {
            let (kind, stream, number, hash) = try row.decode(String.self, UUID.self, Int64.self, [UInt8].self)
            try digest.update(SealedHead(kind: kind, stream: stream, number: number, hash: hash).bytes)
        }
        return try digest.finalize() == seal.digest
    }
}
