import Crypto
import Foundation
import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import Safeguards

@Suite("Erasure on a real PostgreSQL", .serialized)
struct ErasureTests {
    private func erase(_ person: UUID, in vault: Vault, reason: String = "asked for it") async throws {
        try await vault.withKeeper { keeper in
            try await keeper.erase(person, reason: reason, actor: "0197-somebody", at: moment) {}
        }
    }

    /// An entry about the person with something sealed in it.
    private func audit(_ person: UUID, in vault: Vault) async throws {
        try await vault.withKeys { keys in
            let key = try await keys.key(of: person)
            let id = UUID()
            let place = FieldPlace(table: "\(vault.schema.name).audit_entry", column: "after", row: id)
            let entry = try AuditEntry(
                id: id, stream: .person(person), at: moment, action: "person.add", purpose: "direct-care",
                record: "person \(person)", after: SealedField("Smith", at: place, under: key))
            try await vault.acting { try await AuditChain().commit(after: [entry], in: $0) }
        }
    }

    /// What a service that starts finds: nil where every erasure is in force.
    private func checked(_ vault: Vault) async throws -> SafeguardsError.Code? {
        let check = ErasureCheck(registerPath: vault.registerPath, keys: try vault.verificationKeys)
        return try await code {
            try await vault.connected(Vault.url(vault.keysURL, role: KeyDatabase.appRole)) { connection in
                _ = try await check.requireInForce(on: connection)
            }
        }
    }

    private func verify(_ vault: Vault) async throws -> AuditReport {
        try await vault.data(.reader) { connection in
            try await AuditVerifier(schema: vault.schema.name, keys: vault.verificationKeys).verify(on: connection)
        }
    }

    @Test("an erased person is unreadable and others are not, and the audit still verifies")
    func erased() async throws {
        try await Vault.with { vault in
            let (person, other) = (UUID(), UUID())
            try await vault.store("Smith", of: person)
            try await vault.store("Jones", of: other)
            try await audit(person, in: vault)
            try await erase(person, in: vault)
            #expect(try await code { _ = try await vault.read(person) } == .erased)
            #expect(try await vault.read(other) == "Jones")
            let report = try await verify(vault)
            #expect(report.isGood)
            #expect(report.entries == 1)
        }
    }

    @Test("a process that holds the key in memory lets go of it when it is told, or when its time has come")
    func forgotten() async throws {
        try await Vault.with { vault in
            let person = UUID()
            var shortly = PersonKeyLimits()
            shortly.cachedKeyLifetime = .zero
            try await vault.withKeys(limits: shortly) { forgetful in
                try await vault.withKeys { keys in
                    let made = try await keys.key(of: person)
                    #expect(try await forgetful.key(of: person).id == made.id)
                    try await erase(person, in: vault)
                    #expect(try await code { _ = try await forgetful.existingKey(of: person) } == .erased)
                    keys.forget(person)
                    #expect(try await code { _ = try await keys.existingKey(of: person) } == .erased)
                }
            }
        }
    }

