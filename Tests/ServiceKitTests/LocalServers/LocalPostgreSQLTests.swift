import Foundation
import Glibc
import ServiceKit
import TestSupport
import Testing

@Suite("A PostgreSQL server of our own")
struct LocalPostgreSQLTests {
    private func ask(_ url: String, _ sql: String) async throws -> String {
        let result = try await ChildProcess.run(.init("psql", ["-XAtq", "--dbname=\(url)", "--command=\(sql)"]))
        try #require(result.exit.isSuccess, "\(result.errorText)")
        return result.outputText.trimmingCharacters(in: .newlines)
    }

    @Test("answers over its socket, as an ordinary user, and leaves nothing behind")
    func startsAndStops() async throws {
        let server = try await LocalPostgreSQL.start()
        #expect(try await ask(server.url(), "select 1 + 1") == "2")
        #expect(try await ask(server.url(), "show listen_addresses") == "")
        #expect(try await ask(server.url(), "show fsync") == "off")
        #expect(server.loopbackURL() == nil)
        let owner = try FileManager.default.attributesOfItem(atPath: server.folder)[.ownerAccountID] as? Int
        #expect(owner != 0)
        #expect(try mode(of: server.folder) == 0o700)
        #expect("\(server.folder)/.s.PGSQL.65535".utf8.count <= 100)
        let id = try serverID(in: server.folder)

        await server.stop()
        await server.stop()
        #expect(!FileManager.default.fileExists(atPath: server.folder))
        #expect(kill(id, 0) == -1)
    }

    @Test("on loopback it wants the password")
    func loopback() async throws {
        let server = try await LocalPostgreSQL.start(.init(durable: true, loopback: true))
        let url = try #require(server.loopbackURL())
        #expect(try await ask(url, "show fsync") == "on")
        let withoutPassword = "postgresql://postgres@127.0.0.1:\(server.port)/postgres"
        let refused = try await ChildProcess.run(
            .init("psql", ["-Xw", "--dbname=\(withoutPassword)", "--command=select 1"]))
        #expect(!refused.exit.isSuccess)
        #expect(refused.errorText.contains("password"))
        await server.stop()
    }

    @Test("in a folder of the caller's the data is there the next time")
    func keptFolder() async throws {
        let parent = try TemporaryFolder.make("kept")
        chmod(parent.path, 0o755)
        let folder = parent.appending(path: "pg").path
        let first = try await LocalPostgreSQL.start(.init(durable: true, folder: folder))
        _ = try await ask(first.url(), "create table kept as select 42 as answer")
        await first.stop()

        let second = try await LocalPostgreSQL.start(.init(durable: true, folder: folder))
        #expect(try await ask(second.url(), "select answer from kept") == "42")
        await second.stopAtOnce()
        #expect(FileManager.default.fileExists(atPath: folder))
    }

    @Test("a setting that the server refuses is reported with the end of its log")
    func refusedSetting() async throws {
        await #expect {
            _ = try await LocalPostgreSQL.start(.init(settings: ["shared_buffers": "nonsense"]))
        } throws: { error in
            guard case LocalServerError.didNotStart("PostgreSQL", let log) = error else { return false }
            return log.contains("shared_buffers")
        }
    }

    private func mode(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func serverID(in folder: String) throws -> pid_t {
        let text = try String(contentsOfFile: "\(folder)/server.pid", encoding: .utf8)
        return try #require(pid_t(text.trimmingCharacters(in: .newlines)))
    }
}
