import Events
import Foundation
import Glibc
import HTTP
import Kafka
import ServiceKit
import TestSupport

@testable import Takeup

/// Servers as on several machines: everybody has a certificate, and nobody speaks in the clear.
struct SecuredServers: Sendable {
    let certificates: TestCertificates
    let kafka: LocalKafka

    /// A password for SASL, which is never a word of a command line.
    static let password = "a-password-\(UUID().uuidString)"

    static func start() async throws -> SecuredServers {
        let certificates = try await TestCertificates.make()
        for server in ["broker", "postgresql"] { try await certificates.issue(server, for: .both) }
        for service in ServicePrograms.names { try await certificates.issue(service, for: .both) }
        for client in ["administrator", "caller", "nobody"] { try await certificates.issue(client, for: .client) }
        try await certificates.issue("stranger", by: .rogue, for: .client)
        let security = LocalKafka.Security(
            certificateFile: certificates.path("broker.crt"), keyFile: certificates.path("broker.key"),
            authorityFile: certificates.path("authority.crt"), passwords: ["kpi": password],
            administrators: ["administrator"])
        return SecuredServers(
            certificates: certificates,
            kafka: try await LocalKafka.start(home: BrokerKind.kafkaHome ?? "", security: security))
    }

    /// Runs `body` with servers of its own, whose topics are made and whose services are allowed.
    static func with<Result>(_ body: (SecuredServers) async throws -> Result) async throws -> Result {
        let servers = try await start()
        return try await ending({ await servers.kafka.stop() }) {
            for verb in ["create", "allow"] { try await servers.topics(verb) }
            return try await body(servers)
        }
    }

    /// `takeup topics VERB`, as an administrator.
    private func topics(_ verb: String) async throws {
        let messages = KeptText()
        let words = ["topics", verb] + kafkaSettings("administrator").flatMap { ["--set", "\($0.key)=\($0.value)"] }
        let code = await ServiceMain.perform(
            Main.command, words, terminal: Terminal(output: KeptText(), messages: messages))
        guard code == .success else { throw CommandFailure(.failed, "topics \(verb)", why: messages.text) }
    }

    /// The settings with which somebody who has a certificate speaks to Kafka.
    private func kafkaSettings(_ name: String) -> [String: String] {
        [
            "kafka.bootstrap-servers": kafka.bootstrapServers, "kafka.security": "tls",
            "kafka.tls.authority-file": certificates.path("authority.crt"),
            "kafka.tls.certificate-file": certificates.path("\(name).crt"),
            "kafka.tls.key-file": certificates.path("\(name).key"),
        ]
    }

    /// The same for a client in the test.
    func cluster(as name: String?) -> KafkaConfiguration {
        let tls = KafkaTLS(
            authorityFile: certificates.path("authority.crt"),
            certificateFile: name.map { certificates.path("\($0).crt") },
            keyFile: name.map { certificates.path("\($0).key") })
        return KafkaConfiguration(
            bootstrapServers: kafka.bootstrapServers, clientID: name ?? "nobody", security: .tls(tls))
    }

    /// Somebody who comes with a password.
    func cluster(as name: String, password: String) -> KafkaConfiguration {
        KafkaConfiguration(
            bootstrapServers: kafka.passwordServers ?? "", clientID: name,
            security: .saslPlain(
                username: name, password: KafkaSecret(password),
                tls: KafkaTLS(authorityFile: certificates.path("authority.crt"))))
    }
}

extension SecuredServers {
    /// The five services over TLS alone: to PostgreSQL and Kafka with certificates of their own, and on HTTP.
    func transport() throws -> DemoTransport {
        let certificates = certificates
        var transport = DemoTransport()
        transport.isOverTCP = true
        transport.databaseSettings = try databaseSettings()
        transport.databaseURL = { service, database, server in
            "postgresql://127.0.0.1:\(server.port)/\(database)?sslmode=verify-full"
                + "&sslrootcert=\(certificates.path("authority.crt"))"
                + "&sslcert=\(certificates.path("\(service).crt"))&sslkey=\(certificates.path("\(service).key"))"
        }
        transport.environment = { service in
            var settings = kafkaSettings(service)
            settings["kafka.bootstrap-servers"] = nil
            settings["http.tls.certificate-file"] = certificates.path("\(service).crt")
            settings["http.tls.key-file"] = certificates.path("\(service).key")
            settings["http.tls.client-authority-file"] = certificates.path("authority.crt")
            settings["http.tls.client-certificate-required"] = "true"
            return Dictionary(
                uniqueKeysWithValues: settings.map { key, value in
                    ("TAKEUP_" + String(key.uppercased().map { $0.isLetter ? $0 : "_" }), value)
                })
        }
        transport.scheme = "https"
        transport.client = try client(as: "caller")
        return transport
    }

    func client(as name: String?) throws -> HTTPClientConfiguration {
        var client = HTTPClientConfiguration()
        client.authorities = try certificates.pem("authority.crt")
        if let name {
            client.certificate = try certificates.pem("\(name).crt")
            client.key = try certificates.pem("\(name).key")
        }
        return client
    }

    /// Over TCP only TLS, and only with a certificate that names a service, which then is one of its own roles.
    private func databaseSettings() throws -> [String: String] {
        let files = [
            "hba.conf": """
            local all all trust
            hostssl all all 127.0.0.1/32 cert map=services

            """,
            "ident.conf": ServicePrograms.names.map { service in
                let schema = service.replacing("-", with: "_")
                return (["app", "relay", "owner"].map { "\(schema)_\($0)" } + ["takeup_keys_app"])
                    .map { "services \(service) \($0)\n" }.joined()
            }.joined(),
        ]
        for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: certificates.path(name))) }
        if geteuid() == 0 {
            // The server runs as an account of its own and wants its key for itself.
            guard let account = getpwnam("postgres")?.pointee,
                chown(certificates.path("postgresql.key"), account.pw_uid, account.pw_gid) == 0
            else { throw CommandFailure(.failed, "the key cannot be given to PostgreSQL's account") }
        }
        return [
            "ssl": "on", "ssl_cert_file": certificates.path("postgresql.crt"),
            "ssl_key_file": certificates.path("postgresql.key"), "ssl_ca_file": certificates.path("authority.crt"),
            "hba_file": certificates.path("hba.conf"), "ident_file": certificates.path("ident.conf"),
        ]
    }
}
