import Foundation
import Glibc
import Synchronization

/// One Apache Kafka node of our own (KRaft: broker and controller in one), on loopback, in a private folder.
///
/// It is gone, with its folder, when `stop` returns or this process ends in any way. It takes about four seconds to
/// start and 215 MB, so tests share one.
package final class LocalKafka: Sendable {
    /// Longest wait for the node to answer.
    static let startSecondsMax = 60

    /// Who may come to a node, and how: by certificates on one port, by passwords inside TLS on another, and nobody in the clear.
    package struct Security: Sendable {
        /// The node's certificate and its key, for both ends of a connection (PEM). Its common name is `broker`.
        package var certificateFile: String
        package var keyFile: String
        /// The certificates that vouch for the node and for clients (PEM).
        package var authorityFile: String
        /// SASL users with their passwords.
        package var passwords: [String: String]
        /// Users that may do anything, beside the node itself; others may do what an access rule allows.
        package var administrators: [String]

        /// A client with a certificate is the user that its common name says.
        package init(
            certificateFile: String, keyFile: String, authorityFile: String, passwords: [String: String],
            administrators: [String]
        ) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
            self.authorityFile = authorityFile
            self.passwords = passwords
            self.administrators = administrators
        }
    }

    /// `127.0.0.1:port`; the same after `startAgain` and `loseEverything`.
    package let bootstrapServers: String
    /// Where clients with passwords come to, in a node that is secured.
    package var passwordServers: String? { node.passwordPort.map { "127.0.0.1:\($0)" } }
    /// The node's folder: its configuration, its data and `server.log`.
    package var folder: String { node.folder }
    private let node: KafkaNode
    private let sitter: Mutex<Sitter?>

    private init(bootstrapServers: String, node: KafkaNode, sitter: Sitter) {
        self.bootstrapServers = bootstrapServers
        self.node = node
        self.sitter = Mutex(sitter)
    }

    /// Starts a node from the distribution at `home` and returns when it answers.
    ///
    /// - Parameter security: nil for a node that anybody on the machine may use.
    /// - Throws: `LocalServerError`: no distribution, no Java, or the end of the node's log.
    package static func start(home: String, security: Security? = nil) async throws -> LocalKafka {
        let installation = try await KafkaInstallation.find(home: home)
        let node = KafkaNode(
            installation: installation, folder: try PrivateFolder.make(prefix: "takeup-kafka"),
            port: try FreePort.find(), controllerPort: try FreePort.find(), security: security,
            passwordPort: security == nil ? nil : try FreePort.find())
        do {
            try await node.format()
            return LocalKafka(
                bootstrapServers: "127.0.0.1:\(node.port)", node: node, sitter: try await node.start())
        } catch {
            // A folder of ours under /tmp that nobody needs; the first error is the one to report.
            try? FileManager.default.removeItem(atPath: node.folder)
            throw error
        }
    }

    /// Kills the node with SIGKILL. What it acknowledged is still in its folder.
    package func kill9() {
        sitter.withLock { $0?.signalServer(SIGKILL) }
    }

    /// Starts the node again on its data and its port, after `kill9` or after it died by itself.
    package func startAgain() async throws {
        guard let old = sitter.withLock({ $0 }) else { return }
        await old.end(.init(signal: "KILL", keepsFolder: true))
        let new = try await node.start()
        sitter.withLock { $0 = new }
    }

    /// Kills the node, destroys all it had and starts an empty cluster, with a new cluster id, on the same port.
    package func loseEverything() async throws {
        guard let old = sitter.withLock({ $0 }) else { return }
        await old.end(.init(signal: "KILL", keepsFolder: true))
        try await node.format()
        let new = try await node.start()
        sitter.withLock { $0 = new }
    }

    /// Stops the node and removes its folder. Does nothing the second time.
    package func stop() async {
        let last = sitter.withLock { sitter in
            defer { sitter = nil }
            return sitter
        }
        // Nobody reads this data again, so there is nothing to shut down gracefully for.
        await last?.end(.init(signal: "KILL", keepsFolder: false))
    }
}

/// Where one node lives and how it is configured.
struct KafkaNode: Sendable {
    let installation: KafkaInstallation
    let folder: String
    let port: Int
    let controllerPort: Int
    var security: LocalKafka.Security?
    var passwordPort: Int?

    private var propertiesFile: String { "\(folder)/server.properties" }
    private var dataFolder: String { "\(folder)/data" }
    private var logFile: String { "\(folder)/server.log" }

    /// Writes the node's configuration and an empty data folder with a new cluster id.
    func format() async throws {
        if FileManager.default.fileExists(atPath: dataFolder) { try FileManager.default.removeItem(atPath: dataFolder) }
        let settings = properties + (try listenerProperties())
        try Data(settings.utf8).write(to: URL(fileURLWithPath: propertiesFile))
        let identity = try await run("kafka-storage.sh", ["random-uuid"]).outputText.trimmingNewline
        _ = try await run("kafka-storage.sh", ["format", "--config", propertiesFile, "--cluster-id", identity])
    }

