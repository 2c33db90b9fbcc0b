import Foundation
package import Glibc
import Synchronization

/// A program this process started, waited for exactly once, by a thread of its own.
///
/// Every descriptor above 2 is closed in the child and its signal mask is empty, whatever this process blocks: a child
/// started by a service must still answer to SIGTERM.
package final class ChildProcess: Sendable {
    /// What to run and what the child sees.
    package struct Command: Sendable {
        /// A path, or a name looked for in PATH.
        package var executable: String
        /// The arguments after the name.
        package var arguments: [String]
        /// The whole environment, or nil for this process's own.
        package var environment: [String: String]?
        /// Where the child starts, or nil for this process's own folder.
        package var workingDirectory: String?
        /// A session of its own, so that Ctrl-C in our terminal does not reach it.
        package var startsSession: Bool

        /// A command with this process's environment and folder.
        package init(
            _ executable: String, _ arguments: [String] = [], environment: [String: String]? = nil,
            workingDirectory: String? = nil, startsSession: Bool = false
        ) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.workingDirectory = workingDirectory
            self.startsSession = startsSession
        }
    }

    /// Where one of the child's three streams leads.
    package enum Stream: Sendable {
        /// To or from `/dev/null`.
        case discard
        /// The same as this process's.
        case inherit
        /// Appended to a file, which is made (mode 0600) if it is not there.
        case file(String)
        /// An open descriptor, which stays the caller's to close.
        case descriptor(Int32)
        /// An input that says nothing and ends with this process, however it ends: the kernel sees to it.
        case untilWeEnd
    }

    /// How a process ended.
    package enum Exit: Sendable, Equatable, CustomStringConvertible {
        /// It ended by itself, with this code.
        case exited(Int32)
        /// A signal ended it.
        case signalled(Int32)

        /// True for exit code 0.
        package var isSuccess: Bool { self == .exited(0) }

        /// In words, for a message.
        package var description: String {
            switch self {
            case .exited(let code): "exit code \(code)"
            case .signalled(let number): "signal \(number)"
            }
        }
    }

    private struct State {
        var exit: Exit?
        var waiting: [CheckedContinuation<Exit, Never>] = []
    }

    /// The process id. It stays this child's until `exit` has been seen.
    package let id: pid_t
    private let state = Mutex(State())

    private init(id: pid_t) {
        self.id = id
    }

    /// Starts `command`.
    ///
    /// - Throws: `LocalServerError.cannotStart` with the system's reason.
    package static func start(
        _ command: Command, input: Stream = .discard, output: Stream = .inherit, error: Stream = .inherit
    ) throws -> ChildProcess {
        let child = ChildProcess(id: try spawn(command, streams: [input, output, error]))
        Thread.detachNewThread { child.waitForEnd() }
        return child
    }

    /// How it ended, once it has.
    package var exit: Exit {
        get async {
            await withCheckedContinuation { continuation in
                let known = state.withLock { state -> Exit? in
                    if state.exit == nil { state.waiting.append(continuation) }
                    return state.exit
                }
                if let known { continuation.resume(returning: known) }
            }
        }
    }

    /// How it ended, or nil while it runs.
    package var exitIfEnded: Exit? { state.withLock { $0.exit } }

    /// Sends a signal, unless the process has ended: its id may belong to another by then.
    package func signal(_ number: Int32) {
        state.withLock { state in
            if state.exit == nil { kill(id, number) }
        }
    }

    private func waitForEnd() {
        // WNOWAIT leaves the dead child in the table, so that its id stays taken until the exit is noted under the lock.
        var information = siginfo_t()
        while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}

        let (exit, waiting) = state.withLock { state -> (Exit, [CheckedContinuation<Exit, Never>]) in
            var status: Int32 = 0
            while waitpid(id, &status, 0) == -1, errno == EINTR {}
            let exit: Exit = (status & 0x7f) == 0 ? .exited((status >> 8) & 0xff) : .signalled(status & 0x7f)
            state.exit = exit
            defer { state.waiting = [] }
            return (exit, state.waiting)
        }
        for continuation in waiting { continuation.resume(returning: exit) }
    }
}

// MARK: - posix_spawn

extension ChildProcess {
    private static func spawn(_ command: Command, streams: [Stream]) throws -> pid_t {
        let gnu = try GNUSpawn.get()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in streams.enumerated() { add(stream, as: Int32(number), to: &actions) }
        _ = gnu.addCloseFrom(&actions, 3)
        if let folder = command.workingDirectory { _ = gnu.addChangeFolder(&actions, folder) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var nothing = sigset_t()
        sigemptyset(&nothing)
        posix_spawnattr_setsigmask(&attributes, &nothing)
        var restored = sigset_t()
        sigemptyset(&restored)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT] { sigaddset(&restored, number) }
        posix_spawnattr_setsigdefault(&attributes, &restored)
        var flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        if command.startsSession { flags |= GNUSpawn.startsSession }
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let environment = (command.environment ?? ProcessInfo.processInfo.environment).map { "\($0.key)=\($0.value)" }
        var id: pid_t = 0
        let code = withCStrings([command.executable] + command.arguments) { arguments in
            withCStrings(environment) { environment in
                posix_spawnp(&id, command.executable, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else {
            throw LocalServerError.cannotStart(command.executable, reason: String(cString: strerror(code)))
        }
        return id
    }

    private static func add(_ stream: Stream, as number: Int32, to actions: inout posix_spawn_file_actions_t) {
        switch stream {
        case .inherit:
            break
        case .discard:
            posix_spawn_file_actions_addopen(&actions, number, "/dev/null", number == 0 ? O_RDONLY : O_WRONLY, 0)
        case .file(let path):
            posix_spawn_file_actions_addopen(&actions, number, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        case .descriptor(let descriptor):
            posix_spawn_file_actions_adddup2(&actions, descriptor, number)
        case .untilWeEnd:
            posix_spawn_file_actions_adddup2(&actions, endsWithUs, number)
        }
    }

    /// The reading end of a pipe whose writing end is open in this process alone. Where the system gives none, -1: then no
    /// child starts.
    private static let endsWithUs: Int32 = {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return -1 }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return ends[0]
    }()

    private static func withCStrings<T>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> T
    ) -> T {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }

        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { buffer in
            // A buffer with the terminating nil in it is never empty, so it has a base address.
            guard let base = buffer.baseAddress else { preconditionFailure("an argument list ends with nil") }
            return body(base)
        }
    }
}

/// What glibc adds to POSIX's spawn. Swift's Glibc module leaves these out (they are declared under `_GNU_SOURCE`), so
/// they are looked up by name.
private struct GNUSpawn {
    typealias AddCloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    typealias AddChangeFolder =
        @convention(c) (
            UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>
        ) -> Int32

    /// `POSIX_SPAWN_SETSID` of <spawn.h>.
    static let startsSession: Int32 = 0x80

    let addCloseFrom: AddCloseFrom
    let addChangeFolder: AddChangeFolder

    /// - Throws: where the C library is older than glibc 2.34.
    static func get() throws -> GNUSpawn {
        guard let program = dlopen(nil, RTLD_NOW),
            let closeFrom = dlsym(program, "posix_spawn_file_actions_addclosefrom_np"),
            let changeFolder = dlsym(program, "posix_spawn_file_actions_addchdir_np")
        else { throw LocalServerError.cannotStart("a child process", reason: "this needs glibc 2.34 or newer") }
        return GNUSpawn(
            addCloseFrom: unsafeBitCast(closeFrom, to: AddCloseFrom.self),
            addChangeFolder: unsafeBitCast(changeFolder, to: AddChangeFolder.self))
    }
}
