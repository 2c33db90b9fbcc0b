import CMicroHTTPD
import Glibc
import Synchronization

/// Ends a server without cutting a request that it accepted. Blocks; runs on a thread of its own.
struct GracefulShutdown: Sendable {
    let core: ServerCore
    let daemon: LibraryDaemon
    let listener: Int32

    /// An idle connection may have a request on its way; this long it is given to arrive.
    private static let idleGrace: Duration = .milliseconds(100)

    /// After the grace period, how long answers of 503 may take before their connections are cut, and the handlers that
    /// do not heed their cancellation before the server waits for them no longer.
    private static let cutAfter: Duration = .seconds(1)

    func run() {
        daemon.quiesce()
        core.isDraining.store(true, ordering: .sequentiallyConsistent)
        adoptBacklog()
        // Newcomers are refused from here on; the descriptor itself must live until the library has stopped.
        _ = Glibc.shutdown(listener, Int32(SHUT_RDWR))
        waitForConnections()
        abandonTheRest()
        daemon.stop()
        close(listener)
        core.isStopped.store(true, ordering: .releasing)
    }

    /// Connections that the kernel completed and the library has not taken: their clients may have sent a request.
    private func adoptBacklog() {
        while true {
            var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 0) > 0 else { return }
            var storage = sockaddr_storage()
            var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let isTaken = withUnsafeMutablePointer(to: &storage) { storage in
                storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    let descriptor = accept(listener, address, &size)
                    if descriptor >= 0 { daemon.adopt(descriptor, address, size) }
                    return descriptor >= 0
                }
            }
            guard isTaken else { return }
        }
    }

    /// "No connection" is the rule, not "no request in flight": between the two a request can be on its way.
    private func waitForConnections() {
        let end = ContinuousClock.now + core.configuration.gracePeriod
        while core.connectionCount > 0, .now < end {
            let now = ContinuousClock.now
            core.connections.withLock { connections in
                for connection in connections.values {
                    connection.state.withLock { state in
                        guard state.exchange == nil, let since = state.waitingSince,
                            now - since > Self.idleGrace
                        else {
                            return
                        }
                        Connection.dismiss(&state)
                    }
                }
            }
            usleep(10_000)
        }
    }

    /// The library panics when it is stopped with a suspended connection, so this ends only when there is none.
    private func abandonTheRest() {
        let cutAt = ContinuousClock.now + Self.cutAfter
        while true {
            let exchanges = core.exchanges
            if exchanges.isEmpty { return }
            for exchange in exchanges {
                exchange.abandon(Problem(.serviceUnavailable, detail: "The server is stopping."))
            }
            if .now > cutAt {
                core.connections.withLock { connections in
                    for connection in connections.values {
                        connection.state.withLock { Connection.cut(&$0) }
                    }
                }
            }
            usleep(10_000)
        }
    }
}
