import Crypto
import Foundation
import Messaging
import Postgres
import Testing

@testable import Safeguards

@Suite("The audit chain on a real PostgreSQL", .serialized)
struct AuditTests {
    private func entry(_ stream: AuditStream, _ action: String = "cases.read", people: [UUID] = []) throws -> AuditEntry
    {
        try AuditEntry(
            id: UUID(), stream: stream, at: moment, action: action, purpose: "direct-care", record: "case 1",
            people: people
        )
    }

    private func verify(_ vault: Vault) async throws -> AuditReport {
        try await vault.data(.reader) { connection in
            try await AuditVerifier(schema: vault.schema.name, keys: vault.verificationKeys, pageRows: 3).verify(
                on: connection)
        }
    }

    @Test("entries are numbered in their streams and verify, page by page")
    func numbered() async throws {
        try await Vault.with { vault in
            let people = (0..<3).map { _ in UUID() }
            for _ in 0..<3 {
                let entries = try people.map { try entry(.person($0)) } + [try entry(.actor(people[0]), people: people)]
                try await vault.acting { try await AuditChain().commit(after: entries, in: $0) }
            }
            let report = try await verify(vault)
            #expect(report.isGood, "\(report.problems)")
            #expect(report.entries == 12)
            #expect(report.streams == 4)
            try await vault.data(.reader) { connection in
                let rows = try await connection.query(
                    "select number, actor from audit_entry where stream = \(people[1])")
                #expect(try rows.map { try $0.decode(column: 0, as: Int64.self) }.sorted() == [1, 2, 3])
                #expect(try rows.allSatisfy { try $0.decode(column: 1, as: String.self) == "somebody" })
            }
        }
    }

