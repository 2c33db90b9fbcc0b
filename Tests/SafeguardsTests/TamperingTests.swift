import Crypto
import Foundation
import Messaging
import Postgres
import Testing

@testable import Safeguards

typealias Role = ServiceSchema.Role

/// Somebody with the rights of the database's superuser, triggers switched off, changes one thing. Each is found.
@Suite("Tampering with the audit", .serialized)
struct TamperingTests {
    private static let people = (0..<2).map { _ in UUID() }

    /// Two streams of four entries, sealed after three and not after the fourth.
    private func prepared(_ vault: Vault) async throws {
        for number in 1...4 {
            for person in Self.people {
                let entry = try AuditEntry(
                    id: UUID(), stream: .person(person), at: moment + Double(number), action: "cases.assess",
                    purpose: "direct-care", record: "case \(number)", people: [UUID(), UUID()],
                    before: SealedField(stored: [1, 2, 3]), after: SealedField(stored: [UInt8(number), 5]))
                try await vault.acting { try await AuditChain().commit(after: [entry], in: $0) }
            }
            if number == 3 { try await seal(vault) }
        }
        let report = try await verify(vault)
        #expect(report.isGood, "\(report.problems)")
        #expect(report.entries == 8)
    }

    private func seal(_ vault: Vault) async throws {
        _ = try await vault.data(.app) { connection in
            try await connection.transaction { transaction in
                try await AuditSealer(schema: vault.schema.name, signer: vault.signer).seal(at: moment, in: transaction)
            }
        }
    }

    private func verify(
        _ vault: Vault, lastKnown: (number: Int64, hash: [UInt8])? = nil
    ) async throws -> AuditReport {
        try await vault.data(.reader) { connection in
            try await AuditVerifier(schema: vault.schema.name, keys: vault.verificationKeys, pageRows: 3).verify(
                on: connection, lastKnown: lastKnown)
        }
    }

    /// Does it, verifies, and takes it back.
    private func problems(
        after change: String, in vault: Vault, lastKnown: (number: Int64, hash: [UInt8])? = nil
    ) async throws -> Set<AuditProblem.Kind> {
        try await vault.asIntruder { connection in
            try await connection.execute(
                script: "create table kept_e as table audit_entry; create table kept_h as table audit_head;"
                    + "create table kept_s as table audit_seal; create table kept_sh as table audit_sealed_head;")
            try await connection.execute(script: change)
        }
        let report = try await verify(vault, lastKnown: lastKnown)
        try await vault.asIntruder { connection in
            try await connection.execute(
                script: """
                    delete from audit_sealed_head; delete from audit_seal; delete from audit_entry; delete from audit_head;
                    insert into audit_entry table kept_e; insert into audit_head table kept_h;
                    insert into audit_seal table kept_s; insert into audit_sealed_head table kept_sh;
                    drop table kept_e, kept_h, kept_s, kept_sh;
                    """)
        }
        return Set(report.problems.map(\.kind))
    }

    @Test("every single byte of an entry, in whatever column, is found when it is changed")
    func everyByte() async throws {
        try await Vault.with { vault in
            try await prepared(vault)
            let at = "where number = 2 and stream = '\(Self.people[0])'"
            var edits = 0
            for column in ["actor", "action", "purpose", "record"] {
                let length = try await vault.asIntruder { connection in
                    try await connection.query(Query(unescaped: "select length(\(column)) from audit_entry \(at)"))
                        .only()
                        .decode(Int32.self)
                }
                for position in 1...length {
                    let change =
                        "update audit_entry set \(column) = overlay(\(column) placing '~' from \(position)) \(at)"
                    #expect(try await problems(after: change, in: vault) == [.changed], "\(column) \(position)")
                    edits += 1
                }
            }
            for (column, length) in [("before", 3), ("after", 2), ("hash", 32)] {
                for position in 0..<length {
                    let change = """
                        update audit_entry
                        set \(column) = set_byte(\(column), \(position), get_byte(\(column), \(position)) # 1) \(at)
                        """
                    #expect(try await problems(after: change, in: vault).contains(.changed), "\(column) \(position)")
                    edits += 1
                }
            }
            for column in ["id", "people[1]", "people[2]"] {
                for position in 0..<16 {
                    let change = """
                        update audit_entry set \(column) =
                            encode(set_byte(uuid_send(\(column)), \(position), get_byte(uuid_send(\(column)), \(position)) # 1),
                                'hex')::uuid \(at)
                        """
                    #expect(try await problems(after: change, in: vault) == [.changed], "\(column) \(position)")
                    edits += 1
                }
            }
            #expect(edits > 100)
        }
    }

    /// Binds an entry to the one before it, as the database does.
    private static func linkedAnew(_ number: Int) -> String {
        """
        update audit_entry e set hash = sha256(
            coalesce((select p.hash from audit_entry p where p.number = \(number) - 1 and p.stream = e.stream),
                decode(repeat('00', 32), 'hex'))
            || audit_body(current_schema(), kind, stream, number, id, at, actor, action, purpose, record, people, before, after))
        where number = \(number) and stream = $1;
        """
    }

