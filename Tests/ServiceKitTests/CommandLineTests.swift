import FoundationEssentials
import Synchronization
import Testing

@testable import ServiceKit

/// Remembers what was written.
final class RememberedText: TextSink {
    private let written = Mutex("")
    var text: String { written.withLock { $0 } }
    func write(_ text: String) { written.withLock { $0 += text } }
}

struct Call {
    let exitCode: ExitCode
    let output: String
    let messages: String
}

func call(_ root: Command, _ words: String...) async -> Call {
    let output = RememberedText()
    let messages = RememberedText()
    let code = await ServiceMain.perform(root, words, terminal: Terminal(output: output, messages: messages))
    return Call(exitCode: code, output: output.text, messages: messages.text)
}

enum Route: String, CommandLineChoice {
    case agency
    case selfEmployed = "self-employed"
}

/// A command line with one of everything; its verb writes what it was given.
let sample = Command(
    "sample", abstract: "A program with one of everything.",
    subcommands: [
        Command("offer", abstract: "Record an offer.", discussion: "An offer is recorded once.") { line in
            let caseID = line.argument("case", Int.self, "The case's number.")
            let others = line.arguments("other", Int.self, "More cases.")
            let route = line.option("route", default: Route.agency, "Who gives the support.")
            let note = line.option("note", short: "n", String.self, "What was said.")
            let weeks = line.requiredOption("weeks", short: "w", Int.self, valueName: "count", "For how long.")
            let tags = line.options("tag", String.self, "A word to find it by.")
            let letter = line.flag("letter", default: true, invertible: true, "Send a letter.")
            let quiet = line.flag("quiet", short: "q", "Say less.")
            return { call in
                call.terminal.output.write(
                    """
                    \(call[caseID]) \(call[others]) \(call[route].rawValue) \(call[note] ?? "-") \(call[weeks]) \
                    \(call[tags]) \(call[letter]) \(call[quiet]) \(call.common.format.rawValue)\n
                    """)
                return .success
            }
        },
        Command(
            "cases", abstract: "Look at cases.",
            subcommands: [
                Command("list", abstract: "List them.") { _ in { _ in .foundProblems } }
            ]),
    ])

@Suite("The command line")
struct CommandLineTests {
    @Test("words, options, values after an equals sign and flags arrive typed")
    func reads() async {
        let result = await call(
            sample, "offer", "7", "--route=self-employed", "-w", "12", "--tag", "a", "--tag=b", "--no-letter", "-q",
            "--format", "json", "8", "9")
        #expect(result.output == "7 [8, 9] self-employed - 12 [\"a\", \"b\"] false true json\n")
        #expect(result.exitCode == .success)
        #expect(result.messages.isEmpty)
    }

    @Test("defaults stand where nothing was given; short flags may be joined with a short option and its value")
    func defaults() async {
        #expect(await call(sample, "offer", "7", "-qw3").output == "7 [] agency - 3 [] true true table\n")
    }

