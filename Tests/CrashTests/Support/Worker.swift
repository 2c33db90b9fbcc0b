import Foundation
import Glibc
import ServiceKit
import Synchronization

/// A worker process. It is killed when it is let go of, and ends by itself when this process does: its input ends then.
final class Worker: Sendable {
    private let child: ChildProcess
    /// Nil once it is closed.
    private let inputEnd: Mutex<Int32?>
    let log: String

    /// The worker's program stands beside the test bundle.
    static let program: String = {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<4 where !FileManager.default.fileExists(atPath: folder.appending(path: "CrashWorker").path) {
            folder.deleteLastPathComponent()
        }
        return folder.appending(path: "CrashWorker").path
    }()

    init(_ command: ChildProcess.Command, log: String) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SceneError("no pipe for a worker's input") }
        // Another child that held the writing end would keep this worker alive.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        inputEnd = Mutex(ends[1])
        self.log = log
        do {
            child = try ChildProcess.start(
                command, input: .descriptor(ends[0]), output: .file(log), error: .file(log))
        } catch {
            close(ends[1])
            throw error
        }
    }

    deinit {
        child.signal(SIGKILL)
        endInput()
    }

    private func endInput() {
        inputEnd.withLock { end in
            if let open = end { close(open) }
            end = nil
        }
    }

    var hasEnded: Bool { child.exitIfEnded != nil }

    func signal(_ number: Int32) { child.signal(number) }

    /// Asks it to finish what it has in hand, and waits until it has.
    func stop() async throws {
        endInput()
        let exit = await child.exit
        guard exit.isSuccess else { throw SceneError("a worker ended with \(exit): \(logTail)") }
    }

    /// Kills it and waits until it is gone.
    func kill() async throws {
        child.signal(SIGKILL)
        try check(await child.exit)
    }

    /// True once it has died by SIGKILL, from inside or outside; false where it still lives after `limit`.
    func dies(within limit: Duration) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if let exit = child.exitIfEnded {
                try check(exit)
                return true
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    /// Throws where it is gone: nobody killed it.
    func requireAlive() throws {
        guard let exit = child.exitIfEnded else { return }
        throw SceneError("a worker ended by itself with \(exit): \(logTail)")
    }

    private func check(_ exit: ChildProcess.Exit) throws {
        guard exit == .signalled(SIGKILL) else {
            throw SceneError("a worker ended by itself with \(exit): \(logTail)")
        }
    }

    private var logTail: String {
        let text = FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").suffix(12).joined(separator: "\n")
    }
}