    /// `$1` and `$2` are the two streams, `$3` is a new one.
    private static let changes = [
        "update audit_entry set at = at + interval '1 microsecond' where number = 2 and stream = $1",
        "update audit_entry set people = people[2:1] where number = 2 and stream = $1",
        "update audit_entry set people = array[people[2], people[1]] where number = 2 and stream = $1",
        "update audit_entry set before = null where number = 2 and stream = $1",
        "update audit_entry set before = ''::bytea where number = 2 and stream = $1",
        "update audit_entry set before = after, after = before where number = 2 and stream = $1",
        "update audit_entry set action = action || purpose, purpose = 'x' where number = 2 and stream = $1",
        // Taken: the first, one in the middle, the last, the last with its head set back, all of a stream.
        "delete from audit_entry where number = 1 and stream = $1",
        "delete from audit_entry where number = 2 and stream = $1",
        "delete from audit_entry where number = 4 and stream = $1",
        "delete from audit_entry where stream = $1",
        "delete from audit_entry where number > 2 and stream = $1; "
            + "update audit_head h set number = 2, sealed = 2, hash = (select hash from audit_entry e "
            + "where e.stream = h.stream and e.number = 2) where stream = $1",
        "delete from audit_entry where stream = $1; delete from audit_head where stream = $1",
        // Renumbered after one was taken.
        "delete from audit_entry where number = 2 and stream = $1; "
            + "update audit_entry set number = 2 where number = 3 and stream = $1; "
            + "update audit_entry set number = 3 where number = 4 and stream = $1",
        // Swapped with the next, and with another stream's.
        "update audit_entry set number = 12 where number = 2 and stream = $1; "
            + "update audit_entry set number = 2 where number = 3 and stream = $1; "
            + "update audit_entry set number = 3 where number = 12 and stream = $1",
        "update audit_entry set stream = $3 where number = 2 and stream = $1; "
            + "update audit_entry set stream = $1 where number = 2 and stream = $2; "
            + "update audit_entry set stream = $2 where stream = $3",
        "update audit_entry set kind = 'actor' where stream = $1",
        // Added: at the end, and a whole stream without a head.
        "insert into audit_entry select kind, stream, 5, gen_random_uuid(), at, actor, action, purpose, record, people, "
            + "before, after, hash from audit_entry where number = 4 and stream = $1",
        "insert into audit_entry select kind, $3, 1, gen_random_uuid(), at, actor, action, purpose, record, people, "
            + "before, after, hash from audit_entry where number = 1 and stream = $1",
        // Written anew by the book, chain and head: only the seal knows better.
        "update audit_entry set actor = 'somebody else' where number = 1 and stream = $1; "
            + (1...4).map(linkedAnew).joined()
            + "update audit_head h set hash = (select hash from audit_entry e where e.number = 4 "
            + "and e.stream = h.stream) where stream = $1",
        // Heads and seals themselves.
        "update audit_head set number = 3 where stream = $1",
        "update audit_head set hash = set_byte(hash, 31, get_byte(hash, 31) # 128) where stream = $1",
        "delete from audit_head where stream = $1",
        "update audit_seal set sealed_at = sealed_at + interval '1 microsecond'",
        "update audit_seal set signature = set_byte(signature, 0, get_byte(signature, 0) # 1)",
        "update audit_seal set hash = set_byte(hash, 0, get_byte(hash, 0) # 1)",
        "update audit_seal set heads_digest = set_byte(heads_digest, 0, get_byte(heads_digest, 0) # 1)",
        "update audit_seal set key_id = 'stranger'",
        "update audit_seal set heads = 1; delete from audit_sealed_head where stream = $1",
        "delete from audit_sealed_head where stream = $1",
        "update audit_sealed_head set hash = set_byte(hash, 0, get_byte(hash, 0) # 1) where stream = $1",
        "update audit_sealed_head set number = 2 where stream = $1",
    ]

    @Test("whatever else is done to entries, heads and seals is found")
    func everyChange() async throws {
        try await Vault.with { vault in
            try await prepared(vault)
            for change in Self.changes {
                let sql = [("$1", Self.people[0]), ("$2", Self.people[1]), ("$3", UUID())].reduce(change) {
                    $0.replacingOccurrences(of: $1.0, with: "'\($1.1)'")
                }
                let found = try await problems(after: sql, in: vault)
                #expect(!found.isEmpty, "\(change)")
            }
            let report = try await verify(vault)
            #expect(report.isGood, "every change was taken back: \(report.problems)")
        }
    }

    @Test("seals that were taken from the end are missed by whoever kept the last one")
    func sealsCut() async throws {
        try await Vault.with { vault in
            try await prepared(vault)
            try await seal(vault)
            let last = try #require(try await verify(vault).lastSeal)
            #expect(last.number == 2)
            let cut = "delete from audit_sealed_head where seal = 2; delete from audit_seal where number = 2"
            #expect(try await problems(after: cut, in: vault, lastKnown: (last.number, last.hash)) == [.sealsCut])
            let report = try await verify(vault, lastKnown: (last.number, last.hash))
            #expect(report.isGood)
            #expect(
                try await verify(vault, lastKnown: (last.number, AuditSeal.start)).problems.map(\.kind) == [.sealsCut])
        }
    }

    @Test("a seal by a key that is not believed is no seal")
    func strangersSeal() async throws {
        try await Vault.with { vault in
            try await prepared(vault)
            let stranger = try SigningKey(generating: .edDSA, id: "signer")
            let report = try await vault.data(.reader) { connection in
                try await AuditVerifier(
                    schema: vault.schema.name, keys: VerificationKeys([try stranger.verificationKey])
                ).verify(on: connection)
            }
            #expect(report.problems.map(\.kind) == [.badSeal])
        }
    }
}
