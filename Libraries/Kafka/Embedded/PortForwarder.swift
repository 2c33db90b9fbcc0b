import CRdKafka
import Glibc
import Synchronization

/// Passes TCP connections to a port of 127.0.0.1 on to another one that may change.
///
/// librdkafka's in-memory cluster listens on a new port each time it is made. Clients need one that stays only to find
/// it: the address of the broker itself comes in the answer.
final class PortForwarder: Sendable {
    /// A client's socket and the cluster's, and what is on its way between them.
    private struct Link {
        let client: Int32
        let cluster: Int32
        var toCluster: [UInt8] = []
        var toClient: [UInt8] = []
    }

    private struct State {
        var target: UInt16?
        var isStopped = false
    }

    /// The port that stays.
    let port: UInt16
    private let listener: Int32
    private let state = Mutex(State())
    private let stopped = Latch()

    /// Links at a time; more wait in the kernel's backlog.
    static let linksMax = 256
    private static let chunkBytes = 65_536
    /// How late a stop may be noticed.
    private static let pollMilliseconds: Int32 = 50

    /// - Parameter port: 0 for any free one.
    /// - Throws: `KafkaError.systemResource` where the port is taken.
    init(port: UInt16) throws {
        (listener, self.port) = try Self.listen(on: port)
        do {
            try LoopThread.start("kafka-forward") { [self] in run() }
        } catch {
            Glibc.close(listener)
            throw error
        }
    }

    /// Where new connections go; nil refuses them.
    func setTarget(_ port: UInt16?) { state.withLock { $0.target = port } }

    func requestStop() { state.withLock { $0.isStopped = true } }

    func stop() async {
        requestStop()
        _ = await stopped.wait(upTo: .seconds(2))
    }

    // MARK: The thread

    private func run() {
        var links: [Link] = []
        while !state.withLock({ $0.isStopped }) {
            var polls = [pollfd(fd: links.count < Self.linksMax ? listener : -1, events: Int16(POLLIN), revents: 0)]
            for link in links {
                // Nothing is read from one side while the other has not taken what was read before.
                polls.append(Self.wanted(link.client, reads: link.toCluster.isEmpty, writes: !link.toClient.isEmpty))
                polls.append(Self.wanted(link.cluster, reads: link.toClient.isEmpty, writes: !link.toCluster.isEmpty))
            }
            guard poll(&polls, nfds_t(polls.count), Self.pollMilliseconds) > 0 else { continue }
            var kept: [Link] = []
            for (index, var link) in links.enumerated() {
                let isOpen = Self.serve(&link, polls[index * 2 + 1], polls[index * 2 + 2])
                if isOpen { kept.append(link) } else { Self.close(link) }
            }
            links = kept
            if polls[0].revents != 0, let link = accept() { links.append(link) }
        }
        for link in links { Self.close(link) }
        Glibc.close(listener)
        stopped.open()
    }

    private static func wanted(_ descriptor: Int32, reads: Bool, writes: Bool) -> pollfd {
        pollfd(fd: descriptor, events: Int16((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), revents: 0)
    }

    private func accept() -> Link? {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return nil }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        guard fcntl(client, F_SETFL, O_NONBLOCK) == 0, let target = state.withLock({ $0.target }),
            let cluster = Self.connect(to: target)
        else {
            Glibc.close(client)
            return nil
        }
        return Link(client: client, cluster: cluster)
    }

    /// False when the link is over. Half-closed connections are: Kafka's protocol has no use for them.
    private static func serve(_ link: inout Link, _ client: pollfd, _ cluster: pollfd) -> Bool {
        let ended = Int16(POLLERR | POLLHUP | POLLNVAL)
        if client.revents & Int16(POLLIN) != 0, !read(link.client, into: &link.toCluster) { return false }
        if cluster.revents & Int16(POLLIN) != 0, !read(link.cluster, into: &link.toClient) { return false }
        guard write(&link.toCluster, to: link.cluster), write(&link.toClient, to: link.client) else { return false }
        return client.revents & ended == 0 && cluster.revents & ended == 0
    }

    private static func read(_ descriptor: Int32, into buffer: inout [UInt8]) -> Bool {
        var chunk = [UInt8](repeating: 0, count: chunkBytes)
        let count = Glibc.read(descriptor, &chunk, chunk.count)
        if count < 0 { return errno == EAGAIN || errno == EINTR }
        guard count > 0 else { return false }
        buffer.append(contentsOf: chunk[..<count])
        return true
    }

    private static func write(_ buffer: inout [UInt8], to descriptor: Int32) -> Bool {
        guard !buffer.isEmpty else { return true }
        let count = send(descriptor, buffer, buffer.count, Int32(MSG_NOSIGNAL))
        if count < 0 { return errno == EAGAIN || errno == EINTR }
        buffer.removeFirst(count)
        return true
    }

    private static func close(_ link: Link) {
        Glibc.close(link.client)
        Glibc.close(link.cluster)
    }

    // MARK: Sockets

    private static func socket() throws -> Int32 {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("no socket") }
        return descriptor
    }

    private static func failure(_ message: String) -> KafkaError {
        KafkaError(.systemResource, message: message, detail: String(cString: strerror(errno)))
    }

    private static func withLoopback<T>(
        _ port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> T
    ) -> (result: T, address: sockaddr_in) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &size) }
        }
        return (result, address)
    }

    private static func listen(on port: UInt16) throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = try socket()
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let (isListening, address) = withLoopback(port) { generic, size in
            bind(descriptor, generic, size.pointee) == 0 && Glibc.listen(descriptor, 64) == 0
                && fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0
                && getsockname(descriptor, generic, size) == 0
        }
        guard isListening else {
            let error = failure("127.0.0.1:\(port) cannot be listened on")
            Glibc.close(descriptor)
            throw error
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    private static func connect(to port: UInt16) -> Int32? {
        // Refused while the cluster is being made anew: the client tries again by itself.
        guard let descriptor = try? socket() else { return nil }
        let isConnected = withLoopback(port) { Glibc.connect(descriptor, $0, $1.pointee) == 0 }.result
        guard isConnected, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else {
            Glibc.close(descriptor)
            return nil
        }
        return descriptor
    }
}
