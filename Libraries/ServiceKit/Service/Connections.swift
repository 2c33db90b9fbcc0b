import Crypto
import FoundationEssentials
import HTTP
package import Kafka
package import Messaging
package import Postgres
import Telemetry

// What the settings say, turned into the values that the libraries take.

extension Configuration {
    /// The database as one of a service's roles.
    package func postgres(_ schema: ServiceSchema, as role: ServiceSchema.Role) throws -> PostgresConfiguration {
        let own =
            switch role {
            case .relay: self[CommonSettings.databaseRelayURL]
            case .owner: self[CommonSettings.databaseOwnerURL]
            case .app, .reader: ""
            }
        var configuration: PostgresConfiguration
        if own.isEmpty {
            let url = self[CommonSettings.databaseURL]
            configuration = try PostgresConfiguration(url: url)
            if configuration.parameters["user"] == nil {
                configuration = try PostgresConfiguration(url: Self.adding(user: schema.roleName(role), to: url))
            } else if role == .relay || role == .owner {
                throw CommandFailure(
                    .configuration, "database.\(role.rawValue)-url is missing.",
                    why: "database.url names a user, so it cannot serve the \(role.rawValue) role too.",
                    next: "Set database.\(role.rawValue)-url, or leave the user out of database.url.")
            }
        } else {
            configuration = try PostgresConfiguration(url: own)
        }
        configuration.searchPath = [schema.name, "pg_catalog"]
        configuration.applicationName = schema.source.drop { $0 == "/" } + "/" + role.rawValue
        return configuration
    }

    /// The database for migrations: as a superuser where one is set, else as the owner.
    package func postgresForMigrations(_ schema: ServiceSchema) throws -> PostgresConfiguration {
        let admin = self[CommonSettings.databaseAdminURL]
        return admin.isEmpty ? try postgres(schema, as: .owner) : try PostgresConfiguration(url: admin)
    }

    /// Both forms that libpq reads take one more parameter at their end.
    static func adding(user: String, to url: String) -> String {
        guard url.contains("://") else { return "\(url) user=\(user)" }
        return url + (url.contains("?") ? "&" : "?") + "user=\(user)"
    }

    /// The Kafka cluster, and who we are to it.
    package func kafka(clientID: String) -> KafkaConfiguration {
        func file(_ setting: Setting<String>) -> String? { self[setting].isEmpty ? nil : self[setting] }
        let password = self[CommonSettings.kafkaKeyPassword]
        let tls = KafkaTLS(
            authorityFile: file(CommonSettings.kafkaAuthorityFile),
            certificateFile: file(CommonSettings.kafkaCertificateFile), keyFile: file(CommonSettings.kafkaKeyFile),
            keyPassword: password.isEmpty ? nil : KafkaSecret(password))
        let username = self[CommonSettings.kafkaUsername]
        let secret = KafkaSecret(self[CommonSettings.kafkaPassword])
        let security: KafkaSecurity =
            switch self[CommonSettings.kafkaSecurity] {
            case .plaintext: .plaintext
            case .tls: .tls(tls)
            case .saslPlain: .saslPlain(username: username, password: secret, tls: tls)
            case .saslSCRAM256: .saslSCRAM(mechanism: .sha256, username: username, password: secret, tls: tls)
            case .saslSCRAM512: .saslSCRAM(mechanism: .sha512, username: username, password: secret, tls: tls)
            }
        return KafkaConfiguration(
            bootstrapServers: self[CommonSettings.kafkaServers], clientID: clientID, security: security,
            extra: extra(below: CommonSettings.kafkaExtraPrefix))
    }

    /// Where to listen. Certificate and key are read now, so that a wrong path is a configuration error.
    func httpServer(port: Int) throws -> HTTPServerConfiguration {
        guard let port = UInt16(exactly: port) else {
            throw CommandFailure(.configuration, "http.port must be 0 to 65535.")
        }
        var server = HTTPServerConfiguration(host: self[CommonSettings.httpHost], port: port)
        let certificate = self[CommonSettings.httpCertificateFile]
        if certificate.isEmpty {
            guard self[CommonSettings.httpClientAuthorityFile].isEmpty else {
                throw CommandFailure(
                    .configuration, "Clients can only show a certificate where the service has one.",
                    next: "Set http.tls.certificate-file and http.tls.key-file too.")
            }
        } else {
            server.tls = HTTPServerConfiguration.TLS(
                certificate: try Self.text(certificate), key: try Self.text(self[CommonSettings.httpKeyFile]),
                clientCertificates: try clientCertificates())
        }
        return server
    }

    private func clientCertificates() throws -> HTTPServerConfiguration.TLS.ClientCertificates {
        let file = self[CommonSettings.httpClientAuthorityFile]
        let isRequired = self[CommonSettings.httpClientCertificateRequired]
        guard !file.isEmpty else {
            guard !isRequired else {
                throw CommandFailure(
                    .configuration, "Nobody vouches for the clients' certificates.",
                    next: "Set http.tls.client-authority-file.")
            }
            return .notAsked
        }
        return isRequired ? .required(authorities: try Self.text(file)) : .optional(authorities: try Self.text(file))
    }

    /// The public keys in a file.
    static func keys(_ path: String) throws -> VerificationKeys {
        do {
            return try VerificationKeys(jwks: Array(try text(path).utf8))
        } catch let error as CryptoError {
            throw CommandFailure(.configuration, "\(path) is no key set.", why: "\(error).")
        }
    }

    static func text(_ path: String) throws -> String {
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            guard data.count <= ConfigurationLoader.fileBytesMax, let text = String(validating: data, as: UTF8.self)
            else {
                throw CommandFailure(.configuration, "\(path) is too large or no text.")
            }
            return text
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.configuration, "\(path) cannot be read.", why: "The settings name this file.")
        }
    }
}
