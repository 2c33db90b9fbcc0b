import FoundationEssentials
import Glibc

/// Gets a secret from a file or from the person at the terminal; never from the command line, where others can read it.
enum SecretPrompt {
    /// The secret, without the new line at its end.
    static func secret(file: FilePath?, prompt: String, terminal: Terminal) throws -> [UInt8] {
        if let file { return withoutNewLine(try PrivateFile.read(file.text)) }
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(.usage, "There is no terminal to ask for the secret at.", next: "Use --secret-file.")
        }
        terminal.messages.write(prompt)
        defer { terminal.say("") }
        return try withoutEcho { try line() }
    }

    private static func withoutNewLine(_ bytes: [UInt8]) -> [UInt8] {
        bytes.last == UInt8(ascii: "\n") ? Array(bytes.dropLast()) : bytes
    }

    private static func withoutEcho<Result>(_ body: () throws -> Result) throws -> Result {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else {
            throw CommandFailure(.failed, "The terminal does not answer.")
        }
        var quiet = before
        quiet.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before) }
        return try body()
    }

    /// Looks up now and then whether the person gave up, so that Ctrl-C leaves the terminal as it was.
    private static func line() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count <= LocalIdentity.secretBytes.upperBound {
            try Task.checkCancellation()
            var ready = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 200) > 0 else { continue }
            var byte: UInt8 = 0
            guard read(STDIN_FILENO, &byte, 1) == 1, byte != UInt8(ascii: "\n") else { break }
            bytes.append(byte)
        }
        return bytes
    }
}
