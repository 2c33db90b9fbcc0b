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
    }

    /// What TLS says about the client.
    enum Peer: Sendable {
        case anonymous
        case untrusted
        case trusted(ClientCertificate)
    }

    let state: Mutex<State>
    let remoteAddress: String

    init(descriptor: Int32, remoteAddress: String) {
        self.remoteAddress = remoteAddress
        state = Mutex(State(descriptor: descriptor, waitingSince: .now))
    }

    /// The head of a request is complete. Gives its number on this connection, from one.
    func headIsComplete(_ exchange: Exchange) -> Int {
        state.withLock { state in
            state.waitingSince = nil
            state.exchange = exchange
            state.requestCount += 1
            return state.requestCount
        }
    }

    func exchangeEnded() {
        state.withLock { state in
            state.waitingSince = .now
            state.exchange = nil
        }
    }

    /// Ends the connection in the given directions; the library closes it when it notices.
    static func shutDown(_ state: inout State, how: Int32) {
        guard !state.isShutDown else { return }
        state.isShutDown = how == Int32(SHUT_RDWR)
        _ = Glibc.shutdown(state.descriptor, how)
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
