/// How a result is written to stdout.
package enum OutputFormat: String, CommandLineChoice {
    case table, json, csv
}

/// A way for a result to be seen.
package protocol TextSink: Sendable {
    /// Writes all of `text`, in order with what was written before.
    func write(_ text: String)
}

/// Where a command writes: the result and nothing else to `output`; progress, questions and complaints to `messages`.
package struct Terminal: Sendable {
    /// Standard output.
    package let output: any TextSink
    /// Standard error.
    package let messages: any TextSink
    /// Whether `messages` is looked at by a person, so that progress may be drawn.
    package let isInteractive: Bool
    /// Whether `output` may be coloured: a terminal, and nobody set `NO_COLOR`.
    package let mayColour: Bool

    /// A terminal over two sinks; tests pass sinks that remember.
    package init(output: any TextSink, messages: any TextSink, isInteractive: Bool = false, mayColour: Bool = false) {
        self.output = output
        self.messages = messages
        self.isInteractive = isInteractive
        self.mayColour = mayColour
    }

    /// Says something to the person at the terminal: one line on stderr.
    package func say(_ line: String) {
        messages.write(line + "\n")
    }
}
