import TestSupport
import Testing

@testable import Kafka

@Suite("What a member of a group was given")
struct MemberAssignmentTests {
    /// Version 1; topic "a" with partition 0, topic "bc" with 1 and 258; no data of the assignor.
    private static let bytes: [UInt8] = [
        0, 1, 0, 0, 0, 2, 0, 1, 0x61, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0x62, 0x63, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 1, 2, 255,
        255, 255, 255,
    ]

    @Test("is read as members write it, and a spare member's nothing is nothing")
    func known() {
        let partitions = Self.bytes.withUnsafeBytes(MemberAssignment.partitions(in:))
        #expect(
            partitions == [
                .init(topic: "a", number: 0), .init(topic: "bc", number: 1), .init(topic: "bc", number: 258),
            ])
        #expect([].withUnsafeBytes(MemberAssignment.partitions(in:)) == [])
    }

    @Test("is refused where it is cut short, and any bytes are read without harm")
    func broken() {
        let withoutAssignorData = Self.bytes.count - 4
        for count in 1..<withoutAssignorData {
            #expect(Self.bytes.prefix(count).withUnsafeBytes(MemberAssignment.partitions(in:)) == nil, "\(count) bytes")
        }
        var random = SeededRandom("member assignments")
        for _ in 0..<10_000 {
            let count = Int.random(in: 1...40, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = bytes.withUnsafeBytes(MemberAssignment.partitions(in:))
        }
    }
}
