import Glibc
import Synchronization
package import Telemetry

/// An HTTP/1.1 server over libmicrohttpd: it accepts, guards and limits; the router's handlers answer, as tasks.
///
/// ```swift
/// let server = try HTTPServer(HTTPServerConfiguration(port: 8080), router: router)
/// try await server.run()          // until stop()
/// ```
package final class HTTPServer: Sendable {
    /// The port it listens on, also when any free one was asked for.
    package let port: UInt16

    private enum Lifecycle {
        case ready
        case running
        case ended
    }

    private let core: ServerCore
    private let listener: Listener
    private let lifecycle = Mutex(Lifecycle.ready)
    private let stopRequested = Signal()
    private let finished = Signal()

    /// Fires when requests are taken.
    let serving = Signal()

    /// Binds the port and listens; clients that connect wait until `run()`. Throws `HTTPServerError` when the address cannot
    /// be used.
    /// - Parameter logger: with one, every request is traced, counted, timed and logged; with nil nothing is.
    package init(_ configuration: HTTPServerConfiguration, router: Router, logger: Logger? = nil)
        throws
    {
        listener = try Listener(
            host: configuration.host, port: configuration.port,
            backlogMax: configuration.limits.backlogMax)
        port = listener.port
        core = ServerCore(
            configuration, responder: router.responder(observedBy: logger),
            observer: ServerObserver(logger: logger))
    }

    deinit {
        // A server that never ran still owns its socket.
        if lifecycle.withLock({ $0 == .ready }) { close(listener.descriptor) }
    }

    /// Connections open now.
    package var connectionCount: Int { core.connectionCount }

    /// Exchanges that exist now, the finished ones that something still holds included.
    var liveObjectCount: Int { core.liveObjects.load(ordering: .relaxed) }

    /// Serves until `stop()` is called or the task is cancelled, then lets accepted requests finish. Throws
    /// `HTTPServerError` when the library does not start or the server already ran.
    package func run() async throws {
        let mayRun = lifecycle.withLock { lifecycle in
            guard lifecycle == .ready else { return false }
            lifecycle = .running
            return true
        }
        guard mayRun else {
            if stopRequested.hasFired { return }
            throw HTTPServerError(.alreadyRan)
        }
        defer {
            lifecycle.withLock { $0 = .ended }
            finished.fire()
        }
        let daemon: LibraryDaemon
        let acceptor: Acceptor
        do {
            acceptor = try Acceptor(listener, core: core)
            daemon = try LibraryDaemon(core)
        } catch {
            close(listener.descriptor)
            throw error
        }
        let watchdog = Watchdog(core: core)
        NativeThread.start { watchdog.run() }
        NativeThread.start { acceptor.run(handingTo: daemon) }
        serving.fire()
        await withTaskCancellationHandler {
            await stopRequested.wait()
        } onCancel: {
            stopRequested.fire()
        }
        let shutdown = GracefulShutdown(
            core: core, daemon: daemon, acceptor: acceptor, listener: listener.descriptor)
        await NativeThread.run { shutdown.run() }
    }

    /// Stops gracefully: no new connection, accepted requests are answered within the grace period, idle connections end.
    /// Returns when everything has ended; may be called more than once.
    package func stop() async {
        stopRequested.fire()
        let neverRan = lifecycle.withLock { lifecycle in
            guard lifecycle == .ready else { return false }
            lifecycle = .ended
            return true
        }
        if neverRan {
            close(listener.descriptor)
            finished.fire()
        }
        await finished.wait()
    }
}
