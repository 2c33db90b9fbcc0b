import Glibc
import ServiceKit
import Testing

@Suite("A child process")
struct ChildProcessTests {
    private func shell(_ script: String) -> ChildProcess.Command { .init("/bin/sh", ["-c", script]) }

    @Test("gives back its output, its errors and its exit code")
    func output() async throws {
        let result = try await ChildProcess.run(shell("cat; echo oops >&2; exit 3"), input: Array("hello".utf8))
        #expect(result.outputText == "hello")
        #expect(result.errorText == "oops\n")
        #expect(result.exit == .exited(3))
    }

    @Test("more output than a socket holds, while input is still being written, does not block")
    func largeOutput() async throws {
        let input = [UInt8](repeating: 120, count: 3_000_000)
        let result = try await ChildProcess.run(shell("cat"), input: input)
        #expect(result.output == input)
    }

    @Test("input that the child never reads does no harm")
    func unreadInput() async throws {
        let result = try await ChildProcess.run(shell("exit 0"), input: [UInt8](repeating: 0, count: 3_000_000))
        #expect(result.exit == .exited(0))
    }

    @Test("one that runs longer than its limit is killed")
    func limit() async throws {
        let result = try await ChildProcess.run(shell("exec sleep 600"), limit: .milliseconds(100))
        #expect(result.exit == .signalled(SIGKILL))
    }

    @Test("answers to SIGTERM even when the parent blocks it")
    func signals() async throws {
        var blocked = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGTERM)
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, &blocked, &before)
        let child = try ChildProcess.start(shell("exec sleep 600"))
        pthread_sigmask(SIG_SETMASK, &before, nil)
        child.signal(SIGTERM)
        #expect(await child.exit == .signalled(SIGTERM))
        #expect(child.exitIfEnded == .signalled(SIGTERM))
    }

    @Test("sees none of our descriptors but its own three")
    func descriptors() async throws {
        let leaky = open("/dev/null", O_RDONLY)
        defer { close(leaky) }
        let result = try await ChildProcess.run(.init("/bin/ls", ["/proc/self/fd"]))
        // 3 is ls reading the folder.
        #expect(result.outputText == "0\n1\n2\n3\n")
    }

    @Test("a program that is not there is an error that names it")
    func missing() async throws {
        await #expect(throws: LocalServerError.cannotStart("no-such-program", reason: "No such file or directory")) {
            _ = try await ChildProcess.run(.init("no-such-program"))
        }
    }
}
