import Foundation
import Testing

@testable import ServiceKit

@Suite("Completion scripts")
struct CompletionScriptTests {
    /// Runs a program with `input` and returns its exit status and output.
    static func run(_ program: String, _ arguments: [String], input: String) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let into = Pipe()
        let out = Pipe()
        process.standardInput = into
        process.standardOutput = out
        process.standardError = out
        try process.run()
        into.fileHandleForWriting.write(Data(input.utf8))
        try into.fileHandleForWriting.close()
        let data = out.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    @Test("bash accepts the script without complaint")
    func bashSyntax() async throws {
        let script = await call(sample, "--generate-completion-script", "bash")
        #expect(script.exitCode == .success)
        #expect(try Self.run("/bin/bash", ["-n"], input: script.output) == (0, ""))
    }

    @Test(
        "bash completes verbs, options and the values that can be listed",
        arguments: [
            (["sample", "o"], "offer"),
            (["sample", "cases", ""], "list --help"),
            (["sample", "offer", "--ro"], "--route"),
            (["sample", "offer", "--no-l"], "--no-letter"),
            (["sample", "offer", "--route", "self"], "self-employed"),
            (["sample", "cases", "list", "--format", "j"], "json"),
        ])
    func bashCompletes(words: [String], expected: String) async throws {
        let script = await call(sample, "--generate-completion-script=bash").output
        let array = words.map { "'\($0)'" }.joined(separator: " ")
        let test = script + "COMP_WORDS=(\(array)); COMP_CWORD=\(words.count - 1); _sample; echo \"${COMPREPLY[*]}\"\n"
        #expect(try Self.run("/bin/bash", [], input: test) == (0, expected + "\n"))
    }

    @Test("zsh and fish scripts name every verb and option, and are accepted where the shell is installed")
    func otherShells() async throws {
        for (shell, path) in [("zsh", "/usr/bin/zsh"), ("fish", "/usr/bin/fish")] {
            let script = await call(sample, "--generate-completion-script", shell).output
            for word in ["offer", "cases", "list", "route", "no-letter", "self-employed"] {
                #expect(script.contains(word), "\(shell) \(word)")
            }
            if FileManager.default.isExecutableFile(atPath: path) {
                #expect(try Self.run(path, ["-n"], input: script) == (0, ""))
            }
        }
    }

    @Test("quotes in a help text do not break out of a fish script")
    func fishQuotes() async {
        let command = Command(
            "c", abstract: "x", subcommands: [Command("v", abstract: "it's \\ here") { _ in { _ in .success } }])
        #expect(await call(command, "--generate-completion-script=fish").output.contains(#"-d 'it\'s \\ here'"#))
    }
}
