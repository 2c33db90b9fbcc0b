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

    func register(_ connection: Connection) {
        connections.withLock { $0[ObjectIdentifier(connection)] = connection }
    }

    func unregister(_ connection: Connection) {
        connections.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(connection)) }
    }

    var connectionCount: Int { connections.withLock { $0.count } }

    /// The exchanges in hand now.
    var exchanges: [Exchange] {
        connections.withLock { all in
            all.values.compactMap { connection in connection.state.withLock { $0.exchange } }
        }
    }
}