    /// Starts the node; returns when it has said so.
    func start() async throws -> Sitter {
        unlink(logFile)
        let sitter = try Sitter(
            server: command("kafka-server-start.sh", [propertiesFile]), folder: folder, pidFile: "\(folder)/server.pid",
            log: logFile, orphanSignal: "KILL")
        do {
            let pauseMilliseconds = 50
            for _ in 0..<(LocalKafka.startSecondsMax * 1_000 / pauseMilliseconds) {
                if readText(logFile)?.contains("Kafka Server started") == true { return sitter }
                guard sitter.serverIsAlive else { break }
                try await Task.sleep(for: .milliseconds(pauseMilliseconds))
            }
            throw LocalServerError.didNotStart("Apache Kafka", log: endOfLog(logFile))
        } catch {
            await sitter.end(.init(signal: "KILL", keepsFolder: true))
            throw error
        }
    }

    private func run(_ script: String, _ arguments: [String]) async throws -> ChildProcess.Result {
        let result = try await ChildProcess.run(command(script, arguments))
        guard result.exit.isSuccess else {
            throw LocalServerError.didNotStart("Apache Kafka's \(script)", log: result.errorText + result.outputText)
        }
        return result
    }

    private func command(_ script: String, _ arguments: [String]) -> ChildProcess.Command {
        var environment = ProcessInfo.processInfo.environment
        // The distribution may be read-only, and its scripts log beside themselves unless told otherwise.
        environment["LOG_DIR"] = "\(folder)/logs"
        if environment["KAFKA_HEAP_OPTS"] == nil, script == "kafka-server-start.sh" {
            environment["KAFKA_HEAP_OPTS"] = "-Xms256m -Xmx512m"
        }
        return .init(installation.script(script), arguments, environment: environment, workingDirectory: folder)
    }

    /// One node holds every internal topic alone, and topics are made by whoever declares them, never by a typing error.
    private var properties: String {
        """
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:\(controllerPort)
        controller.listener.names=CONTROLLER
        log.dirs=\(dataFolder)

        offsets.topic.replication.factor=1
        offsets.topic.num.partitions=8
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        transaction.state.log.num.partitions=8
        share.coordinator.state.topic.replication.factor=1
        share.coordinator.state.topic.min.isr=1
        auto.create.topics.enable=false

        # Topics are kept for ever unless they say otherwise.
        log.retention.ms=-1
        log.cleaner.dedupe.buffer.size=16777216
        num.network.threads=2
        num.io.threads=2

        # A group starts at once, and a test may shorten a member's session.
        group.initial.rebalance.delay.ms=0
        group.min.session.timeout.ms=1000
        # After kill -9 the node may register again this soon (9 s otherwise).
        broker.session.timeout.ms=2000
        broker.heartbeat.interval.ms=500

        """
    }

    private func listenerProperties() throws -> String {
        guard let security, let passwordPort else {
            return """
                listeners=PLAINTEXT://127.0.0.1:\(port),CONTROLLER://127.0.0.1:\(controllerPort)
                advertised.listeners=PLAINTEXT://127.0.0.1:\(port)

                """
        }
        // Kafka reads a key and its certificates from one file.
        let identity =
            try Data(contentsOf: URL(fileURLWithPath: security.keyFile))
            + Data(contentsOf: URL(fileURLWithPath: security.certificateFile))
        guard
            FileManager.default.createFile(
                atPath: "\(folder)/identity.pem", contents: identity, attributes: [.posixPermissions: 0o600])
        else { throw LocalServerError.folder(folder, reason: "nothing can be written in it") }
        let users = security.passwords.sorted { $0.key < $1.key }.map { #" user_\#($0.key)="\#($0.value)""# }.joined()
        return """
            listeners=CERTIFICATES://127.0.0.1:\(port),PASSWORDS://127.0.0.1:\(passwordPort),CONTROLLER://127.0.0.1:\(controllerPort)
            advertised.listeners=CERTIFICATES://127.0.0.1:\(port),PASSWORDS://127.0.0.1:\(passwordPort)
            listener.security.protocol.map=CERTIFICATES:SSL,PASSWORDS:SASL_SSL,CONTROLLER:SSL
            inter.broker.listener.name=CERTIFICATES
            ssl.keystore.type=PEM
            ssl.keystore.location=\(folder)/identity.pem
            ssl.truststore.type=PEM
            ssl.truststore.location=\(security.authorityFile)
            ssl.client.auth=required
            ssl.principal.mapping.rules=RULE:^.*CN=([^,]+).*$/$1/
            listener.name.passwords.ssl.client.auth=none
            listener.name.passwords.sasl.enabled.mechanisms=PLAIN
            listener.name.passwords.plain.sasl.jaas.config=\
            org.apache.kafka.common.security.plain.PlainLoginModule required\(users);
            authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
            allow.everyone.if.no.acl.found=false
            super.users=\((["broker"] + security.administrators).map { "User:" + $0 }.joined(separator: ";"))

            """
    }
}
