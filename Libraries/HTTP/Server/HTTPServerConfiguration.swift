/// Where a server listens, how, and within which bounds.
package struct HTTPServerConfiguration: Sendable {
    /// A numeric IPv4 or IPv6 address; names are not looked up.
    package var host: String

    /// Zero takes any free port; `HTTPServer.port` then tells which.
    package var port: UInt16

    /// TLS, or nil for plain HTTP.
    package var tls: TLS?

    /// The bounds kept.
    package var limits = HTTPServerLimits()

    /// Threads that read and write sockets, at least one; connections go to them in turn. Handlers that do not wait run on them too.
    package var threads = 2

    /// How long `stop()` lets accepted requests finish before it answers 503 for them.
    package var gracePeriod: Duration = .seconds(20)

    #if FAULT_INJECTION
        /// Rules of the head guard that tests turn off, to prove that the hostile suite notices.
        var disabledRules: Set<HeadRule> = []
    #endif

    /// A server on `host` and `port`, plain unless `tls` is given.
    package init(host: String = "127.0.0.1", port: UInt16 = 0, tls: TLS? = nil) {
        self.host = host
        self.port = port
        self.tls = tls
    }

    /// The server's own certificate and what it asks of its clients. All material is PEM text.
    package struct TLS: Sendable {
        /// What the server does about client certificates. One that is presented and not trusted is always refused.
        package enum ClientCertificates: Sendable {
            /// None is asked for.
            case notAsked

            /// One may be presented; the authorities are PEM text.
            case optional(authorities: String)

            /// One must be presented; the authorities are PEM text.
            case required(authorities: String)
        }

        /// The certificate, followed by its intermediates.
        package var certificate: String

        /// Its private key.
        package var key: String

        /// What is asked of clients.
        package var clientCertificates: ClientCertificates

        /// Material for one server.
        package init(
            certificate: String, key: String, clientCertificates: ClientCertificates = .notAsked
        ) {
            self.certificate = certificate
            self.key = key
            self.clientCertificates = clientCertificates
        }

        var authorities: String? {
            switch clientCertificates {
            case .notAsked: nil
            case .optional(let authorities), .required(let authorities): authorities
            }
        }

        var isClientCertificateRequired: Bool {
            if case .required = clientCertificates { true } else { false }
        }
    }
}

/// Why a server could not start or go on.
package struct HTTPServerError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: String, Sendable {
        /// The host is not a numeric address.
        case invalidAddress = "invalid-address"

        /// The port is taken or may not be bound.
        case cannotListen = "cannot-listen"

        /// The HTTP library did not start; most often TLS material it cannot read.
        case cannotStart = "cannot-start"

        /// `run()` was called on a server that already ran.
        case alreadyRan = "already-ran"
    }

    /// What went wrong.
    package let code: Code

    /// The system's error number, where there is one.
    package let systemError: Int32?

    /// A port that is taken may become free; nothing else changes by waiting.
    package var isRetryable: Bool { code == .cannotListen }

    /// A bounded text for metric labels.
    package var shortLabel: String { code.rawValue }

    /// What happened, safe to show.
    package var description: String {
        switch code {
        case .invalidAddress: "The listening address is not a numeric IPv4 or IPv6 address."
        case .cannotListen: "The listening address cannot be used (system error \(systemError ?? 0))."
        case .cannotStart: "The HTTP server did not start; check its certificate and key."
        case .alreadyRan: "The HTTP server already ran; make a new one."
        }
    }

    init(_ code: Code, systemError: Int32? = nil) {
        self.code = code
        self.systemError = systemError
    }
}
