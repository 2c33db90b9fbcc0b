import Foundation
import Glibc
import ServiceKit
import TestSupport
import Testing

/// The promise "never leaves anything running" is kept by a sitter process, so it is shown on a process that dies.
@Suite("A server whose parent dies")
struct OrphanTests {
    @Test("is stopped and its folder removed after kill -9")
    func killed() async throws {
        let note = try TemporaryFolder.make("orphan").appending(path: "note").path
        await #expect(processExitsWith: .signal(SIGKILL)) { [note = note as String] in
            let server = try await LocalPostgreSQL.start()
            let id = try String(contentsOfFile: "\(server.folder)/server.pid", encoding: .utf8)
            try "\(server.folder)\n\(id)".write(toFile: note, atomically: true, encoding: .utf8)
            kill(getpid(), SIGKILL)
        }
        try await expectGone(notedIn: note)
    }

    @Test("is stopped and its folder removed after exit()")
    func exited() async throws {
        let note = try TemporaryFolder.make("orphan").appending(path: "note").path
        await #expect(processExitsWith: .exitCode(7)) { [note = note as String] in
            let server = try await LocalPostgreSQL.start()
            let id = try String(contentsOfFile: "\(server.folder)/server.pid", encoding: .utf8)
            try "\(server.folder)\n\(id)".write(toFile: note, atomically: true, encoding: .utf8)
            exit(7)
        }
        try await expectGone(notedIn: note)
    }

    private func expectGone(notedIn note: String) async throws {
        let lines = try String(contentsOfFile: note, encoding: .utf8).split(separator: "\n").map(String.init)
        try #require(lines.count == 2)
        let server = try #require(pid_t(lines[1]))
        // The sitter works beside us. It is given far longer than it needs.
        for _ in 0..<1_200 where FileManager.default.fileExists(atPath: lines[0]) {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(!FileManager.default.fileExists(atPath: lines[0]))
        #expect(kill(server, 0) == -1)
    }
}
