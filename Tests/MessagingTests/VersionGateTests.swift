import FoundationEssentials
import Testing

@testable import Messaging

@Suite("Order per key")
struct VersionGateTests {
    private let stream = EventStream(source: "/a", topic: "cases", key: UUID())

    @Test("the next version is applied, a repeat is dropped, a gap is parked")
    func verdicts() {
        var gate = VersionGate(positions: [stream: 4])
        #expect(gate.admit(stream, version: 4) == .stale)
        #expect(gate.admit(stream, version: 6) == .park)
        #expect(gate.admit(stream, version: 6) == .stale)
        #expect(gate.admit(stream, version: 5) == .apply)
        #expect(gate.positions == [stream: 5])
        #expect(gate.touched == [stream])
    }

    @Test("an unknown stream begins at 1, and the same key of another source or topic is another stream")
    func streams() {
        var gate = VersionGate(positions: [:])
        #expect(gate.admit(stream, version: 1) == .apply)
        #expect(gate.admit(EventStream(source: "/b", topic: "cases", key: stream.key), version: 1) == .apply)
        #expect(gate.admit(EventStream(source: "/a", topic: "people", key: stream.key), version: 2) == .park)
    }
}
