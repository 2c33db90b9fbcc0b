package import Telemetry

/// Something that runs until it is asked to stop: a server, a consumer, a relay, a pool.
package protocol LongRunning: Sendable {
    /// Returns when stopped; throws when it cannot go on.
    func run() async throws
    /// Asks it to finish what it accepted and return. Called once or more.
    func stop() async
}

/// Runs everything long-running of a process: started in order, stopped in reverse, each one only after the one that
/// depends on it has ended.
///
/// ``run(signals:)`` ends when a signal asked for it, when one member ended by itself (the others are stopped then), or
/// when its task was cancelled. A member that does not end in the grace period is cancelled with all the others; one
/// that ignores that too is left behind, because the process ends then.
package struct ServiceGroup: Sendable {
    /// One member and the name it goes by in logs.
    package struct Member: Sendable {
        let name: String
        let service: any LongRunning

        /// A member.
        package init(_ name: String, _ service: any LongRunning) {
            self.name = name
            self.service = service
        }
    }

    /// How a group ended.
    package enum Ending: Sendable, Equatable {
        /// Asked to, and everything ended in time.
        case stopped
        /// A second Ctrl-C, or the task was cancelled.
        case interrupted
        /// A member ended by itself; the text is safe to show.
        case failed(member: String, reason: String)
        /// These did not end in the grace period.
        case overran(members: [String])

        /// The exit code that says so.
        package var exitCode: ExitCode {
            switch self {
            case .stopped: .success
            case .interrupted: .interrupted
            case .failed, .overran: .failed
            }
        }
    }

    /// Below the 30 seconds after which supervisors kill: 25 to finish, 5 to give up.
    package static let gracePeriod = Duration.seconds(25)
    /// How long cancelled members may take.
    package static let cancellationPeriod = Duration.seconds(5)

    let members: [Member]
    let grace: Duration
    let cancellation: Duration
    let logger: Logger

    /// A group of `members` in the order they start.
    package init(
        _ members: [Member], grace: Duration = Self.gracePeriod, cancellation: Duration = Self.cancellationPeriod,
        logger: Logger = Logger(label: "service-group")
    ) {
        self.members = members
        self.grace = grace
        self.cancellation = cancellation
        self.logger = logger
    }

    /// Runs the group to its end. The first SIGTERM or SIGINT stops it, a second SIGINT cancels it.
    package func run(signals: SignalSource) async -> Ending {
        guard !members.isEmpty else { return .stopped }
        let (events, post) = AsyncStream.makeStream(of: GroupEvent.self)
        let running = Running(members: members, grace: grace, cancellation: cancellation, post: post, logger: logger)
        let listening = signals.listen()
        let listener = Task { for await signal in listening { post.yield(.signal(signal)) } }
        defer { listener.cancel() }
        // The loop is a task of its own: in a cancelled task a stream ends at once, and the members would be forgotten.
        let loop = Task {
            var state = running
            state.start()
            for await event in events {
                if let ending = state.take(event) {
                    state.finish()
                    return ending
                }
            }
            return Ending.interrupted
        }
        return await withTaskCancellationHandler {
            await loop.value
        } onCancel: {
            post.yield(.groupCancelled)
        }
    }
}

private enum GroupEvent: Sendable {
    case signal(SignalSource.Signal)
    case ended(Int, reason: String?)
    case graceOver, cancellationOver, groupCancelled
}

/// The group while it runs. Tasks here are unstructured because a member that ignores cancellation must not keep the
/// process: structured concurrency would wait for it.
private struct Running {
    private enum Phase: Equatable { case running, stopping(Int), cancelling }

    let members: [ServiceGroup.Member]
    let grace: Duration
    let cancellation: Duration
    let post: AsyncStream<GroupEvent>.Continuation
    let logger: Logger

    private var tasks: [Task<Void, Never>] = []
    private var timers: [Task<Void, Never>] = []
    private var alive: Set<Int> = []
    private var phase = Phase.running
    private var ending = ServiceGroup.Ending.stopped

    init(
        members: [ServiceGroup.Member], grace: Duration, cancellation: Duration,
        post: AsyncStream<GroupEvent>.Continuation, logger: Logger
    ) {
        self.members = members
        self.grace = grace
        self.cancellation = cancellation
        self.post = post
        self.logger = logger
    }

    mutating func start() {
        for (index, member) in members.enumerated() {
            logger.info("starting", metadata: ["member": member.name])
            alive.insert(index)
            tasks.append(
                Task { [post] in
                    do {
                        try await member.service.run()
                        post.yield(.ended(index, reason: nil))
                    } catch {
                        post.yield(.ended(index, reason: "\(error)"))
                    }
                })
        }
    }

    /// The ending, once there is nothing left to wait for.
    mutating func take(_ event: GroupEvent) -> ServiceGroup.Ending? {
        switch event {
        case .signal(let signal):
            if phase == .running { beginStopping() } else if signal == .interrupt { cancel(.interrupted) }
        case .ended(let index, let reason):
            alive.remove(index)
            memberEnded(index, reason)
        case .graceOver:
            if phase != .cancelling { cancel(.overran(members: alive.sorted().map { members[$0].name })) }
        case .groupCancelled:
            cancel(.interrupted)
        case .cancellationOver:
            return ending
        }
        return alive.isEmpty ? ending : nil
    }

    func finish() {
        timers.forEach { $0.cancel() }
        logger.notice("stopped", metadata: ["left_behind": String(alive.count)])
    }

    private mutating func memberEnded(_ index: Int, _ reason: String?) {
        if let reason, ending == .stopped, phase != .cancelling {
            ending = .failed(member: members[index].name, reason: reason)
        }
        switch phase {
        case .running:
            if ending == .stopped { ending = .failed(member: members[index].name, reason: "ended by itself") }
            logger.error("a member ended by itself", metadata: ["member": members[index].name])
            beginStopping()
        case .stopping(let current):
            if index == current { stopNext() }
        case .cancelling:
            break
        }
    }

    private mutating func beginStopping() {
        logger.notice("stopping")
        after(grace, .graceOver)
        stopNext()
    }

    /// Stops the last member that is still alive.
    private mutating func stopNext() {
        guard let index = alive.max() else { return }
        phase = .stopping(index)
        let member = members[index]
        logger.info("stopping a member", metadata: ["member": member.name])
        timers.append(Task { await member.service.stop() })
    }

    private mutating func cancel(_ why: ServiceGroup.Ending) {
        guard phase != .cancelling else { return }
        logger.warning("cancelling", metadata: ["alive": String(alive.count)])
        phase = .cancelling
        if ending == .stopped { ending = why }
        tasks.forEach { $0.cancel() }
        after(cancellation, .cancellationOver)
    }

    private mutating func after(_ period: Duration, _ event: GroupEvent) {
        timers.append(
            Task { [post] in
                // Cancelled when the group has ended; then nobody waits for the event.
                guard (try? await Task.sleep(for: period)) != nil else { return }
                post.yield(event)
            })
    }
}