    @Test("after two dashes everything is an argument, and a negative number is one anyway")
    func terminator() async {
        #expect(
            await call(sample, "offer", "--weeks", "-1", "--", "-5").output == "-5 [] agency - -1 [] true false table\n"
        )
        #expect(await call(sample, "offer", "-5", "-w1").output == "-5 [] agency - 1 [] true false table\n")
    }

    @Test("the last of a flag and its opposite counts")
    func lastFlag() async {
        #expect(await call(sample, "offer", "1", "-w1", "--no-letter", "--letter").output.contains("[] true false"))
    }

    @Test(
        "a wrong command line says what is wrong, shows the usage on stderr and exits with 64",
        arguments: [
            (["ofer"], "Unexpected argument 'ofer'. Did you mean 'offer'?"),
            (["cases", "lsit"], "Unexpected argument 'lsit'. Did you mean 'list'?"),
            (["cases"], "Missing expected subcommand"),
            (["offer", "1"], "Missing expected argument '--weeks <count>'"),
            (["offer", "-w", "1"], "Missing expected argument '<case>'"),
            (["offer", "x", "-w", "1"], "The value 'x' is invalid for '<case>': expected a whole number"),
            (["offer", "1", "-w", "1", "--ruote", "agency"], "Unknown option '--ruote'. Did you mean '--route'?"),
            (
                ["offer", "1", "-w", "1", "--route", "agancy"],
                "The value 'agancy' is invalid for '--route': expected one of agency, self-employed. Did you mean 'agency'?"
            ),
            (["offer", "1", "-w"], "Missing value for '--weeks <count>'"),
            (["offer", "1", "-w", "1", "--note", "--quiet"], "Missing value for '--note <note>'"),
            (["offer", "1", "-w", "1", "--note=a", "--note=b"], "'--note' was given twice"),
            (["offer", "1", "-w", "1", "--quiet=yes"], "'--quiet' takes no value"),
            (["offer", "1", "-w", "1", "--no-letter=x"], "'--no-letter' takes no value"),
            (["offer", "1", "-w", "1", "--no-quiet"], "Unknown option '--no-quiet'"),
            (["offer", "1", "-w", "1", "-x"], "Unknown option '-x'"),
            (["cases", "list", "x"], "Unexpected argument 'x'"),
            (["cases", "list", "x", "y"], "2 unexpected arguments: 'x', 'y'"),
            (["help", "nothing"], "Unexpected argument 'nothing'"),
            (["--generate-completion-script", "csh"], "'--generate-completion-script' needs bash, zsh or fish"),
        ])
    func refuses(words: [String], message: String) async {
        let output = RememberedText()
        let messages = RememberedText()
        let code = await ServiceMain.perform(sample, words, terminal: Terminal(output: output, messages: messages))
        #expect(code == .usage)
        #expect(output.text.isEmpty)
        #expect(messages.text.hasPrefix("Error: \(message)"))
        #expect(messages.text.contains("\nUSAGE: sample"))
    }

    @Test("a usage error shows the usage of the verb it was about")
    func usageOfTheVerb() async {
        #expect(await call(sample, "cases", "list", "x").messages.contains("USAGE: sample cases list"))
    }

    @Test("too many words are refused, as many as are allowed are read")
    func limit() async {
        func words(_ count: Int) -> [String] { ["offer", "-w", "1"] + Array(repeating: "1", count: count - 3) }
        let terminal = Terminal(output: RememberedText(), messages: RememberedText())
        let max = CommandParser.wordsMax
        #expect(await ServiceMain.perform(sample, words(max - 1), terminal: terminal) == .success)
        #expect(await ServiceMain.perform(sample, words(max), terminal: terminal) == .success)
        #expect(await ServiceMain.perform(sample, words(max + 1), terminal: terminal) == .usage)
    }

    @Test("a verb's exit code is the process's, and its errors end as what they are")
    func exitCodes() async {
        #expect(await call(sample, "cases", "list").exitCode == .foundProblems)
        let failing = Command("f", abstract: "Fails.") { _ in
            { _ in throw CommandFailure(.notAllowed, "You may not.", why: "A reason.", next: "Ask.") }
        }
        let people = await call(failing)
        #expect(people.exitCode == .notAllowed)
        #expect(people.messages == "Error: You may not.\nA reason.\nAsk.\n")
        let program = await call(failing, "--format", "json")
        #expect(
            program.messages
                == #"{"schema_version":1,"error":"You may not.","why":"A reason.","next":"Ask.","exit_code":77}"# + "\n"
        )
    }

    @Test("the version and the root's help exit with 0")
    func versionAndHelp() async {
        #expect(await call(sample, "--version").output == "sample \(takeupVersion)\n")
        for result in [await call(sample), await call(sample, "--help"), await call(sample, "help")] {
            #expect(result.exitCode == .success)
            #expect(result.output == rootHelp)
        }
    }

    @Test("a verb's help is the same by --help, -h and help")
    func verbHelp() async {
        for result in [
            await call(sample, "offer", "--help"), await call(sample, "offer", "1", "-h"),
            await call(sample, "help", "offer"),
        ] {
            #expect(result.exitCode == .success)
            #expect(result.output == offerHelp)
        }
    }
}

private let rootHelp = """
    OVERVIEW: A program with one of everything.

    USAGE: sample <subcommand>

    OPTIONS:
      --version               Show the version.
      --generate-completion-script <shell>
                              Write a completion script for bash, zsh or fish.
      -h, --help              Show help information.

    SUBCOMMANDS:
      offer                   Record an offer.
      cases                   Look at cases.

      See 'sample help <subcommand>' for detailed help.

    """

private let offerHelp = """
    OVERVIEW: Record an offer.

    An offer is recorded once.

    USAGE: sample offer --weeks <count> [--route <route>] [--note <note>] [--tag
        <tag>] ... [--letter] [--quiet] <case> [<other> ...]

    ARGUMENTS:
      <case>                  The case's number.
      <other>                 More cases.

    OPTIONS:
      --route <route>         Who gives the support. (values: agency, self-employed)
                              (default: agency)
      -n, --note <note>       What was said.
      -w, --weeks <count>     For how long.
      --tag <tag>             A word to find it by.
      --letter/--no-letter    Send a letter. (default: --letter)
      -q, --quiet             Say less.
      -h, --help              Show help information.

    COMMON OPTIONS:
      --format <format>       How to write the result: table for people, json or csv
                              for programs. (values: table, json, csv) (default:
                              table)
      --config <file>         The JSON file with settings (or TAKEUP_CONFIG).
      --secrets <folder>      The folder with one file for each secret setting (or
                              TAKEUP_SECRETS).
      --set <key=value>       A setting for this call; 'config show' lists the keys.

    EXIT CODES:
      0                       ok
      1                       failed
      2                       ran and found problems
      64                      the command line was wrong
      65                      the input was wrong
      69                      a database, broker or service could not be reached
      70                      a fault in the program
      75                      try again later
      77                      you may not do this
      78                      the configuration is wrong
      130                     interrupted

    """
