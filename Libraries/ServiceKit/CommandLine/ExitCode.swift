/// How a command ended, for the shell and for whoever scripts it: the numbers of sysexits where it has one.
package enum ExitCode: Int32, Sendable, CaseIterable {
    case success = 0
    case failed = 1
    case foundProblems = 2
    case usage = 64
    case badInput = 65
    case dependencyDown = 69
    case internalBug = 70
    case tryLater = 75
    case notAllowed = 77
    case configuration = 78
    case interrupted = 130

    /// What it means, in a few words; every help text lists them.
    package var meaning: String {
        switch self {
        case .success: "ok"
        case .failed: "failed"
        case .foundProblems: "ran and found problems"
        case .usage: "the command line was wrong"
        case .badInput: "the input was wrong"
        case .dependencyDown: "a database, broker or service could not be reached"
        case .internalBug: "a fault in the program"
        case .tryLater: "try again later"
        case .notAllowed: "you may not do this"
        case .configuration: "the configuration is wrong"
        case .interrupted: "interrupted"
        }
    }
}

/// A failure as a person should read it: what happened, why, and what to do next.
package struct CommandFailure: Error, Sendable, CustomStringConvertible {
    /// The number the process ends with.
    package let exitCode: ExitCode
    /// What happened, one sentence.
    package let what: String
    /// Why, if known.
    package let why: String
    /// What to do next, if anything can be done.
    package let next: String

    /// A failure with the parts that are known; none of them carries a secret or a person's data.
    package init(_ exitCode: ExitCode, _ what: String, why: String = "", next: String = "") {
        self.exitCode = exitCode
        self.what = what
        self.why = why
        self.next = next
    }

    /// The parts that are not empty, one a line.
    package var description: String {
        [what, why, next].filter { !$0.isEmpty }.joined(separator: "\n")
    }
}
