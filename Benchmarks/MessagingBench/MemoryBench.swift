import Events
import FoundationEssentials
import Messaging
import Postgres
import ServiceKit

/// What this process holds in memory after a tenth of the events and after all of them, with a relay and a consumer at work in it.
func measureMemory() async throws {
    let events = setting("MEMORY_EVENTS", 1_000_000)
    let turn = events / 10
    try await Ground.with { ground in
        let bus = try KafkaBus(ground.brokers, logger: Ground.logger)
        let relay = Relay(configuration: try ground.database(.relay), bus: bus, logger: Ground.logger)
        let pool = PostgresPool(try ground.database(.app), maximumConnections: 8, logger: Ground.logger)
        let consumer = EventConsumer(
            consumer: "memory", topics: [.cases], pool: pool, bus: bus, handler: KeepClosedCases(),
            logger: Ground.logger)
        try await running({ try await pool.run() }, stop: { await pool.stop() }) {
            try await running({ try await relay.run() }, stop: { await relay.stop() }) {
                try await running({ try await consumer.run() }, stop: { await consumer.stop() }) {
                    var resident: [Double] = []
                    for number in 1...10 {
                        try await ground.fillOutbox(turn)
                        try await until { try await ground.count("select count(*) from handled") == number * turn }
                        resident.append(try residentKilobytes())
                        note("after \(number * turn) events:\(padded(resident[number - 1])) KiB")
                    }
                    print("resident after \(turn) events    \(padded(resident[0])) KiB")
                    print(
                        "resident after \(turn * 10) events   \(padded(resident[9])) KiB  "
                            + "\(ratio(resident[9] / resident[0])) of that (aim at most 1.10)")
                }
            }
        }
    }
}

private func residentKilobytes() throws -> Double {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
        let kilobytes = Double(line.dropFirst(6).trimmingPrefix(while: \.isWhitespace).prefix(while: \.isNumber))
    else { throw BenchError("/proc/self/status has no VmRSS") }
    return kilobytes
}
