import Synchronization

@testable import HTTP

/// Sends hostile requests and says what was wrong with the way they were met.
struct HostileRunner {
    let port: UInt16
    let smuggled: SmuggledCount

    /// Nil when the request was refused as it should be.
    func failure(of hostile: HostileCase) -> String? {
        let (statuses, failure) = send(hostile)
        if let failure { return failure }
        if statuses.contains(where: { $0 < 400 }) { return "\(hostile.name): was accepted with \(statuses)" }
        if hostile.statuses.isEmpty { return nil }
        guard let first = statuses.first, hostile.statuses.contains(first) else {
            return "\(hostile.name): expected \(hostile.statuses.sorted()), got \(statuses)"
        }
        return nil
    }

    /// Nil when nothing behind the request was read, whatever was said to itself.
    func leak(of tolerated: HostileCase) -> String? {
        let (statuses, failure) = send(tolerated)
        if let failure { return failure }
        return statuses.filter { $0 < 400 }.count > 1 ? "\(tolerated.name): was answered with \(statuses)" : nil
    }

    private func send(_ hostile: HostileCase) -> (statuses: [Int], failure: String?) {
        let before = smuggled.value
        let client = RawClient(port: port, receiveTimeoutSeconds: 3)
        client.send(hostile.bytes)
        let (text, isClosed) = client.receiveToEnd()
        let statuses = text.split(separator: "\r\n").filter { $0.hasPrefix("HTTP/1.") }
            .compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
        if smuggled.value != before { return (statuses, "\(hostile.name): a hidden request was answered") }
        if !isClosed { return (statuses, "\(hostile.name): the connection stayed open after \(statuses)") }
        return (statuses, nil)
    }
}

/// How often the handler that nobody may reach was reached.
final class SmuggledCount: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .sequentiallyConsistent) }
    func increase() { count.wrappingAdd(1, ordering: .sequentiallyConsistent) }

    var router: Router {
        var router = standardRouter()
        router.get("/smuggled") { [self] _ in
            increase()
            return .text("smuggled")
        }
        return router
    }
}
