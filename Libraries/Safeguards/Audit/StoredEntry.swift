import Crypto
import FoundationEssentials
import Postgres

/// An entry as its bytes lie in the table.
struct StoredEntry {
    let kind: String
    let stream: UUID
    let number: Int64
    let id: UUID
    /// PostgreSQL's eight bytes.
    let at: [UInt8]
    let actor: String
    let action: String
    let purpose: String
    let record: String
    let people: [UUID]
    let before: [UInt8]?
    let after: [UInt8]?
    let hash: [UInt8]
    /// What a seal says that `hash` is.
    let sealedHash: [UInt8]?
    /// What the stream's head says of its last entry.
    let head: Head?

    /// A stream's end.
    struct Head: Equatable {
        let number: Int64
        let hash: [UInt8]
    }

    /// In the order of `init`.
    static let columns: Query = """
        e.kind, e.stream, e.number, e.id, timestamptz_send(e.at), e.actor, e.action, e.purpose, e.record, e.people,
        e.before, e.after, e.hash, s.hash, h.number, h.hash
        """

    init(_ row: Row) throws {
        (kind, stream, number, id, at, actor, action) = try row.decode(
            String.self, UUID.self, Int64.self, UUID.self, [UInt8].self, String.self, String.self)
        purpose = try row.decode(column: 7)
        record = try row.decode(column: 8)
        people = try row.decode(column: 9)
        before = try row.decode(column: 10)
        after = try row.decode(column: 11)
        hash = try row.decode(column: 12)
        sealedHash = try row.decode(column: 13)
        let headNumber = try row.decode(column: 14, as: Int64?.self)
        let headHash = try row.decode(column: 15, as: [UInt8]?.self)
        if let headNumber, let headHash { head = Head(number: headNumber, hash: headHash) } else { head = nil }
    }

    var streamID: StreamID { StreamID(kind: kind, stream: stream) }

    /// The hash that it should have: computed here, not by the database that is being checked.
    func expectedHash(after previous: [UInt8], service: String) throws(CryptoError) -> [UInt8] {
        var digest = try SHA256()
        try digest.update(previous)
        try digest.update(AuditBytes.text("takeup.audit.1") + AuditBytes.text(service) + AuditBytes.text(kind))
        try digest.update(stream.bytes + AuditBytes.integer(number) + id.bytes + at)
        for text in [actor, action, purpose, record] { try digest.update(AuditBytes.text(text)) }
        try digest.update(AuditBytes.integer(Int32(truncatingIfNeeded: people.count)) + people.flatMap(\.bytes))
        try digest.update(AuditBytes.bytes(before))
        try digest.update(AuditBytes.bytes(after))
        return try digest.finalize()
    }
}

/// A stream, as the tables name it.
struct StreamID: Hashable {
    let kind: String
    let stream: UUID
}