    @Test("nobody is erased against the check, or without a reason and somebody who decides it")
    func refused() async throws {
        struct Disparity: Error {}
        try await Vault.with { vault in
            let person = UUID()
            try await vault.store("Smith", of: person)
            try await vault.withKeeper { keeper in
                await #expect(throws: Disparity.self) {
                    try await keeper.erase(person, reason: "r", actor: "a", at: moment) { throw Disparity() }
                }
                for (reason, actor) in [("", "a"), ("r", ""), (String(repeating: "r", count: 501), "a")] {
                    await #expect(throws: SafeguardsError.self) {
                        try await keeper.erase(person, reason: reason, actor: actor, at: moment) {}
                    }
                }
            }
            #expect(try await vault.read(person) == "Smith")
            #expect(!FileManager.default.fileExists(atPath: vault.registerPath))
        }
    }

    @Test("erasing somebody twice is one erasure, and somebody who never had a key cannot get one any more")
    func twice() async throws {
        try await Vault.with { vault in
            let (person, stranger) = (UUID(), UUID())
            try await vault.store("Smith", of: person)
            try await erase(person, in: vault)
            try await erase(stranger, in: vault)
            let again = try await vault.withKeeper { keeper in
                try await keeper.erase(person, reason: "another", actor: "b", at: moment) {}
            }
            #expect(again.number == 1)
            #expect(again.reason == "asked for it")
            #expect(again.erasedAt == moment)
            #expect(try await code { try await vault.withKeys { _ = try await $0.key(of: stranger) } } == .erased)
            let lines = try RegisterFile(path: vault.registerPath).lines()
            #expect(lines.count == 2)
        }
    }

    @Test("erasures that happen at once all stand in one whole register")
    func concurrentErasures() async throws {
        try await Vault.with { vault in
            let people = (0..<6).map { _ in UUID() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for person in people { group.addTask { try await erase(person, in: vault) } }
                try await group.waitForAll()
            }
            let chain = try ErasureChain(RegisterFile(path: vault.registerPath).lines(), keys: vault.verificationKeys)
            #expect(Set(chain.lines.map(\.erasure.person)) == Set(people))
        }
    }

    /// A dump of a database, put back as another one.
    private func restored(_ dump: URL, _ label: String) async throws -> String {
        let url = try await TestPostgres.shared.freshDatabase(label)
        let result = try await ChildProcess.run(.init("pg_restore", ["--exit-on-error", "--dbname=\(url)", dump.path]))
        #expect(result.exit.isSuccess, "\(result.errorText)")
        return url
    }

    private func dumped(_ url: String) async throws -> URL {
        let file = try TemporaryFolder.make("dump").appending(path: "yesterday.dump")
        let result = try await ChildProcess.run(.init("pg_dump", ["--format=custom", "--file=\(file.path)", url]))
        #expect(result.exit.isSuccess, "\(result.errorText)")
        return file
    }

    @Test("who was erased stays unreadable in yesterday's back-up of the data, and its audit verifies")
    func dataRestored() async throws {
        try await Vault.with { vault in
            let (person, other) = (UUID(), UUID())
            try await vault.store("Smith", of: person)
            try await vault.store("Jones", of: other)
            try await audit(person, in: vault)
            let yesterday = try await dumped(vault.dataURL)
            #expect(try Data(contentsOf: yesterday).firstRange(of: Data("Smith".utf8)) == nil)
            try await erase(person, in: vault)

            var after = vault
            after.dataURL = try await restored(yesterday, "restored")
            let applied = try await after.withKeeper { try await $0.applyRegister() }
            #expect(applied == KeyKeeper.Applied(erasures: 1))
            #expect(try await code { _ = try await after.read(person) } == .erased)
            #expect(try await after.read(other) == "Jones")
            let report = try await verify(after)
            #expect(report.isGood)
            #expect(report.entries == 1)
        }
    }

    @Test("a back-up of the keys brings nobody back: the register is applied before anything is served")
    func keysRestored() async throws {
        try await Vault.with { vault in
            let (person, other) = (UUID(), UUID())
            try await vault.store("Smith", of: person)
            try await vault.store("Jones", of: other)
            let yesterday = try await dumped(vault.keysURL)
            try await erase(person, in: vault)

            var after = vault
            after.keysURL = try await restored(yesterday, "keys")
            #expect(
                try await after.read(person) == "Smith", "the register has to be needed for this test to mean anything")
            #expect(try await checked(vault) == nil)
            #expect(try await checked(after) == .registerNotApplied)
            let applied = try await after.withKeeper { try await $0.applyRegister() }
            #expect(applied.takenFromFile == 1)
            #expect(try await checked(after) == nil)
            #expect(try await code { _ = try await after.read(person) } == .erased)
            #expect(try await after.read(other) == "Jones")
            let again = try await after.withKeeper { try await $0.applyRegister() }
            #expect(again == KeyKeeper.Applied(erasures: 1))

            // The key alone is back, under a register that is whole.
            try await after.connected(after.keysURL) { superuser in
                try await superuser.execute(
                    script: """
                        set session_replication_role = replica;
                        update keys.person_key set wrapped = 'x', wrapping_key_id = 'k1', destroyed_at = null
                        where destroyed_at is not null;
                        """)
            }
            #expect(try await checked(after) == .registerNotApplied)
        }
    }

    @Test("a register file that lost its end, or all of it, is made whole from the database")
    func fileMended() async throws {
        try await Vault.with { vault in
            for _ in 0..<3 { try await erase(UUID(), in: vault) }
            let url = URL(filePath: vault.registerPath)
            let whole = try Data(contentsOf: url)
            // In the middle of the last line, as a power cut leaves it; at a line's end; empty.
            let firstLine = (whole.firstIndex(of: UInt8(ascii: "\n")) ?? 0) + 1
            for length in [whole.count - 1, whole.count - 40, firstLine, 0] {
                try whole.prefix(length).write(to: url)
                _ = try await vault.withKeeper { try await $0.applyRegister() }
                #expect(try Data(contentsOf: url) == whole)
            }
        }
    }

    @Test("no byte of the register can be changed, no line taken from it or moved, without being noticed")
    func fileChanged() async throws {
        try await Vault.with { vault in
            for _ in 0..<3 { try await erase(UUID(), in: vault) }
            let lines = try RegisterFile(path: vault.registerPath).lines()
            let keys = try vault.verificationKeys
            #expect(throws: Never.self) { try ErasureChain(lines, keys: keys) }
            for (index, line) in lines.enumerated() {
                let bytes = Array(line.utf8)
                for position in bytes.indices {
                    var changed = bytes
                    changed[position] ^= 1
                    var others = lines
                    others[index] = String(decoding: changed, as: UTF8.self)
                    #expect(throws: SafeguardsError.self) { try ErasureChain(others, keys: keys) }
                }
            }
            for other in [
                [lines[1], lines[0], lines[2]], [lines[0], lines[2]], [lines[1], lines[2]],
                [lines[0], lines[0], lines[1]], lines + [lines[2]],
            ] {
                #expect(throws: SafeguardsError.self) { try ErasureChain(other, keys: keys) }
            }
        }
    }

    @Test("a file of another database's erasures is refused, and nothing is erased by it")
    func otherRegister() async throws {
        try await Vault.with { vault in
            let person = UUID()
            try await vault.store("Smith", of: person)
            try await erase(UUID(), in: vault)
            let foreign = try ErasureLine(
                Erasure(number: 1, person: person, actor: "a", reason: "r", erasedAt: moment), after: ErasureLine.start,
                signedBy: vault.signer)
            try Data((foreign.text + "\n").utf8).write(to: URL(filePath: vault.registerPath))
            let refusal = try await code { _ = try await vault.withKeeper { try await $0.applyRegister() } }
            #expect(refusal == .registerDamaged)
            #expect(try await checked(vault) == .registerDamaged)
            #expect(try await vault.read(person) == "Smith")

            // A stranger's signature, on a register that would fit.
            let stranger = try SigningKey(generating: .edDSA, id: "signer")
            let forged = try ErasureLine(
                Erasure(number: 1, person: person, actor: "a", reason: "r", erasedAt: moment), after: ErasureLine.start,
                signedBy: stranger)
            #expect(throws: SafeguardsError.self) { try ErasureChain([forged.text], keys: vault.verificationKeys) }
        }
    }
}
