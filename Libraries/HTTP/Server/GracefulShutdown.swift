import Glibc
import Synchronization

/// Ends a server without cutting a request that it accepted. Blocks; runs on a thread of its own.
struct GracefulShutdown: Sendable {
    let core: ServerCore
    let daemon: LibraryDaemon
    let acceptor: Acceptor
    let listener: Int32

    /// An idle connection may have a request on its way; this long it is given to arrive.
    private static let idleGrace: Duration = .milliseconds(100)

    /// After the grace period, how long answers of 503 may take before their connections are cut, and the handlers that
    /// do not heed their cancellation before the server waits for them no longer.
    private static let cutAfter: Duration = .seconds(1)

    func run() {
        core.isDraining.store(true, ordering: .sequentiallyConsistent)
        acceptor.finish()
        // Newcomers are refused from here on.
        close(listener)
        waitForConnections()
        abandonTheRest()
        daemon.stop()
        core.isStopped.store(true, ordering: .releasing)
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
