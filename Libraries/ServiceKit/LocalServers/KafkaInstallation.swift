import Foundation

/// An unpacked Apache Kafka 4 distribution, used through the scripts in its `bin/` only, and the Java that runs it.
package struct KafkaInstallation: Sendable, Equatable {
    /// Apache Kafka 4 needs it.
    static let javaVersionMin = 17

    /// The distribution's folder, absolute.
    let home: String

    /// - Throws: `LocalServerError.folder` when `home` is no distribution, `.notInstalled` without a Java new enough.
    static func find(home: String) async throws -> KafkaInstallation {
        let absolute = URL(fileURLWithPath: home).standardizedFileURL.path
        for script in ["kafka-server-start.sh", "kafka-storage.sh"] {
            guard FileManager.default.isExecutableFile(atPath: "\(absolute)/bin/\(script)") else {
                throw LocalServerError.folder(
                    home, reason: "KAFKA_HOME must be an unpacked Apache Kafka 4, and bin/\(script) is not in it")
            }
        }
        guard let version = await javaVersion(), version >= javaVersionMin else {
            throw LocalServerError.notInstalled("Java \(javaVersionMin) or newer, which Apache Kafka runs on,")
        }
        return KafkaInstallation(home: absolute)
    }

    /// Path of one of the distribution's scripts.
    func script(_ name: String) -> String { "\(home)/bin/\(name)" }

    /// Major version of the Java that the scripts will use: JAVA_HOME's, else PATH's.
    private static func javaVersion() async -> Int? {
        let home = ProcessInfo.processInfo.environment["JAVA_HOME"]
        let java = home.map { "\($0)/bin/java" } ?? "java"
        // A Java that cannot be started is a Java that is not there.
        guard let result = try? await ChildProcess.run(.init(java, ["-version"])) else { return nil }
        return javaMajorVersion(of: result.errorText)
    }

    /// `openjdk version "17.0.15" 2025-04-15`; before Java 9 it was `"1.8.0_412"`, which counts as 1: too old.
    package static func javaMajorVersion(of text: String) -> Int? {
        let parts = text.split(separator: "\"")
        guard parts.count > 1 else { return nil }
        return Int(parts[1].prefix { $0.isNumber })
    }
}
