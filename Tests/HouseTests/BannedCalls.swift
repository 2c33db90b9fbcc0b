import Foundation

/// Words that must not stand in code, where, and what to do instead.
struct Ban {
    let rule: String
    /// A regular expression over one line of code without comments and strings.
    let pattern: String
    /// Paths (prefixes) it holds for.
    let under: [String]
    /// Paths (prefixes) it does not hold for, each with its reason.
    var except: [String: String] = [:]
    let instead: String

    static let everywhere = ["Libraries/", "Services/", "Tests/"]

    static let all: [Ban] = [
        Ban(rule: "try!", pattern: #"\btry!"#, under: everywhere, instead: "handle the error or let it out"),
        Ban(rule: "as!", pattern: #"\bas!"#, under: everywhere, instead: "use `as?` and say what else can be there"),
        Ban(
            rule: "fatalError", pattern: #"\bfatalError\("#, under: everywhere,
            instead: "throw; a mistake of the programmer is a `precondition`"),
        Ban(
            rule: "print", pattern: #"(^|[^A-Za-z0-9_.])(print|debugPrint|dump)\("#,
            under: ["Libraries/", "Services/"],
            except: [
                "Libraries/TestSupport/SeededRandom.swift": "a random test prints its seed"
            ],
            instead: "return a result, log, or use ServiceKit's output"),
        Ban(
            rule: "Task", pattern: #"(^|[^A-Za-z0-9_.])Task(\.detached)?\s*(\([^)]*\)\s*)?\{"#,
            under: ["Libraries/", "Services/"], except: unstructuredTasks,
            instead: "use a task group or `async let`; who starts a task must also end it"),
        Ban(
            rule: "time, ids and randomness are arguments",
            pattern:
                #"\bDate\(\)|\bDate\.now\b|[ (]\.now\b|\bUUID\(\)|\.random\((?![^)]*using:)|SystemRandomNumberGenerator|ContinuousClock"#,
            under: ["Libraries/Domain/", "Libraries/Formats/", "Libraries/Scenario/"],
            instead: "take it as an argument"),
        Ban(
            rule: "no I/O in the domain",
            pattern: #"\b(FileManager|ProcessInfo|FileHandle|URLSession|Thread|DispatchQueue|getenv)\b"#,
            under: ["Libraries/Domain/"], instead: "take what it would read as an argument"),
    ]

    /// The files that may start a task that no caller waits for, and how it ends.
    static let unstructuredTasks = [
        "Libraries/HTTP/Server/ResponseStream.swift": "cancelled when its connection ends",
        "Libraries/Kafka/Consumer/ConsumerLoop.swift":
            "cancelled when its partition is taken away or the consumer ends",
        "Libraries/Kafka/Consumer/KafkaConsumer.swift":
            "waited for at once; cancelling the caller must not cut it short",
        "Libraries/Messaging/Inbox/EventConsumer.swift": "a planted fault, absent from release builds",
        "Libraries/ServiceKit/Running/ServiceGroup.swift": "the group waits for every member, and cancels its timers",
        "Libraries/TestSupport/TestBroker.swift": "the first test to ask starts what all wait for",
        "Libraries/TestSupport/TestPostgres.swift": "the first test to ask starts what all wait for",
    ]

    func violations(in file: HouseFile) throws -> [Violation] {
        guard let text = file.swift, under.contains(where: file.path.hasPrefix) else { return [] }
        guard !except.keys.contains(where: file.path.hasPrefix) else { return [] }
        // The default boundary is Unicode's, for which `FileManager.default` is one word.
        let expression = try Regex(pattern).wordBoundaryKind(.simple)
        return text.code.enumerated().compactMap { index, line in
            guard line.firstMatch(of: expression) != nil else { return nil }
            return Violation(rule: rule, place: "\(file.path):\(index + 1)", detail: "\(instead)")
        }
    }
}
