import CRdKafka
import Glibc

/// Turns librdkafka's messages into ours. Headers come in the same order nearly always, and half of their values are those
/// of the last message: what is the same as at this place the last time is shared, not made again.
struct MessageReader {
    private var names: [String] = []
    private var values: [[UInt8]] = []

    mutating func read(_ message: UnsafePointer<rd_kafka_message_t>, topic: String) -> (
        message: KafkaMessage, bytes: Int
    ) {
        let raw = message.pointee
        let key = raw.key.map { bytes($0, raw.key_len) }
        let value = raw.payload.map { bytes($0, raw.len) }
        var count = (key?.count ?? 0) + (value?.count ?? 0)
        let headers = readHeaders(message, &count)
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = rd_kafka_message_timestamp(message, &kind)
        let result = KafkaMessage(
            topic: topic, partition: raw.partition, offset: raw.offset, key: key, value: value, headers: headers,
            timestampMilliseconds: kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? nil : milliseconds)
        return (result, count)
    }

    private func bytes(_ pointer: UnsafeMutableRawPointer, _ count: Int) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: pointer, count: count))
    }

    private mutating func readHeaders(
        _ message: UnsafePointer<rd_kafka_message_t>, _ byteCount: inout Int
    ) -> [(name: String, value: [UInt8])] {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
        var headers: [(name: String, value: [UInt8])] = []
        headers.reserveCapacity(rd_kafka_header_cnt(list))
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while rd_kafka_header_get_all(list, headers.count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let text = name
        {
            let bytes = UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : size)
            headers.append((headerName(text, at: headers.count), headerValue(bytes, at: headers.count)))
            byteCount += size + strlen(text)
        }
        return headers
    }

    private mutating func headerName(_ text: UnsafePointer<CChar>, at index: Int) -> String {
        if index < names.count, names[index].withCString({ strcmp($0, text) }) == 0 { return names[index] }
        let name = String(cString: text)
        if index < names.count {
            names[index] = name
        } else if index == names.count, index < KafkaLimits.headersMax {
            names.append(name)
        }
        return name
    }

    private mutating func headerValue(_ bytes: UnsafeRawBufferPointer, at index: Int) -> [UInt8] {
        guard let start = bytes.baseAddress else { return [] }
        if index < values.count, values[index].count == bytes.count, memcmp(values[index], start, bytes.count) == 0 {
            return values[index]
        }
        let value = Array(bytes)
        if index < values.count {
            values[index] = value
        } else if index == values.count, index < KafkaLimits.headersMax {
            values.append(value)
        }
        return value
    }
}
