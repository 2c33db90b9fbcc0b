import CRdKafka

/// Hands one record's bytes to librdkafka, which copies them: nothing of ours is allocated for it.
///
/// A record is written by any number of `header`s followed by one `enqueue`. All pointers need to hold only until
/// `enqueue` returns.
package struct KafkaRecordWriter: ~Copyable {
    enum Result {
        case nothing
        case taken
        case full
        case refused(KafkaError)
    }

    private static let argumentCount = 6

    private let session: ProducerSession
    private let arguments: UnsafeMutablePointer<rd_kafka_vu_t>
    private var headers: OpaquePointer?
    private var headerCount = 0
    private var opaque: UInt64 = 0
    /// The last topic, which is the next one's nearly always.
    private var topic: (name: String, handle: ProducerSession.TopicHandle)?
    private(set) var result = Result.nothing

    init(session: ProducerSession) {
        self.session = session
        arguments = .allocate(capacity: Self.argumentCount)
        arguments.initialize(repeating: rd_kafka_vu_t(), count: Self.argumentCount)
    }

    deinit {
        if let headers { rd_kafka_headers_destroy(headers) }
        arguments.deallocate()
    }

    mutating func begin(opaque: UInt64) {
        if let headers { rd_kafka_headers_destroy(headers) }
        headers = nil
        headerCount = 0
        result = .nothing
        self.opaque = opaque
    }

    /// Adds a header with a name that is part of the program, the cheapest way.
    package mutating func header(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        precondition(name.hasPointerRepresentation, "a header's name has more than one character")
        let text = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        add(text, name.utf8CodeUnitCount, value)
    }

    /// Adds a header.
    package mutating func header(_ name: String, _ value: UnsafeRawBufferPointer) {
        var name = name
        name.withUTF8 { bytes in
            // An empty name has no memory; librdkafka gets its length, so it reads nothing.
            bytes.withMemoryRebound(to: CChar.self) { text in add(text.baseAddress, text.count, value) }
        }
    }

    private mutating func add(_ name: UnsafePointer<CChar>?, _ nameCount: Int, _ value: UnsafeRawBufferPointer) {
        headerCount += 1
        guard headerCount <= KafkaLimits.headersMax else { return }
        let list: OpaquePointer
        if let headers {
            list = headers
        } else {
            guard let new = rd_kafka_headers_new(12) else { return }
            headers = new
            list = new
        }
        // A null value would be read back as a header without one; an empty one has an address.
        withUnsafePointer(to: UInt8(0)) { nowhere in
            _ = rd_kafka_header_add(
                list, name ?? UnsafeRawPointer(nowhere).assumingMemoryBound(to: CChar.self), nameCount,
                value.baseAddress ?? UnsafeRawPointer(nowhere), value.count)
        }
    }

    /// Hands the record over. Call it once; what became of it shows in the outcomes.
    ///
    /// - Parameters:
    ///   - key: empty for a record without a key, which goes to any partition.
    package mutating func enqueue(topic: String, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        guard case .nothing = result else { preconditionFailure("a record is enqueued once") }
        guard headerCount <= KafkaLimits.headersMax else {
            result = .refused(
                KafkaError(.invalidRecord, message: "more than \(KafkaLimits.headersMax) headers on \(topic)"))
            return
        }
        if let known = self.topic, known.name == topic {
            result = produce(known.handle.pointer, key, value)
            return
        }
        switch session.topicHandle(topic) {
        case .failure(let error):
            result = .refused(error)
        case .success(let handle):
            self.topic = (topic, handle)
            result = produce(handle.pointer, key, value)
        }
    }

    private mutating func produce(
        _ topic: OpaquePointer, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) -> Result {
        kafka_vu_topic(arguments, topic)
        kafka_vu_flags(arguments + 1, RD_KAFKA_MSG_F_COPY)
        kafka_vu_opaque(arguments + 2, opaque)
        // The partition is never set: with one that is missing, 2.0.2 frees the headers twice.
        kafka_vu_key(arguments + 3, key.baseAddress, key.count)
        kafka_vu_value(arguments + 4, value.baseAddress, value.count)
        var count = 5
        if let headers {
            kafka_vu_headers(arguments + 5, headers)
            count = 6
        }
        guard let error = rd_kafka_produceva(session.client.pointer, arguments, count) else {
            // librdkafka owns the headers now; after an error they stay ours.
            headers = nil
            return .taken
        }
        defer { rd_kafka_error_destroy(error) }
        switch rd_kafka_error_code(error) {
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
            return .full
        case let code:
            if session.endIfFatal() { return .refused(KafkaError(.sessionEnded)) }
            return .refused(KafkaError(code, detail: String(cString: rd_kafka_error_string(error))))
        }
    }
}
