import CRdKafka

/// A client of librdkafka.
///
/// Sendable: librdkafka documents `rd_kafka_t` and its queues as safe to use from any thread. Its owner destroys it once,
/// when nothing can use it any more.
struct ClientHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    /// The librdkafka this library was written for and tried with.
    static let oldestVersion: Int32 = 0x0200_02ff

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - prepare: sets callbacks and events.
    /// - Throws: `KafkaError.configuration` naming the property, or `.unsupportedLibrary`.
    static func make(
        _ kind: rd_kafka_type_t, properties: [(name: String, value: String)],
        prepare: (OpaquePointer) -> Void = { _ in }
    ) throws -> ClientHandle {
        guard rd_kafka_version() >= oldestVersion else {
            throw KafkaError(
                .unsupportedLibrary,
                message: "librdkafka \(String(cString: rd_kafka_version_str())) is loaded, 2.0.2 or newer is needed")
        }
        guard let configuration = rd_kafka_conf_new() else {
            throw KafkaError(.systemResource, message: "no memory for a configuration")
        }
        var isTaken = false
        defer { if !isTaken { rd_kafka_conf_destroy(configuration) } }

        var text = [CChar](repeating: 0, count: 512)
        for (name, value) in properties {
            // The buffer may hold text even on success: only the code counts.
            guard rd_kafka_conf_set(configuration, name, value, &text, text.count) == RD_KAFKA_CONF_OK else {
                throw KafkaError(
                    .configuration, message: "librdkafka does not accept its property \(name)",
                    detail: text.withUnsafeBytes { String(nulTerminated: $0) })
            }
        }
        prepare(configuration)
        guard let client = rd_kafka_new(kind, configuration, &text, text.count) else {
            throw KafkaError(
                .configuration, message: "librdkafka does not accept the settings",
                detail: text.withUnsafeBytes { String(nulTerminated: $0) })
        }
        isTaken = true
        // Cannot fail: log.queue is always set.
        rd_kafka_set_log_queue(client, nil)
        return ClientHandle(pointer: client)
    }
}
