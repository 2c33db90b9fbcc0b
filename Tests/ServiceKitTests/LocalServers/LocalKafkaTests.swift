import Foundation
import Glibc
import ServiceKit
import TestSupport
import Testing

@Suite("An Apache Kafka node of our own")
struct LocalKafkaTests {
    @Test(
        "Java's version is read from what it says",
        arguments: [
            (#"openjdk version "17.0.15" 2025-04-15"#, 17), (#"openjdk version "21" 2023-09-19"#, 21),
            (#"java version "1.8.0_412""#, 1), ("command not found", nil),
        ] as [(String, Int?)])
    func javaVersion(text: String, expected: Int?) {
        #expect(KafkaInstallation.javaMajorVersion(of: text) == expected)
    }

    @Test("a KAFKA_HOME that holds no Kafka is refused and the missing script named")
    func wrongHome() async throws {
        let folder = try TemporaryFolder.make("no-kafka").path
        await #expect {
            _ = try await LocalKafka.start(home: folder)
        } throws: { error in
            "\(error)".contains("bin/kafka-server-start.sh")
        }
    }

    @Test(
        "keeps what it acknowledged over kill -9, and nothing when it loses everything",
        .enabled(if: LocalKafkaTests.home != nil, "KAFKA_HOME names no Apache Kafka"))
    func killAndLoss() async throws {
        let home = try #require(Self.home)
        let kafka = try await LocalKafka.start(home: home)
        #expect(
            try await topics(kafka, "--create", "--topic", "kept", "--partitions", "2").contains("Created topic kept"))

        kafka.kill9()
        try await kafka.startAgain()
        #expect(try await topics(kafka, "--list") == "kept\n")

        try await kafka.loseEverything()
        #expect(try await topics(kafka, "--list").trimmingCharacters(in: .whitespacesAndNewlines) == "")
        await kafka.stop()
        await kafka.stop()
        #expect(!FileManager.default.fileExists(atPath: kafka.folder))
    }

    private static let home = ProcessInfo.processInfo.environment["KAFKA_HOME"]

    private func topics(_ kafka: LocalKafka, _ arguments: String...) async throws -> String {
        let script = try #require(Self.home) + "/bin/kafka-topics.sh"
        let result = try await ChildProcess.run(
            .init(script, ["--bootstrap-server", kafka.bootstrapServers] + arguments))
        try #require(result.exit.isSuccess, "\(result.errorText)\(result.outputText)")
        return result.outputText
    }
}
