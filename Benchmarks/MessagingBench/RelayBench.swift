import FoundationEssentials
import Messaging
import Postgres
import ServiceKit

/// From a full outbox to an empty one, on Apache Kafka: our relay and a C loop that claims, produces and deletes the same way, in
/// turn.
func measureRelay() async throws {
    let events = setting("EVENTS", 200_000)
    guard let bound = ProcessInfo.processInfo.environment["RELAY_BOUND"] else {
        throw BenchError("RELAY_BOUND names no built relay_bound")
    }
    try await Ground.with { ground in
        var ours: [Double] = []
        var theirs: [Double] = []
        for round in 1...setting("ROUNDS", 5) {
            ours.append(try await relay(events, on: ground))
            theirs.append(try await loop(bound, events, on: ground))
            note("round \(round): relay\(padded(ours[round - 1])), C loop\(padded(theirs[round - 1]))")
        }
        print("C loop: claim, produce, delete      \(padded(median(theirs))) events/s")
        print(
            "relay                               \(padded(median(ours))) events/s  "
                + "\(ratio(median(ours) / median(theirs))) of the C loop (aim 0.75)")
    }
}

private func relay(_ events: Int, on ground: Ground) async throws -> Double {
    try await ground.empty("outbox_event, outbox_pending, relay_position")
    try await ground.fillOutbox(events)
    try await ground.admin.execute(script: "analyze outbox_event; analyze outbox_pending; checkpoint")
    let relay = Relay(
        configuration: try ground.database(.relay), bus: try KafkaBus(ground.brokers, logger: Ground.logger),
        logger: Ground.logger)
    let started = ContinuousClock.now
    return try await running({ try await relay.run() }, stop: { await relay.stop() }) {
        try await until { try await ground.count("select count(*) from (select from outbox_pending limit 1) t") == 0 }
        return Double(events) / seconds(ContinuousClock.now - started)
    }
}

private func loop(_ bound: String, _ events: Int, on ground: Ground) async throws -> Double {
    try await ground.empty("outbox_event, outbox_pending, relay_position")
    try await ground.fillOutbox(events)
    try await ground.admin.execute(script: "analyze outbox_event; analyze outbox_pending; checkpoint")
    let address = ground.postgres.url(role: "\(Ground.schema)_relay")
    let result = try await ChildProcess.run(.init(bound, [address, ground.kafka.bootstrapServers, "20000"]))
    let words = result.outputText.split(whereSeparator: \.isWhitespace)
    guard result.exit.isSuccess, words.count == 2, Int(words[0]) == events, let taken = Double(words[1]) else {
        throw BenchError("relay_bound: \(result.outputText) \(result.errorText)")
    }
    return Double(events) / taken
}
