import Events
import FoundationEssentials
import Kafka
import ServiceKit

/// `takeup broker`: a broker that needs nothing installed and forgets everything when it stops.
enum BrokerVerb {
    static let command = Command(
        "broker", abstract: "Run the embedded broker until it is stopped.",
        discussion: """
            It speaks Kafka's protocol on this machine's loopback address, has every topic, and keeps at most 5 MiB or 100,000
            messages a partition. Set TAKEUP_KAFKA_EMBEDDED=true for the services that use it: the outbox then publishes again
            whatever it forgot. For more than one machine, run Apache Kafka.
            """
    ) { line in
        let port = line.option("port", default: 9092, "Where it listens; 0 takes a free port.")
        return { call in
            guard let port = UInt16(exactly: call[port]) else {
                throw CommandFailure(.badInput, "A port is 0 to 65535.")
            }
            let broker = try EmbeddedBroker(
                topics: Topic.allCases.map { (name: $0.rawValue, partitions: Int(Topic.partitions)) }, port: port)
            call.terminal.output.write("\(broker.bootstrapServers)\n")
            call.terminal.say("Press Ctrl-C to stop it; it forgets everything then.")
            for await _ in call.signals.listen() { break }
            await broker.stop()
            return .success
        }
    }
}
