import Synchronization
import Testing

@testable import ServiceKit

/// What happened, in order.
private final class Journal: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// A member that runs until it is stopped, or ignores that, or ends by itself.
private final class Member: LongRunning {
    enum Manner { case obedient, deaf, deafToCancellation, endsAtOnce, fails }
    struct Broken: Error, CustomStringConvertible { let description = "it broke" }

    let name: String
    let manner: Manner
    let journal: Journal
    private let gate = AsyncStream.makeStream(of: Void.self)

    init(_ name: String, _ journal: Journal, _ manner: Manner = .obedient) {
        self.name = name
        self.manner = manner
        self.journal = journal
    }

    func run() async throws {
        journal.add("run \(name)")
        defer { journal.add("end \(name)") }
        switch manner {
        case .endsAtOnce: return
        case .fails: throw Broken()
        case .obedient, .deaf:
            for await _ in gate.stream {}
        case .deafToCancellation:
            await withCheckedContinuation { (never: CheckedContinuation<Void, Never>) in
                journal.keep(never)
            }
        }
    }

    func stop() async {
        journal.add("stop \(name)")
        if manner == .obedient { gate.continuation.finish() }
    }
}

extension Journal {
    /// A continuation that is resumed by nobody: held so that the runtime does not complain of a leak.
    fileprivate func keep(_ continuation: CheckedContinuation<Void, Never>) {
        kept.withLock { $0.append(continuation) }
    }
}

private let kept = Mutex<[CheckedContinuation<Void, Never>]>([])

@Suite("The service group", .timeLimit(.minutes(1)))
struct ServiceGroupTests {
    private let journal = Journal()
    private let signals = SignalSource()

    private func group(_ members: Member..., grace: Duration = .seconds(30)) -> ServiceGroup {
        ServiceGroup(
            members.map { .init($0.name, $0) }, grace: grace, cancellation: .milliseconds(50))
    }

    /// Waits until the journal has so many lines.
    private func wait(for count: Int) async throws {
        while journal.all.count < count { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test(
        "a stop ends the members in reverse, each only after the one before has ended",
        arguments: [
            SignalSource.Signal.terminate, .interrupt,
        ])
    func reverse(signal: SignalSource.Signal) async throws {
        let group = group(Member("pool", journal), Member("relay", journal), Member("http", journal))
        async let ending = group.run(signals: signals)
        try await wait(for: 3)
        signals.received(signal)
        #expect(await ending == .stopped)
        #expect(journal.all.prefix(3).sorted() == ["run http", "run pool", "run relay"])
        #expect(
            journal.all.dropFirst(3) == ["stop http", "end http", "stop relay", "end relay", "stop pool", "end pool"])
    }

    @Test("a member that fails stops the others, and its reason is the group's")
    func failure() async {
        let ending = await group(Member("pool", journal), Member("relay", journal, .fails)).run(signals: signals)
        #expect(ending == .failed(member: "relay", reason: "it broke"))
        #expect(ending.exitCode == .failed)
        #expect(journal.all.last == "end pool")
    }

    @Test("a member that ends by itself is a failure too")
    func endsByItself() async {
        let ending = await group(Member("pool", journal), Member("relay", journal, .endsAtOnce)).run(signals: signals)
        #expect(ending == .failed(member: "relay", reason: "ended by itself"))
    }

    @Test("a member that does not stop in the grace period is cancelled, and named")
    func overrun() async throws {
        let group = group(Member("pool", journal), Member("http", journal, .deaf), grace: .milliseconds(20))
        async let ending = group.run(signals: signals)
        try await wait(for: 2)
        signals.received(.terminate)
        #expect(await ending == .overran(members: ["pool", "http"]))
        #expect(journal.all.contains("end http"))
    }

    @Test("a second interrupt cancels without waiting for the grace period")
    func secondInterrupt() async throws {
        let group = group(Member("http", journal, .deaf))
        async let ending = group.run(signals: signals)
        try await wait(for: 1)
        signals.received(.interrupt)
        try await wait(for: 2)
        signals.received(.interrupt)
        #expect(await ending == .interrupted)
        #expect(journal.all == ["run http", "stop http", "end http"])
    }

    @Test("a second SIGTERM changes nothing: supervisors repeat themselves")
    func secondTerminate() async throws {
        let group = group(Member("http", journal, .deaf), grace: .milliseconds(60))
        async let ending = group.run(signals: signals)
        try await wait(for: 1)
        signals.received(.terminate)
        signals.received(.terminate)
        #expect(await ending == .overran(members: ["http"]))
    }

    @Test("a member that ignores even cancellation does not keep the process")
    func leftBehind() async throws {
        let group = group(Member("stuck", journal, .deafToCancellation), grace: .milliseconds(20))
        async let ending = group.run(signals: signals)
        try await wait(for: 1)
        signals.received(.terminate)
        #expect(await ending == .overran(members: ["stuck"]))
        #expect(!journal.all.contains("end stuck"))
    }

    @Test("cancelling the task that runs a group cancels its members")
    func cancelled() async throws {
        let group = group(Member("http", journal, .deaf))
        let task = Task { [signals] in await group.run(signals: signals) }
        try await wait(for: 1)
        task.cancel()
        #expect(await task.value == .interrupted)
        #expect(journal.all == ["run http", "end http"])
    }

    @Test("the periods leave a supervisor's 30 seconds untouched")
    func periods() {
        #expect(ServiceGroup.gracePeriod + ServiceGroup.cancellationPeriod <= .seconds(30))
    }
}
