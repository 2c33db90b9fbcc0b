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
}
