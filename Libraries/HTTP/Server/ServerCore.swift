import Synchronization

/// What all threads of one server share.
final class ServerCore: Sendable {
    let configuration: HTTPServerConfiguration
    let limits: HTTPServerLimits
    let headGuard: HeadGuard
    let responder: Responder
    let observer: ServerObserver
    let connections = Mutex<[ObjectIdentifier: Connection]>([:])

    /// Every answer says `Connection: close` from now on.
    let isDraining = Atomic<Bool>(false)
    let isStopped = Atomic<Bool>(false)

    /// Exchanges that exist; tests look here for leaks.
    let liveObjects = Atomic<Int>(0)

    init(_ configuration: HTTPServerConfiguration, responder: Responder, observer: ServerObserver) {
        self.configuration = configuration
        limits = configuration.limits
        #if FAULT_INJECTION
            headGuard = HeadGuard(
                limits: configuration.limits, disabledRules: configuration.disabledRules)
        #else
            headGuard = HeadGuard(limits: configuration.limits)
        #endif
        self.responder = responder
        self.observer = observer
    }

    private struct OpenConnections {
        var count = 0
        var countByHost: [String: Int] = [:]
    }

    /// Counted from the moment the kernel hands one over, before the library has told of it: none is overlooked in between.
    private let open = Mutex(OpenConnections())

    /// Connections open now.
    var connectionCount: Int { open.withLock { $0.count } }

    /// Counts a new connection, unless its host has as many as it may.
    func admit(_ host: String) -> Bool {
        open.withLock { open in
            let count = open.countByHost[host, default: 0]
            if limits.connectionsPerAddressMax > 0, count >= limits.connectionsPerAddressMax { return false }
            open.countByHost[host] = count + 1
            open.count += 1
            return true
        }
    }

    /// The connection of this host that was admitted is closed.
    func dismiss(_ host: String) {
        open.withLock { open in
            let count = open.countByHost[host, default: 1] - 1
            open.countByHost[host] = count > 0 ? count : nil
            open.count -= 1
        }
    }

    func register(_ connection: Connection) {
        connections.withLock { $0[ObjectIdentifier(connection)] = connection }
    }

    func unregister(_ connection: Connection) {
        connections.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(connection)) }
        dismiss(connection.remoteHost)
    }

    /// The exchanges in hand now.
    var exchanges: [Exchange] {
        connections.withLock { all in
            all.values.compactMap { connection in connection.state.withLock { $0.exchange } }
        }
    }
}
