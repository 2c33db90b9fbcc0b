import Crypto
import Domain
import Foundation
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import ServiceKit

// Within the other suite, because both make the same roles of one server, and one at a time.
extension ServiceTests {
    @Suite("The audit of a service")
    struct AuditTests {
        /// Who, what, record and whether it was a list, the latest first, as an auditor asks.
        private func sightings(of person: PersonID, _ place: Place) async throws -> [[String]] {
            try place.signIn("una")
            let call = await place.run("audit", "who-saw", person.description, "--format", "csv")
            try #require(call.exitCode == .success, "\(call.messages)")
            return call.output.split(whereSeparator: \.isNewline).dropFirst().map { line in
                line.split(separator: ",").map(String.init)
            }
        }

        @Test("what was done, looked at on a list, rehearsed and refused is known, and so is whoever asked")
        func whoSaw() async throws {
            try await Place.with { place in
                try place.signIn("ada")
                for words in [["lend", "Emma"], ["lend", "Persuasion", "--dry-run"], ["lend", "Emma"], ["count"]] {
                    _ = await place.run(words)
                }
                let ada = place.ada.uuidString.lowercased()
                let seen = try await sightings(of: reader, place)
                let expected = [
                    ["cases.read", "direct-care", "list of books", "true"],
                    ["cases.offer", "direct-care", "refused: book", "false"],
                    ["cases.offer", "direct-care", "rehearsed: book", "false"],
                    ["cases.offer", "direct-care", "book", "false"],
                ]
                #expect(seen.map { Array($0[2...]) } == expected)
                #expect(seen.allSatisfy { $0[1] == ada })
                let again = try await sightings(of: reader, place)
                #expect(again.count == seen.count + 1)
                #expect(again[0][1] != ada)
                #expect(again[0][2...] == ["audit.read", "audit", "audit of the person in kit-library", "false"])
                #expect(try await sightings(of: otherReader, place).map { $0[2] } == ["cases.read"])
            }
        }

        @Test("work on people's records that does not say whose they were is undone, and is a fault of the program")
        func unsaid() async throws {
            try await Place.with { place in
                try place.signIn("ada")
                let silent = Command("silent", abstract: "Says nothing.") { _ in
                    { call in
                        try await library.act(call, .assess) { work in
                            _ = try await work.transaction.query("insert into book (title) values ('x')")
                            return Table(title: "t", columns: [])
                        }
                    }
                }
                let messages = RememberedText()
                let code = await ServiceMain.perform(
                    silent, place.settings, terminal: Terminal(output: RememberedText(), messages: messages))
                #expect(code == .internalBug)
                #expect(messages.text.contains("cases.assess"))
                #expect(await place.run("count", "--format", "csv").output == "books\r\n0\r\n")
            }
        }

        @Test("nothing is shown where the audit cannot say who saw it")
        func unheard() async throws {
            try await Place.with { place in
                try place.signIn("ada")
                _ = await place.run("lend", "Emma")
                try await place.asSuperuser(
                    "revoke execute on all functions in schema kit_library from kit_library_app, public")
                let look = await place.run("count")
                #expect(look.exitCode == .notAllowed)
                #expect(look.output.isEmpty)
                let write = await place.run("lend", "Persuasion")
                #expect(write.exitCode == .notAllowed)
                try await place.asSuperuser("grant execute on all functions in schema kit_library to kit_library_app")
                #expect(await place.run("count", "--format", "csv").output == "books\r\n1\r\n")
            }
        }

        @Test("seals are put on what went on, and a check finds what was changed or cut since")
        func seals() async throws {
            try await Place.with { place in
                try place.signIn("ada")
                for title in ["Emma", "Persuasion"] { _ = await place.run("lend", title) }
                let sealing = await place.run("audit", "seal", "--format", "csv")
                try #require(sealing.exitCode == .success, "\(sealing.messages)")
                let seal = try #require(
                    sealing.output.split(whereSeparator: \.isNewline).last?.split(separator: ",").first)
                let good = await place.run("audit", "verify", "--seal", String(seal))
                #expect(good.exitCode == .success, "\(good.output)")
                #expect(await place.run("audit", "verify", "--seal", "2" + seal.dropFirst()).exitCode == .foundProblems)
                #expect(await place.run("audit", "verify", "--seal", "nonsense").exitCode == .usage)

                try await place.asSuperuser(
                    """
                    set session_replication_role = replica;
                    update kit_library.audit_entry set record = 'another book' where number = 1 and kind = 'person';
                    """)
                let bad = await place.run("audit", "verify")
                #expect(bad.exitCode == .foundProblems)
                #expect(bad.output.contains("changed at person \(reader) no. 1"), "\(bad.output)")
            }
        }

        @Test("who may check or seal need not be allowed to read it")
        func permissions() async throws {
            try await Place.with { place in
                #expect(await place.run("audit", "verify").exitCode == .notAllowed)
                try place.signIn("ada")
                #expect(await place.run("audit", "verify").exitCode == .success)
                #expect(await place.run("audit", "who-saw", reader.description).exitCode == .notAllowed)
                try place.signIn("una")
                #expect(await place.run("audit", "verify").exitCode == .success)
                #expect(await place.run("audit", "seal").exitCode == .notAllowed)
            }
        }

        @Test("what operators do with events is in the audit too")
        func operators() async throws {
            try await Place.with { place in
                try place.signIn("ada")
                _ = await place.run("dead-letters", "list")
                _ = await place.run("replay", "--all")
                let records = try await place.asSuperuser(
                    "select action || ' ' || record from kit_library.audit_entry order by number")
                #expect(records == ["dead-letters.read dead-letters list", "events.replay replay"])
            }
        }

        @Test("keys are made once, for their owner alone")
        func keys() throws {
            let folder = NSTemporaryDirectory() + "keys-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: folder) }  // Temporary.
            let keys = KeysFolder(folder)
            try keys.create()
            #expect(throws: CommandFailure.self) { try keys.create() }
            #expect(try keys.believedSealKeys().keys.map(\.id) == [keys.sealKey().id])
            let mode = try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int
            #expect(mode == 0o700)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder + "/seal.key")
            #expect(throws: CommandFailure.self) { try keys.sealKey() }
        }
    }
}
