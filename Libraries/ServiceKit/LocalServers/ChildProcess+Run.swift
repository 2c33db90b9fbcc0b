import Foundation
import Glibc
import Synchronization

extension ChildProcess {
    /// What a program that was run to its end left behind.
    package struct Result: Sendable {
        /// How it ended.
        package let exit: Exit
        /// All it wrote to standard output.
        package let output: [UInt8]
        /// All it wrote to standard error.
        package let error: [UInt8]

        /// Standard output as text; bytes that are not UTF-8 are replaced.
        package var outputText: String { String(decoding: output, as: UTF8.self) }
        /// Standard error as text; bytes that are not UTF-8 are replaced.
        package var errorText: String { String(decoding: error, as: UTF8.self) }
    }

    /// Runs `command` to its end and gathers what it writes.
    ///
    /// A program still running after `limit`, or when the task is cancelled, is killed and reported as signalled.
    package static func run(
        _ command: Command, input: [UInt8] = [], limit: Duration = .seconds(600)
    ) async throws -> Result {
        let standardInput = try Channel()
        let standardOutput = try Channel()
        let standardError = try Channel()
        let child = try start(
            command, input: .descriptor(standardInput.theirs), output: .descriptor(standardOutput.theirs),
            error: .descriptor(standardError.theirs))
        for channel in [standardInput, standardOutput, standardError] { channel.closeTheirs() }

        standardInput.writeOnOwnThread(input)
        let output = standardOutput.readOnOwnThread()
        let error = standardError.readOnOwnThread()
        let exit = await withTaskCancellationHandler {
            await child.exit(killedAfter: limit)
        } onCancel: {
            child.signal(SIGKILL)
        }
        return Result(exit: exit, output: await output.value, error: await error.value)
    }

    /// How it ended; it is killed when it has not by `limit`.
    package func exit(killedAfter limit: Duration) async -> Exit {
        await withTaskGroup(of: Exit?.self) { group in
            group.addTask { await self.exit }
            group.addTask {
                // Cancelled as soon as the process has ended: the sleep's error says nothing else.
                guard (try? await Task.sleep(for: limit)) != nil else { return nil }
                self.signal(SIGKILL)
                return nil
            }
            var ended: Exit?
            while ended == nil, let next = await group.next() { ended = next }
            group.cancelAll()
            return ended ?? .signalled(SIGKILL)
        }
    }
}

/// Two connected sockets: one end for us, one for a child. Sockets rather than a pipe, because a write to a child that
/// has gone must return an error and not raise SIGPIPE.
struct Channel: Sendable {
    let ours: Int32
    let theirs: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw LocalServerError.cannotStart("a channel to a child", reason: String(cString: strerror(errno)))
        }
        ours = ends[0]
        theirs = ends[1]
    }

    func closeTheirs() { close(theirs) }

    func closeOurs() { close(ours) }

    /// Writes what it can; false when the other end has gone.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let count = send(ours, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    func writeOnOwnThread(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else {
            shutdown(ours, Int32(SHUT_RDWR))
            return closeOurs()
        }
        Thread.detachNewThread {
            // A child that does not read its input to the end is free to do so.
            write(bytes)
            closeOurs()
        }
    }

    func readOnOwnThread() -> Promise<[UInt8]> {
        let promise = Promise<[UInt8]>()
        Thread.detachNewThread {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(ours, &chunk, chunk.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                bytes.append(contentsOf: chunk[..<count])
            }
            closeOurs()
            promise.fulfil(bytes)
        }
        return promise
    }
}

/// A value that a thread of its own delivers once.
final class Promise<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiting: [CheckedContinuation<Value, Never>] = []
    }

    private let state = Mutex(State())

    func fulfil(_ value: Value) {
        let waiting = state.withLock { state in
            state.value = value
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let known = state.withLock { state -> Value? in
                    if state.value == nil { state.waiting.append(continuation) }
                    return state.value
                }
                if let known { continuation.resume(returning: known) }
            }
        }
    }
}
