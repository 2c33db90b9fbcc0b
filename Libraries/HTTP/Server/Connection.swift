import CGnuTLS
import CMicroHTTPD
import Glibc
import Synchronization

/// One socket, from accept to close. The library's socket context holds one reference for that time, so the descriptor is
/// open as long as the connection is registered.
final class Connection: Sendable {
    struct State {
        let descriptor: Int32
        /// Since when no request is in hand; nil while one is.
        var waitingSince: ContinuousClock.Instant?
        var requestCount = 0
        var exchange: Exchange?
        var peer: Peer?
        var isShutDown = false
        /// The server is stopping and told the library that nothing more will come.
        var isDismissed = false
    }

    /// What TLS says about the client.
    enum Peer: Sendable {
        case anonymous
        case untrusted
        case trusted(ClientCertificate)
    }

    let state: Mutex<State>
    let remoteHost: String
    /// The host and the port.
    let remoteAddress: String

    init(descriptor: Int32, address: UnsafePointer<sockaddr>?) {
        remoteHost = SocketAddress.host(address)
        remoteAddress = SocketAddress.text(remoteHost, address)
        state = Mutex(State(descriptor: descriptor, waitingSince: .now))
    }

    /// The head of a request is complete. Gives its number on this connection, from one; nil when the connection was
    /// dismissed, so that the request must not begin: its client sees an idle connection end and asks elsewhere.
    func headIsComplete(_ exchange: Exchange) -> Int? {
        state.withLock { state in
            if state.isDismissed { return nil }
            state.waitingSince = nil
            state.exchange = exchange
            state.requestCount += 1
            return state.requestCount
        }
    }

    /// Ends an idle connection, unless something has arrived on it. The library sees the end and closes.
    static func dismiss(_ state: inout State) {
        guard !state.isDismissed, takeup_waiting_bytes(state.descriptor) == 0 else { return }
        state.isDismissed = true
        _ = Glibc.shutdown(state.descriptor, Int32(SHUT_RD))
    }

    func exchangeEnded() {
        state.withLock { state in
            state.waitingSince = .now
            state.exchange = nil
        }
    }

    /// Cuts the connection; the library closes it when it notices.
    static func cut(_ state: inout State) {
        guard !state.isShutDown else { return }
        state.isShutDown = true
        _ = Glibc.shutdown(state.descriptor, Int32(SHUT_RDWR))
    }

    /// The client's certificate, checked once for the connection. Called on the library's thread only.
    func peer(_ connection: OpaquePointer) -> Peer {
        if let known = state.withLock({ $0.peer }) { return known }
        let peer = inspectPeer(connection)
        state.withLock { $0.peer = peer }
        return peer
    }

    private func inspectPeer(_ connection: OpaquePointer) -> Peer {
        guard let session = takeup_mhd_tls_session(connection) else { return .anonymous }
        var raw = takeup_tls_peer()
        takeup_tls_inspect_peer(session, &raw)
        guard raw.presented else { return .anonymous }
        guard raw.trusted else { return .untrusted }
        let digest = withUnsafeBytes(of: raw.sha256) { bytes in
            bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        }
        let subject = withUnsafeBytes(of: raw.subject) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return .trusted(ClientCertificate(subject: subject, sha256: digest))
    }
}
