/// What a group's leader hands to a member, as members write it for each other.
enum MemberAssignment {
    /// The partitions of an assignment; nil for bytes that are not one.
    ///
    /// Apache Kafka, `ConsumerProtocolAssignment`: a version, then topics with their partitions; what follows is the
    /// assignor's own. Numbers are big-endian.
    static func partitions(in bytes: UnsafeRawBufferPointer) -> Set<ConsumerStatus.Partition>? {
        // A member that was given nothing has no bytes at all.
        guard !bytes.isEmpty else { return [] }
        var reader = Reader(bytes: bytes)
        guard reader.integer(Int16.self) != nil, let topicCount = reader.integer(Int32.self) else { return nil }
        var partitions: Set<ConsumerStatus.Partition> = []
        for _ in 0..<max(0, topicCount) {
            guard let topic = reader.string(), let partitionCount = reader.integer(Int32.self) else { return nil }
            for _ in 0..<max(0, partitionCount) {
                guard let number = reader.integer(Int32.self) else { return nil }
                partitions.insert(.init(topic: topic, number: number))
            }
        }
        return partitions
    }

    private struct Reader {
        var bytes: UnsafeRawBufferPointer

        mutating func integer<T: FixedWidthInteger>(_: T.Type) -> T? {
            guard bytes.count >= MemoryLayout<T>.size else { return nil }
            defer { bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(MemoryLayout<T>.size)) }
            return T(bigEndian: bytes.loadUnaligned(as: T.self))
        }

        mutating func string() -> String? {
            guard let count = integer(Int16.self), count >= 0, bytes.count >= Int(count) else { return nil }
            defer { bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(Int(count))) }
            return String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
        }
    }
}
