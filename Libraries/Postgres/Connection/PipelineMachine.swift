/// Decides the order of sending and reading in a pipeline; a driver does it.
///
/// Commands are numbered from 0. At most `window` are ahead of their answers, so that the server's answers never pile up
/// unread while we write: a side that only writes ends in both waiting for each other.
struct PipelineMachine {
    enum Action: Equatable {
        /// Hand this command to libpq.
        case send(Int)
        /// Ask the server to send the answers it holds.
        case requestFlush
        /// Wait until the connection can be read, or written if something is left to write, and read.
        case wait
        /// Every command has its answer.
        case done
    }

    private let commands: Int
    private let window: Int
    private let flushEvery: Int
    private var sent = 0
    private var sentSinceFlush = 0
    private(set) var answered = 0

    init(
        commands: Int, window: Int = PostgresLimits.pipelineWindow, flushEvery: Int = PostgresLimits.pipelineFlushEvery
    ) {
        precondition(window >= 1 && flushEvery >= 1 && flushEvery <= window, "a window must make progress")
        self.commands = commands
        self.window = window
        self.flushEvery = flushEvery
    }

    mutating func next() -> Action {
        if answered == commands { return .done }
        // The last command is a sync, which makes the server send by itself.
        if sentSinceFlush == flushEvery, sent < commands {
            sentSinceFlush = 0
            return .requestFlush
        }
        if sent < commands, sent - answered < window {
            sent += 1
            sentSinceFlush += 1
            return .send(sent - 1)
        }
        return .wait
    }

    /// The command that the next answer belongs to; nil when nothing is unanswered.
    var awaited: Int? { answered < sent ? answered : nil }

    mutating func recordAnswered() {
        precondition(answered < sent, "an answer to nothing")
        answered += 1
    }
}
