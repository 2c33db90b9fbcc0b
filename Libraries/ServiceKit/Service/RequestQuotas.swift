import Domain
import FoundationEssentials
import Glibc
package import HTTP
import Telemetry

/// How many requests one caller may send: by address before anybody knows who it is, and by whoever acts. So one partner whose
/// program runs wild leaves room for the others.
package struct RequestQuotas: Sendable {
    private let addresses: RateLimiter?
    private let people: RateLimiter?

    /// So many times the requests of a second may come at once after a pause.
    static let burstSeconds = 10

    init(_ configuration: Configuration) {
        func limiter(_ perSecond: Int) -> RateLimiter? {
            guard perSecond > 0 else { return nil }
            return RateLimiter(RateLimit(perSecond: perSecond, burst: perSecond * Self.burstSeconds))
        }
        addresses = limiter(configuration[CommonSettings.httpAddressRate])
        people = limiter(configuration[CommonSettings.httpPersonRate])
    }

    /// Throws 429 where the person has sent too many.
    func count(_ person: ActingPerson) throws(Problem) {
        try Self.count(person.id.uuidString, "person", people)
    }

    fileprivate func count(_ address: String) throws(Problem) {
        guard let addresses else { return }
        try Self.count(CallerAddress.network(of: address), "address", addresses)
    }

    private static func count(_ caller: String, _ kind: String, _ limiter: RateLimiter?) throws(Problem) {
        guard let wait = limiter?.wait(for: caller) else { return }
        Counter(label: "requests_limited_total", dimensions: [("by", kind)]).increment()
        throw .tooManyRequests(wait: wait)
    }
}

extension RequestQuotas: Middleware {
    private static let uncounted: Set<String> = ["/livez", "/readyz", "/metrics"]

    /// Counts the request for its address; those of whoever watches over the service are not.
    package func respond(to request: Request, next: Responder) async throws -> Response {
        if !Self.uncounted.contains(request.route) { try count(request.remoteAddress) }
        return try await next.respond(to: request)
    }
}

/// What tells a caller's address from others.
enum CallerAddress {
    /// An IPv4 address as it is; of an IPv6 address the network (/64), for one machine has as many addresses there as it likes.
    static func network(of hostAndPort: String) -> String {
        guard hostAndPort.first == "[", let end = hostAndPort.lastIndex(of: "]") else {
            return String(hostAndPort.prefix { $0 != ":" })
        }
        let host = String(hostAndPort[hostAndPort.index(after: hostAndPort.startIndex)..<end])
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, host, &bytes) == 1 else { return host }
        let isMappedIPv4 = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMappedIPv4
            ? bytes[12...].map(String.init).joined(separator: ".")
            : bytes[..<8].map { String($0, radix: 16) }.joined(separator: ".")
    }
}
