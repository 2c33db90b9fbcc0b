import Events
import Foundation
import Glibc
import Kafka
import Messaging
import Postgres
import Telemetry

/// One small service: takes withdrawn referrals in, writes an effect for each and says that a case was closed.
///
/// It is made to be killed. It ends by itself when its standard input ends, so it never outlives whoever started it.
@main
enum CrashWorker {
    static func main() async throws {
        let settings = try WorkerSettings(Array(CommandLine.arguments.dropFirst()))
        LoggingSystem.bootstrap(StandardError(), level: .info)
        let logger = Logger(label: settings.consumer)

        var options = ConsumerOptions()
        options.sessionTimeout = settings.sessionTimeout
        options.lanes.batchCount = settings.batchCount
        let bus = try KafkaBus(
            KafkaConfiguration(bootstrapServers: settings.brokers, clientID: settings.consumer),
            consumerOptions: options,
            logger: logger)
        let pool = PostgresPool(
            try database(settings.appURL, settings.schema), maximumConnections: 6, logger: logger)
        let consumer = EventConsumer(
            consumer: settings.consumer, topics: [.referrals], pool: pool, bus: bus,
            handler: EffectHandler(settings: settings, pool: pool), logger: logger)
        var relayOptions = RelayOptions()
        // A broker that came back empty is noticed soon.
        relayOptions.logCheckInterval = .seconds(1)
        let relay = Relay(
            configuration: try database(settings.relayURL, settings.schema), bus: bus, options: relayOptions,
            logger: logger)

        await withTaskGroup(of: Void.self) { group in
            group.addTask { await ends(logger) { try await pool.run() } }
            group.addTask { await ends(logger) { try await relay.run() } }
            group.addTask {
                await ends(logger) { try await consumer.run() }
                await relay.stop()
                await pool.stop()
            }
            group.addTask {
                await inputEnds()
                await consumer.stop()
            }
            await group.waitForAll()
        }
    }

    /// A part that fails ends the process with a code that its tests never forgive.
    private static func ends(_ logger: Logger, _ run: () async throws -> Void) async {
        do {
            try await run()
        } catch {
            logger.error("a part of the worker failed", metadata: ["error": "\(error)"])
            exit(70)
        }
    }

    private static func database(_ url: String, _ schema: String) throws -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(url: url)
        configuration.searchPath = [schema]
        return configuration
    }

    /// Reading blocks, so it has a thread of its own.
    private static func inputEnds() async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var byte: UInt8 = 0
                while read(STDIN_FILENO, &byte, 1) > 0 {}
                continuation.resume()
            }
        }
    }
}

/// One line for each message.
private struct StandardError: LogSink {
    func log(_ record: LogRecord) {
        let details = record.metadata.fields.map { " \($0.key)=\($0.value)" }.joined()
        FileHandle.standardError.write(Data("\(Date()) \(record.level) \(record.message)\(details)\n".utf8))
    }
}
