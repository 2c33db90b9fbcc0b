import Glibc
import Synchronization

/// Takes connections from the kernel and hands them to the library, on a thread of its own.
///
/// The library could accept by itself, and then whichever of its threads wakes first takes nearly all clients that come
/// together: of two threads one stood idle. Handed over, each connection goes to the next thread in turn.
final class Acceptor: Sendable {
    private let listener: Int32
    private let core: ServerCore
    private let ending: (read: Int32, write: Int32)
    private let hasEnded = Atomic<Bool>(false)

    /// How long a place that has become free may go unnoticed.
    private static let glanceMilliseconds: Int32 = 10
    /// The process has no descriptor or no memory left; others may give some back.
    private static let pauseMilliseconds: Int32 = 50

    /// Throws `HTTPServerError` when the system gives no pipe.
    init(_ listener: Listener, core: ServerCore) throws(HTTPServerError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw HTTPServerError(.cannotStart, systemError: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        ending = (ends[0], ends[1])
        self.listener = listener.descriptor
        self.core = core
    }

    deinit {
        close(ending.read)
        close(ending.write)
    }

    /// Accepts until told to end, then takes what the kernel had completed: those clients may have sent a request.
    func run(handingTo daemon: LibraryDaemon) {
        while true {
            let isFull = core.connectionCount >= core.limits.connectionsMax
            let (isSomeoneWaiting, isEnding) = wait(isFull ? Self.glanceMilliseconds : -1, forClients: !isFull)
            if isEnding { break }
            if isSomeoneWaiting { takeOne(daemon) }
        }
        while wait(0, forClients: true).isSomeoneWaiting, takeOne(daemon) {}
        hasEnded.store(true, ordering: .releasing)
    }

    /// Ends accepting and returns when the last connection is handed over. Blocks.
    func finish() {
        var byte: UInt8 = 1
        _ = write(ending.write, &byte, 1)
        while !hasEnded.load(ordering: .acquiring) { usleep(1_000) }
    }

    private func wait(_ milliseconds: Int32, forClients: Bool) -> (isSomeoneWaiting: Bool, isEnding: Bool) {
        // A negative descriptor is passed over.
        var entries = [
            pollfd(fd: ending.read, events: Int16(POLLIN), revents: 0),
            pollfd(fd: forClients ? listener : -1, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&entries, 2, milliseconds) > 0 else { return (false, false) }
        return (entries[1].revents != 0, entries[0].revents != 0)
    }

    @discardableResult
    private func takeOne(_ daemon: LibraryDaemon) -> Bool {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                // The library makes it not block and not go to child processes.
                let descriptor = accept(listener, address, &size)
                guard descriptor >= 0 else {
                    mindFailure(errno)
                    return false
                }
                let host = SocketAddress.host(address)
                if !core.admit(host) {
                    close(descriptor)
                } else if !daemon.adopt(descriptor, address, size) {
                    core.dismiss(host)
                }
                return true
            }
        }
    }

    private func mindFailure(_ code: Int32) {
        switch code {
        // The client left while it waited, or another look is all that is asked for.
        case ECONNABORTED, EAGAIN, EINTR: break
        default:
            core.observer.internalFault("accept-failed")
            _ = wait(Self.pauseMilliseconds, forClients: false)
        }
    }
}