    @Test("an entry belongs to its transaction: rolled back with it, and refused where nobody acts")
    func transactional() async throws {
        struct Change: Error {}
        try await Vault.with { vault in
            let person = UUID()
            await #expect(throws: Change.self) {
                try await vault.acting { transaction in
                    try await transaction.query(try AuditChain.statement([try entry(.person(person))]))
                    throw Change()
                }
            }
            for nobody in [nil, ""] {
                await #expect(throws: PostgresError.self) {
                    try await vault.acting(nobody) {
                        try await AuditChain().commit(after: [try entry(.person(person))], in: $0)
                    }
                }
            }
            let report = try await verify(vault)
            #expect(report.entries == 0)
        }
    }

    @Test("entries of one call are bound in the order in which they were given, each stream for itself")
    func manyAtOnce() async throws {
        try await Vault.with { vault in
            let (person, other, actor) = (UUID(), UUID(), UUID())
            let streams: [AuditStream] = [
                .person(other), .person(person), .actor(actor), .person(person), .person(other),
            ]
            for round in 1...2 {
                let entries = try streams.enumerated().map { place, stream in
                    try entry(stream, "round.\(round).\(place)", people: place == 2 ? [person, other, person] : [])
                }
                try await vault.acting { try await AuditChain().commit(after: entries, in: $0) }
            }
            let report = try await verify(vault)
            #expect(report.entries == 10)
            #expect(report.problems.isEmpty)
            let rows = try await vault.data(.app) {
                try await $0.query(
                    "select action from audit_entry where stream = any(\([person, actor])) order by kind, number")
            }
            let actions = try rows.map { try $0.decode(String.self) }
            #expect(actions == ["round.1.2", "round.2.2", "round.1.1", "round.1.3", "round.2.1", "round.2.3"])
        }
    }

    @Test("two who write to one stream at once get one chain")
    func concurrent() async throws {
        try await Vault.with { vault in
            let person = UUID()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        for _ in 0..<10 {
                            try await vault.acting("writer \(writer)") {
                                try await AuditChain().commit(after: [try entry(.person(person))], in: $0)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let report = try await verify(vault)
            #expect(report.isGood, "\(report.problems)")
            #expect(report.entries == 40)
            #expect(report.streams == 1)
        }
    }

    @Test("no role of the service can write, change or take an entry but by the function that chains it")
    func privileges() async throws {
        try await Vault.with { vault in
            try await vault.acting { try await AuditChain().commit(after: [try entry(.person(UUID()))], in: $0) }
            _ = try await seal(vault)
            let changes = ["audit_entry", "audit_head", "audit_seal", "audit_sealed_head"].flatMap { table in
                [
                    "update \(table) set number = number", "delete from \(table)", "truncate \(table) cascade",
                    "insert into \(table) select * from \(table)",
                ]
            }
            for role in [Role.app, .relay, .reader] {
                try await vault.data(role) { connection in
                    for change in changes {
                        await #expect(throws: PostgresError.self, "\(role): \(change)") {
                            try await connection.execute(script: change)
                        }
                    }
                }
            }
            // The owner could insert, but the chain would not fit; it cannot change or take.
            try await vault.data(.owner) { connection in
                for change in changes where !change.contains("audit_head") && !change.hasPrefix("insert") {
                    await #expect(throws: PostgresError.self, "owner: \(change)") {
                        try await connection.execute(script: change)
                    }
                }
            }
            for role in [Role.relay, .reader] {
                try await vault.data(role) { connection in
                    await #expect(throws: PostgresError.self) {
                        try await connection.transaction { transaction in
                            try await transaction.setLocal("takeup.actor", to: "somebody")
                            try await AuditChain().commit(after: [try entry(.person(UUID()))], in: transaction)
                        }
                    }
                }
            }
            let report = try await verify(vault)
            #expect(report.isGood)
        }
    }

    private func seal(_ vault: Vault) async throws -> AuditSeal? {
        try await vault.data(.app) { connection in
            try await connection.transaction { transaction in
                try await AuditSealer(schema: vault.schema.name, signer: vault.signer).seal(at: moment, in: transaction)
            }
        }
    }

    @Test("who saw a person is answered with actions, reads and lists, and with nobody else's")
    func whoSaw() async throws {
        try await Vault.with { vault in
            let (person, other, reader) = (UUID(), UUID(), UUID())
            try await vault.acting("worker") {
                try await AuditChain().commit(after: [try entry(.person(person), "cases.assess")], in: $0)
            }
            try await vault.acting("manager") { transaction in
                let list = try entry(.actor(reader), "cases.list", people: [other, person])
                try await AuditChain().commit(after: [list, try entry(.person(other))], in: transaction)
            }
            let seen = try await vault.data(.reader) { connection in
                try await connection.transaction { try await AuditReader().whoSaw(person, in: $0) }
            }
            #expect(Set(seen.map(\.actor)) == ["worker", "manager"])
            #expect(seen.first { $0.actor == "manager" }?.wasOnList == true)
            #expect(seen.first { $0.actor == "worker" }?.action == "cases.assess")
            #expect(seen.allSatisfy { $0.at == moment })
        }
    }

    @Test("an entry at the limits is taken, one beyond is refused")
    func limits() throws {
        func make(_ action: Int, _ record: Int, _ people: Int) throws -> AuditEntry {
            try AuditEntry(
                id: UUID(), stream: .actor(UUID()), at: moment, action: String(repeating: "a", count: action),
                purpose: "p", record: String(repeating: "r", count: record),
                people: [UUID](repeating: UUID(), count: people))
        }
        _ = try make(100, 200, 5_000)
        for (action, record, people) in [(101, 1, 1), (0, 1, 1), (1, 201, 1), (1, 1, 5_001)] {
            #expect(throws: SafeguardsError.self) { try make(action, record, people) }
        }
    }

    @Test("seals follow one another and cover what went on between")
    func seals() async throws {
        try await Vault.with { vault in
            let people = (0..<3).map { _ in UUID() }
            #expect(try await seal(vault) == nil)
            try await vault.acting { transaction in
                try await AuditChain().commit(after: try people.map { try entry(.person($0)) }, in: transaction)
            }
            let first = try await seal(vault)
            #expect(first?.number == 1)
            #expect(first?.heads == 3)
            #expect(try await seal(vault) == nil)
            try await vault.acting { try await AuditChain().commit(after: [try entry(.person(people[2]))], in: $0) }
            let second = try await seal(vault)
            #expect(second?.number == 2)
            #expect(second?.heads == 1)
            let report = try await verify(vault)
            #expect(report.isGood, "\(report.problems)")
            #expect(report.seals == 2)
            #expect(report.lastSeal == second)
        }
    }
}
