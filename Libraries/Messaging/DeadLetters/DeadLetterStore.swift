import FoundationEssentials
import Kafka
import Postgres

extension InboxStore {
    /// Puts a message aside. One without an identity dies once per place and bytes, however often it is read.
    func bury(_ incoming: IncomingMessage, _ reason: IncomingMessage.Reason, error: String, attempts: Int) -> Query {
        let message = incoming.message
        let identity = incoming.identity
        return """
            insert into dead_letter (
                consumer, topic, partition, "offset", source, event_id, event_type, key, version, reason, error, record_key,
                headers, payload, attempts)
            values (\(consumer), \(message.topic), \(message.partition), \(message.offset), \(identity?.stream.source as String?),
                \(identity?.id as UUID?), \(identity?.type as String?), \(identity?.stream.key as UUID?), \(identity?.version as Int64?), \(reason.rawValue),
                \(String(error.prefix(InboxLimits.errorCharactersMax))), \(message.key as [UInt8]?),
                \(HeaderBlock.encode(message.headers)), \(message.value as [UInt8]?), \(Int32(clamping: attempts)))
            on conflict do nothing
            """
    }

    /// An open letter with its content, locked. Throws `.noOpenDeadLetter`.
    func openLetter(_ id: Int64, in transaction: PostgresTransaction) async throws -> DeadLetterContent {
        let query: Query =
            "select " + DeadLetter.columns + DeadLetterContent.columns
            + " from dead_letter where id = \(id) and consumer = \(consumer) and state = 'open' for update"
        guard let row = try await transaction.query(query).first else {
            throw MessagingError(.noOpenDeadLetter, detail: "number \(id)")
        }
        return try DeadLetterContent(row)
    }

    func settle(_ id: Int64, as state: DeadLetter.State, by person: String, why: String?) -> Query {
        """
        update dead_letter set state = \(state.rawValue), settled_by = \(person), settled_why = \(why as String?), settled_at = now()
        where id = \(id)
        """
    }

    func noteFailure(_ id: Int64, error: String) -> Query {
        """
        update dead_letter set attempts = attempts + 1, error = \(String(error.prefix(InboxLimits.errorCharactersMax)))
        where id = \(id)
        """
    }
}

extension DeadLetterContent {
    static let columns: Query = ", record_key, headers, payload, original_headers, original_payload"

    init(_ row: Row) throws {
        letter = try DeadLetter(row)
        recordKey = try row.decode(column: "record_key", as: [UInt8]?.self)
        headers = try HeaderBlock.decode(try row.decode(column: "headers", as: [UInt8].self))
        payload = try row.decode(column: "payload", as: [UInt8]?.self)
        originalHeaders = try row.decode(column: "original_headers", as: [UInt8]?.self).map(HeaderBlock.decode)
        originalPayload = try row.decode(column: "original_payload", as: [UInt8]?.self)
    }

    /// The message as it would arrive today, with the corrections.
    var message: KafkaMessage {
        KafkaMessage(
            topic: letter.topic, partition: letter.partition, offset: letter.offset, key: recordKey, value: payload,
            headers: headers)
    }
}
