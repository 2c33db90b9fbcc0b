import Foundation
import Testing

@Suite("Signals, sent to a process", .serialized, .timeLimit(.minutes(1)))
struct SignalTests {
    /// The probe stands beside the test bundle.
    private static let probe: URL = {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<4 where !FileManager.default.fileExists(atPath: folder.appending(path: "ServiceKitProbe").path) {
            folder.deleteLastPathComponent()
        }
        return folder.appending(path: "ServiceKitProbe")
    }()

    private struct Child {
        let process = Process()
        let output = Pipe()

        init(_ arguments: String...) throws {
            process.executableURL = probe
            process.arguments = arguments
            process.standardOutput = output
            try process.run()
        }

        /// The next line of its output, nil at its end.
        func line() -> String? {
            var bytes: [UInt8] = []
            while let byte = output.fileHandleForReading.readData(ofLength: 1).first {
                if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
                bytes.append(byte)
            }
            return nil
        }

        func ending() -> (Process.TerminationReason, Int32) {
            process.waitUntilExit()
            return (process.terminationReason, process.terminationStatus)
        }
    }

    @Test("SIGTERM and a first SIGINT stop gracefully with exit code 0", arguments: [SIGTERM, SIGINT])
    func graceful(signal: Int32) throws {
        let child = try Child("serve")
        #expect(child.line() == "running")
        kill(child.process.processIdentifier, signal)
        #expect(child.line() == "stopping")
        #expect(child.line() == "stopped")
        #expect(child.ending() == (.exit, 0))
    }

    @Test("a second SIGINT cancels what does not stop, exit code 130")
    func secondInterrupt() throws {
        let child = try Child("serve", "--deaf")
        #expect(child.line() == "running")
        kill(child.process.processIdentifier, SIGINT)
        #expect(child.line() == "stopping")
        kill(child.process.processIdentifier, SIGINT)
        #expect(child.line() == "cancelled")
        #expect(child.ending() == (.exit, 130))
    }

    @Test("a child that was started to end with its parent ends when the parent is killed")
    func orphan() async throws {
        let parent = try Child("parent")
        let line = try #require(parent.line())
        let child = try #require(pid_t(line))
        try await Task.sleep(for: .milliseconds(300))
        #expect(kill(child, 0) == 0, "it ended before its parent did")
        kill(parent.process.processIdentifier, SIGKILL)
        let end = ContinuousClock.now + .seconds(20)
        while isRunning(child), .now < end { try await Task.sleep(for: .milliseconds(20)) }
        #expect(!isRunning(child))
    }

    /// Not one that has ended and nobody waited for: in a container the first process may not do so.
    private func isRunning(_ id: pid_t) -> Bool {
        // No such file: the process is gone.
        guard let status = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8) else { return false }
        return !status.contains(") Z ")
    }

    @Test("a verb that listens to nothing is cancelled by a signal, exit code 130", arguments: [SIGTERM, SIGINT])
    func verb(signal: Int32) throws {
        let child = try Child("wait")
        #expect(child.line() == "running")
        kill(child.process.processIdentifier, signal)
        #expect(child.ending() == (.exit, 130))
    }

    @Test("usage errors reach the shell as 64 and help as 0")
    func exitCodes() throws {
        #expect(try Child("nothing").ending() == (.exit, 64))
        #expect(try Child("--help").ending() == (.exit, 0))
    }

    @Test("a reader that goes away does not kill the process with SIGPIPE")
    func closedPipe() throws {
        let child = try Child("serve")
        #expect(child.line() == "running")
        try child.output.fileHandleForReading.close()
        kill(child.process.processIdentifier, SIGTERM)
        #expect(child.ending() == (.exit, 0))
    }
}
