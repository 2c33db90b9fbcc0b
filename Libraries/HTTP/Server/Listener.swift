import CMicroHTTPD
import Glibc

/// A listening TCP socket.
struct Listener: Sendable {
    let descriptor: Int32
    let port: UInt16

    /// Binds and listens at once, so that a client that connects before the server runs waits instead of being refused.
    init(host: String, port: UInt16, backlogMax: Int) throws(HTTPServerError) {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let address = found?.pointee else {
            throw HTTPServerError(.invalidAddress)
        }
        defer { freeaddrinfo(found) }
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.ai_family, kind, 0)
        guard descriptor >= 0 else { throw HTTPServerError(.cannotListen, systemError: errno) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, address.ai_addr, address.ai_addrlen) == 0,
            listen(descriptor, Int32(clamping: backlogMax)) == 0
        else {
            let code = errno
            close(descriptor)
            throw HTTPServerError(.cannotListen, systemError: code)
        }
        self.descriptor = descriptor
        self.port = Self.boundPort(descriptor)
    }

    private static func boundPort(_ descriptor: Int32) -> UInt16 {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getsockname(descriptor, address, &size) == 0 ? SocketAddress.port(address) : 0
            }
        }
    }
}

/// Socket addresses in words.
enum SocketAddress {
    /// The host and the address's port, such as `127.0.0.1:8080` or `[::1]:8080`.
    static func text(_ host: String, _ address: UnsafePointer<sockaddr>?) -> String {
        address.map { "\(host):\(port($0))" } ?? host
    }

    /// The numeric address, such as `127.0.0.1` or `[::1]`.
    static func host(_ address: UnsafePointer<sockaddr>?) -> String {
        guard let address else { return "unknown" }
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let size =
            address.pointee.sa_family == sa_family_t(AF_INET6)
            ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        guard
            getnameinfo(address, socklen_t(size), &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
                == 0
        else { return "unknown" }
        let text = String(
            decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.contains(":") ? "[\(text)]" : text
    }

    static func port(_ address: UnsafePointer<sockaddr>) -> UInt16 {
        // The port is at the same place in both families.
        UnsafeRawPointer(address).loadUnaligned(fromByteOffset: 2, as: UInt16.self).byteSwapped
    }
}
