import CMicroHTTPD
import Glibc
import Synchronization

/// The running HTTP library: a daemon of its own for each thread, since a pool of the library's chooses the thread by the
/// descriptor's number, and where each client brings a second descriptor with it all numbers are even.
///
/// Its callbacks come on its own threads: they are C functions without any isolation, in a file of their own.
final class LibraryDaemon: @unchecked Sendable {
    // libmicrohttpd documents a daemon as safe to stop and add connections to from any thread.
    private var threads: [OpaquePointer] = []
    private let context: Unmanaged<ServerCore>
    private let turn = Atomic<Int>(0)

    init(_ core: ServerCore) throws(HTTPServerError) {
        let configuration = core.configuration
        let limits = configuration.limits
        let key = CText(configuration.tls?.key)
        let certificate = CText(configuration.tls?.certificate)
        let authorities = CText(configuration.tls?.authorities)
        let priorities = CText(
            configuration.tls == nil ? nil : "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2")

        var settings = takeup_mhd_settings()
        settings.flags = takeup_mhd_flags(configuration.tls != nil)
        settings.connections_max = UInt32(clamping: limits.connectionsMax)
        settings.idle_seconds_max = UInt32(clamping: max(1, limits.idleTimeout.components.seconds))
        settings.connection_memory_bytes = limits.connectionMemoryBytes
        settings.key_pem = key.pointer
        settings.certificate_pem = certificate.pointer
        settings.client_authorities_pem = authorities.pointer
        settings.priorities = priorities.pointer

        context = Unmanaged.passRetained(core)
        var callbacks = takeup_mhd_callbacks(
            context: context.toOpaque(), access: accessed, target: targetSeen,
            completed: requestCompleted,
            connected: connectionChanged, log: complained)
        defer { withExtendedLifetime((key, certificate, authorities, priorities)) {} }
        for _ in 0..<max(1, configuration.threads) {
            guard let started = takeup_mhd_start(&settings, &callbacks) else {
                stop()
                throw HTTPServerError(.cannotStart)
            }
            threads.append(started)
        }
    }

    /// Takes over a connection that the kernel had completed, on the next of the library's threads in turn.
    /// - Returns: false where it may not be served; then it is closed already.
    func adopt(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> Bool {
        let thread = threads[turn.wrappingAdd(1, ordering: .relaxed).oldValue % threads.count]
        return MHD_add_connection(thread, descriptor, address, size) == .YES
    }

    /// Joins the library's threads; call it once, on a thread that may block, when nothing is suspended.
    func stop() {
        for thread in threads { MHD_stop_daemon(thread) }
        context.release()
    }
}

/// A C string that lives as long as this object.
private final class CText {
    let pointer: UnsafePointer<CChar>?

    init(_ text: String?) { pointer = text.flatMap { UnsafePointer(strdup($0)) } }

    deinit { free(UnsafeMutablePointer(mutating: pointer)) }
}

private let accessed: takeup_mhd_access = {
    _, library, _, method, version, upload, uploadSize, exchange in
    guard let held = exchange.pointee, let method, let version else { return .NO }
    return Unmanaged<Exchange>.fromOpaque(held).takeUnretainedValue()
        .access(library, method: method, version: version, upload: upload, uploadSize: uploadSize)
}

/// The request line is in; what is returned becomes the request's context.
private let targetSeen: takeup_mhd_target = { context, target, library in
    guard let context, let held = takeup_mhd_socket_context(library) else { return nil }
    let exchange = Exchange(
        core: Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue(),
        connection: Unmanaged<Connection>.fromOpaque(held).takeUnretainedValue(),
        libraryConnection: library,
        target: target)
    return Unmanaged.passRetained(exchange).toOpaque()
}

private let requestCompleted: takeup_mhd_completed = { _, _, exchange, _ in
    guard let held = exchange.pointee else { return }
    exchange.pointee = nil
    Unmanaged<Exchange>.fromOpaque(held).takeRetainedValue().ended()
}

private let connectionChanged: takeup_mhd_connected = { context, library, socketContext, code in
    guard let context else { return }
    let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
    if takeup_mhd_is_opening(code) {
        let connection = Connection(
            descriptor: takeup_mhd_descriptor(library),
            address: takeup_mhd_client_address(library))
        core.register(connection)
        socketContext.pointee = Unmanaged.passRetained(connection).toOpaque()
    } else if let held = socketContext.pointee {
        socketContext.pointee = nil
        core.unregister(Unmanaged<Connection>.fromOpaque(held).takeRetainedValue())
    }
}

private let complained: MHD_LogCallback = { context, format, arguments in
    guard let context, let format, let arguments else { return }
    var line = [CChar](repeating: 0, count: 256)
    _ = vsnprintf(&line, line.count, format, arguments)
    let text = line.prefix { $0 != 0 }.map {
        $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: " ") : UInt8(bitPattern: $0)
    }
    Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue().observer
        .libraryComplained(String(decoding: text, as: UTF8.self))
}
