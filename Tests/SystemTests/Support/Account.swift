import FoundationEssentials
import Kafka
import Postgres
import ServiceKit
import Telemetry
import TestSupport

@testable import Takeup

/// A run that did not come to its end, with an account of where everything stands.
struct Stranded: Error, CustomStringConvertible {
    let cause: any Error
    let account: String

    /// One line, so that it survives in a summary of many tests.
    var description: String { "\(cause) | \(account)" }
}

extension Council {
    private static let told = ["outbox_event", "outbox_pending", "inbox_event", "parked_event", "dead_letter"]

    /// For each service what it has told and taken in, then what its log says last; and what every reader has read of each topic.
    func account() async -> String {
        var lines: [String] = []
        do {
            for (service, schema) in zip(ServicePrograms.names, Self.schemas) {
                var counts: [String] = []
                for table in Self.told {
                    counts.append(
                        "\(table) \(try await count("select count(*) from \(ident: schema).\(ident: table)"))")
                }
                lines.append("\(service): \(counts.joined(separator: ", "))")
                lines += try lastWords(of: service)
            }
            lines += try await readers()
            try keepLogs()
        } catch {
            lines.append("and no more: \(error)")
        }
        return lines.joined(separator: " | ")
    }

    /// What a service said last, apart from what it says all the time.
    private func lastWords(of service: String) throws -> [String] {
        try String(contentsOfFile: "\(stack.folder)/\(service).log", encoding: .utf8).split(separator: "\n")
            .filter { !$0.contains("request answered") && !$0.contains("FAIL") && !$0.contains("CLUSTERID") }
            .suffix(8).map { "  \($0.prefix(260))" }
    }

    /// Copies the services' whole logs to the folder that KEEP_LOGS names, for whoever looks for a fault.
    private func keepLogs() throws {
        guard let folder = ProcessInfo.processInfo.environment["KEEP_LOGS"] else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for service in ServicePrograms.names {
            let log = try Data(contentsOf: URL(filePath: "\(stack.folder)/\(service).log"))
            try log.write(to: URL(filePath: "\(folder)/\(service).log"))
        }
    }

    private func readers() async throws -> [String] {
        let admin = try KafkaAdmin(broker.configuration, logger: Logger(label: "tests"))
        var lines: [String] = []
        for (reader, topics) in [
            ("case-intake", ["referrals", "payments"]), ("dp-finance", ["cases"]),
            ("kpi", ["referrals", "cases", "payments", "engagement"]),
        ] {
            for topic in topics {
                let read = try await admin.committedOffsets(group: reader, topic: topic).values.reduce(0, +)
                let written = try await admin.highWatermarks(topic).values.reduce(0, +)
                lines.append("\(reader) has read \(read) of \(written) in \(topic)")
            }
        }
        return lines
    }
}
