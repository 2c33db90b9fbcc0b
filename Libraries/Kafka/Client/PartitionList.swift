import CRdKafka

/// `RD_KAFKA_PARTITION_UA`, a macro with a cast, which Swift does not import: any partition.
let anyPartition: Int32 = -1

/// A partition and, where it matters, an offset.
typealias PartitionPosition = (topic: String, partition: Int32, offset: Int64?)

/// Calls `body` with librdkafka's list of `positions`, which it must not keep.
func withPartitionList<T>(
    _ positions: [PartitionPosition], _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) throws -> T
) rethrows -> T {
    guard let list = rd_kafka_topic_partition_list_new(Int32(positions.count)) else {
        preconditionFailure("rd_kafka_topic_partition_list_new aborts rather than return nothing")
    }
    defer { rd_kafka_topic_partition_list_destroy(list) }

    for position in positions {
        let entry = rd_kafka_topic_partition_list_add(list, position.topic, position.partition)
        if let offset = position.offset { entry?.pointee.offset = offset }
    }
    return try body(list)
}

/// Calls `body` with each entry of librdkafka's list.
func forEachPartition(
    _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?, _ body: (rd_kafka_topic_partition_t) throws -> Void
) rethrows {
    guard let list else { return }
    for index in 0..<Int(list.pointee.cnt) { try body(list.pointee.elems[index]) }
}
