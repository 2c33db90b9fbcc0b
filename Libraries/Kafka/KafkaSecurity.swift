/// How a client and the brokers prove who they are.
package enum KafkaSecurity: Sendable, Equatable {
    /// No encryption: loopback and tests.
    case plaintext
    /// TLS; with a client certificate the brokers know us by it.
    case tls(KafkaTLS)
    /// A user name and password inside TLS.
    case saslPlain(username: String, password: KafkaSecret, tls: KafkaTLS)
    /// SCRAM inside TLS. Refused before librdkafka 2.6.1, which repeats its nonce where Kafka 4 checks it.
    case saslSCRAM(mechanism: SCRAMMechanism, username: String, password: KafkaSecret, tls: KafkaTLS)

    /// The hash of SCRAM.
    package enum SCRAMMechanism: String, Sendable, CaseIterable {
        case sha256 = "SCRAM-SHA-256"
        case sha512 = "SCRAM-SHA-512"
    }

    /// The first librdkafka whose SCRAM Kafka 4 accepts: 2.6.1, as `rd_kafka_version()` writes it.
    static let firstVersionWithSCRAM: Int32 = 0x0206_01ff

    /// The properties of librdkafka, for a library of `version`.
    ///
    /// - Throws: `KafkaError.configuration` with what to do instead.
    func properties(libraryVersion version: Int32) throws -> [(name: String, value: String)] {
        switch self {
        case .plaintext:
            return [("security.protocol", "plaintext")]
        case .tls(let tls):
            return [("security.protocol", "ssl")] + (try tls.properties())
        case .saslPlain(let username, let password, let tls):
            return try sasl("PLAIN", username, password, tls)
        case .saslSCRAM(let mechanism, let username, let password, let tls):
            guard version >= Self.firstVersionWithSCRAM else {
                throw KafkaError(
                    .configuration,
                    message: "SCRAM needs librdkafka 2.6.1 or newer (this one is refused by Kafka 4); "
                        + "use TLS client certificates or SASL PLAIN over TLS")
            }
            return try sasl(mechanism.rawValue, username, password, tls)
        }
    }

    private func sasl(
        _ mechanism: String, _ username: String, _ password: KafkaSecret, _ tls: KafkaTLS
    ) throws -> [(name: String, value: String)] {
        guard !username.isEmpty, !password.value.isEmpty else {
            throw KafkaError(.configuration, message: "SASL needs a user name and a password")
        }
        return [
            ("security.protocol", "sasl_ssl"), ("sasl.mechanisms", mechanism), ("sasl.username", username),
            ("sasl.password", password.value),
        ] + (try tls.properties())
    }
}

/// Files in PEM for TLS.
package struct KafkaTLS: Sendable, Equatable {
    /// Certificates of the authorities that may vouch for brokers; nil for the system's.
    package var authorityFile: String?
    /// Our own certificate, with what it takes to reach its authority; nil for none.
    package var certificateFile: String?
    /// The key of `certificateFile`; both or neither.
    package var keyFile: String?
    /// Where `keyFile` is encrypted.
    package var keyPassword: KafkaSecret?

    /// Broker names are always verified: a setting to skip that would be used.
    package init(
        authorityFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil,
        keyPassword: KafkaSecret? = nil
    ) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.keyPassword = keyPassword
    }

    func properties() throws -> [(name: String, value: String)] {
        guard (certificateFile == nil) == (keyFile == nil) else {
            throw KafkaError(.configuration, message: "a client certificate and its key are set together or not at all")
        }
        var properties = [("ssl.endpoint.identification.algorithm", "https")]
        if let authorityFile { properties.append(("ssl.ca.location", authorityFile)) }
        if let certificateFile { properties.append(("ssl.certificate.location", certificateFile)) }
        if let keyFile { properties.append(("ssl.key.location", keyFile)) }
        if let keyPassword { properties.append(("ssl.key.password", keyPassword.value)) }
        return properties
    }
}

/// A password that does not show itself when it is printed.
package struct KafkaSecret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    let value: String

    package init(_ value: String) {
        self.value = value
    }

    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
