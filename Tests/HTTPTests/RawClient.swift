import Glibc
import Telemetry

@testable import HTTP

/// A plain socket that sends exactly the bytes it is given. Its calls block: use it inside `blocking`.
///
/// Used by one thread at a time.
final class RawClient: @unchecked Sendable {
    let descriptor: Int32

    /// Nil when nobody listens.
    init?(connectingTo port: UInt16, receiveTimeoutSeconds: Int = 10, receiveBufferBytes: Int32? = nil) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: receiveTimeoutSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        if var bytes = receiveBufferBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 { return nil }
    }

    convenience init(port: UInt16, receiveTimeoutSeconds: Int = 10, receiveBufferBytes: Int32? = nil) {
        self.init(
            connectingTo: port, receiveTimeoutSeconds: receiveTimeoutSeconds, receiveBufferBytes: receiveBufferBytes)!
    }

    /// Closing will reset the connection instead of ending it.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    deinit { close(descriptor) }

    /// False when the other side no longer takes bytes.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Up to `count` bytes; empty at the end, nil when nothing came in time or the connection was reset.
    func receive(_ count: Int = 65_536) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let received = recv(descriptor, &bytes, count, 0)
        return received < 0 ? nil : Array(bytes.prefix(received))
    }

    /// Everything until the other side closes; `isClosed` is false when it did not close in time.
    func receiveToEnd() -> (text: String, isClosed: Bool) {
        var all: [UInt8] = []
        while true {
            guard let chunk = receive() else {
                return (String(decoding: all, as: UTF8.self), errno == ECONNRESET)
            }
            if chunk.isEmpty { return (String(decoding: all, as: UTF8.self), true) }
            all += chunk
        }
    }

    /// One answer with a Content-Length, read to its last byte and not beyond its head by more than that.
    func receiveAnswer() -> Answer? {
        var bytes: [UInt8] = []
        while true {
            if let answer = Answer(bytes) { return answer }
            guard let chunk = receive(), !chunk.isEmpty else { return nil }
            bytes += chunk
        }
    }
}

/// A port on which nobody listens, and which nobody else can take meanwhile.
final class ClosedPort: Sendable {
    let number: UInt16
    private let descriptor: Int32

    init() {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let status = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 ? getsockname(descriptor, address, &size) : -1
            }
        }
        precondition(status == 0, "no port is free")
        number = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }
}

/// A response as read from a socket.
struct Answer {
    let status: Int
    let head: String
    let body: [UInt8]

    /// Nil while the bytes are not a whole answer.
    init?(_ bytes: [UInt8]) {
        // Only the head is looked at as text: bodies are large and need not be text.
        guard let headBytes = Self.headBytes(bytes) else { return nil }
        head = String(decoding: bytes.prefix(headBytes - 4), as: UTF8.self)
        guard let code = head.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        status = code
        let length = Self.header("content-length", in: head).flatMap { Int($0) } ?? 0
        guard bytes.count >= headBytes + length else { return nil }
        body = Array(bytes[headBytes..<headBytes + length])
    }

    subscript(header name: String) -> String? { Self.header(name, in: head) }

    var text: String { String(decoding: body, as: UTF8.self) }

    private static func headBytes(_ bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            var index = 3
            while index < bytes.count {
                if bytes[index] == 10, bytes[index - 1] == 13, bytes[index - 2] == 10, bytes[index - 3] == 13 {
                    return index + 1
                }
                index += 1
            }
            return nil
        }
    }

    private static func header(_ name: String, in head: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == name { return parts[1].drop { $0 == " " }.description }
        }
        return nil
    }
}

/// Runs blocking socket calls away from the cooperative pool.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value { await NativeThread.run(body) }

/// Runs a server for the duration of the body and stops it.
func withServer<Value: Sendable>(
    _ router: Router, _ configure: (inout HTTPServerConfiguration) -> Void = { _ in }, logger: Logger? = nil,
    _ body: (HTTPServer) async throws -> Value
) async throws -> Value {
    var configuration = HTTPServerConfiguration()
    configure(&configuration)
    let server = try HTTPServer(configuration, router: router, logger: logger)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            // Also when it could not start, so that nobody waits for it.
            defer { server.serving.fire() }
            try await server.run()
        }
        await server.serving.wait()
        let result: Result<Value, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        await server.stop()
        try await group.waitForAll()
        return try result.get()
    }
}

extension NativeThread {
    static func pause(_ milliseconds: UInt32) { usleep(milliseconds * 1_000) }
}
