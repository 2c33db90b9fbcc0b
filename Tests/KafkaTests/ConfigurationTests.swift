import TestSupport
import Testing

@testable import Kafka

@Suite("Configuration")
struct ConfigurationTests {
    private let library: Int32 = 0x0200_02ff

    private func configuration(_ security: KafkaSecurity = .plaintext, extra: [String: String] = [:])
        -> KafkaConfiguration
    {
        KafkaConfiguration(
            bootstrapServers: "broker:9093", clientID: "case-intake-host", security: security, extra: extra)
    }

    private func properties(
        _ configuration: KafkaConfiguration, _ role: KafkaConfiguration.Role = .producer, library: Int32? = nil
    ) throws -> [String: String] {
        Dictionary(
            try configuration.properties(for: role, libraryVersion: library ?? self.library).map {
                ($0.name, $0.value)
            },
            uniquingKeysWith: { _, last in last })
    }

    @Test("a producer is idempotent, waits for all replicas, has no local time limit and partitions as Java does")
    func producer() throws {
        let set = try properties(configuration())
        #expect(set["enable.idempotence"] == "true")
        #expect(set["acks"] == "all")
        #expect(set["message.timeout.ms"] == "0")
        #expect(set["partitioner"] == "murmur2_random")
        #expect(set["queue.buffering.max.messages"] == "20000")
        #expect(set["queue.buffering.max.kbytes"] == "65536")
    }

    @Test("a consumer commits by itself nothing, begins at the beginning and uses eager assignors only")
    func consumer() throws {
        let role = KafkaConfiguration.Role.consumer(
            group: "kpi", sessionTimeout: .seconds(10), maxPollInterval: .seconds(60))
        let set = try properties(configuration(), role)
        #expect(set["enable.auto.commit"] == "false")
        #expect(set["enable.auto.offset.store"] == "false")
        #expect(set["auto.offset.reset"] == "earliest")
        #expect(set["partition.assignment.strategy"] == "range,roundrobin")
        #expect(set["session.timeout.ms"] == "10000")
        #expect(set["max.poll.interval.ms"] == "60000")
        #expect(set["group.id"] == "kpi")
        #expect(set["allow.auto.create.topics"] == "false")
    }

    @Test("librdkafka accepts every property that we set, for each role and kind of security")
    func accepted() throws {
        let tls = KafkaTLS()
        let password = KafkaSecret("word")
        for security in [.plaintext, .tls(tls), .saslPlain(username: "u", password: password, tls: tls)]
            as [KafkaSecurity]
        {
            let set = try configuration(security).properties(for: .producer, libraryVersion: library)
            #expect(!set.isEmpty)
        }
        // Making the clients is librdkafka's own check.
        let logger = testLogger
        _ = try KafkaProducer(configuration(.tls(tls)), logger: logger)
        _ = try KafkaProducer(configuration(.saslPlain(username: "u", password: password, tls: tls)), logger: logger)
        _ = try KafkaAdmin(configuration(), logger: logger)
    }

    @Test("an operator's property is passed on, and one that a guarantee rests on is refused by name")
    func extra() throws {
        #expect(try properties(configuration(extra: ["linger.ms": "20"]))["linger.ms"] == "20")
        for name in KafkaConfiguration.reservedProperties {
            #expect { try properties(configuration(extra: [name: "x"])) } throws: { error in
                "\(error)".contains(name)
            }
        }
        #expect { try KafkaProducer(configuration(extra: ["no.such": "x"]), logger: testLogger) } throws: { error in
            "\(error)".contains("no.such")
        }
    }

    @Test("TLS verifies the broker's name and takes a certificate and its key together")
    func tls() throws {
        let tls = KafkaTLS(
            authorityFile: "/ca.pem", certificateFile: "/me.pem", keyFile: "/me.key", keyPassword: .init("p"))
        let set = try properties(configuration(.tls(tls)))
        #expect(set["security.protocol"] == "ssl")
        #expect(set["ssl.endpoint.identification.algorithm"] == "https")
        #expect(set["ssl.ca.location"] == "/ca.pem")
        #expect(set["ssl.certificate.location"] == "/me.pem")
        #expect(set["ssl.key.location"] == "/me.key")
        #expect(set["ssl.key.password"] == "p")
        #expect(throws: KafkaError.self) { try properties(configuration(.tls(KafkaTLS(certificateFile: "/me.pem")))) }
        #expect(throws: KafkaError.self) { try properties(configuration(.tls(KafkaTLS(keyFile: "/me.key")))) }
    }

    @Test("SASL PLAIN goes inside TLS, and needs a name and a password")
    func saslPlain() throws {
        let set = try properties(configuration(.saslPlain(username: "u", password: .init("p"), tls: KafkaTLS())))
        #expect(set["security.protocol"] == "sasl_ssl")
        #expect(set["sasl.mechanisms"] == "PLAIN")
        #expect(throws: KafkaError.self) {
            try properties(configuration(.saslPlain(username: "", password: .init("p"), tls: KafkaTLS())))
        }
        #expect(throws: KafkaError.self) {
            try properties(configuration(.saslPlain(username: "u", password: .init(""), tls: KafkaTLS())))
        }
    }

    @Test(
        "SCRAM is refused with its reason below librdkafka 2.6.1 and set up from there on",
        arguments: [
            (Int32(0x0200_02ff), false), (0x0206_00ff, false), (0x0206_01ff, true), (0x0210_00ff, true),
        ])
    func scram(version: Int32, works: Bool) throws {
        let scram = KafkaSecurity.saslSCRAM(mechanism: .sha512, username: "u", password: .init("p"), tls: KafkaTLS())
        if works {
            #expect(try properties(configuration(scram), library: version)["sasl.mechanisms"] == "SCRAM-SHA-512")
        } else {
            #expect { try properties(configuration(scram), library: version) } throws: { error in
                "\(error)".contains("2.6.1")
            }
        }
    }

    @Test("a password shows itself nowhere")
    func secret() {
        let security = KafkaSecurity.saslPlain(username: "u", password: .init("hunter2"), tls: KafkaTLS())
        var text = "\(configuration(security)) \(String(reflecting: configuration(security)))"
        dump(configuration(security), to: &text)
        #expect(!text.contains("hunter2"))
    }

    @Test("options that do not fit together are refused")
    func options() throws {
        func consumer(_ change: (inout ConsumerOptions) -> Void) throws {
            var options = ConsumerOptions()
            change(&options)
            _ = try KafkaConsumer(
                configuration(), group: "g", topics: ["t"], options: options, logger: testLogger, handler: { _ in })
        }
        try consumer { _ in }
        #expect(throws: KafkaError.self) { try consumer { $0.lanes.countLow = $0.lanes.countHigh } }
        #expect(throws: KafkaError.self) { try consumer { $0.maxPollInterval = $0.drainTimeout + $0.commitTimeout } }
        #expect(throws: KafkaError.self) { try consumer { $0.backoffMin = .zero } }
        #expect(throws: KafkaError.self) {
            try KafkaConsumer(configuration(), group: "", topics: ["t"], logger: testLogger, handler: { _ in })
        }
        #expect(throws: KafkaError.self) {
            try KafkaConsumer(configuration(), group: "g", topics: [], logger: testLogger, handler: { _ in })
        }
    }

    @Test("the pause between tries doubles up to its limit")
    func backoff() {
        let options = ConsumerOptions()
        #expect(options.backoff(afterFailures: 1) == .milliseconds(100))
        #expect(options.backoff(afterFailures: 2) == .milliseconds(200))
        #expect(options.backoff(afterFailures: 6) == .milliseconds(3_200))
        #expect(options.backoff(afterFailures: 7) == .seconds(5))
        #expect(options.backoff(afterFailures: 10_000) == .seconds(5))
    }

    @Test("errors have bounded labels and show no detail")
    func errors() {
        let error = KafkaError(.broker(name: "_UNKNOWN_TOPIC"), detail: "10.0.0.7:9092")
        #expect(error.shortLabel == "kafka.local-unknown-topic")
        #expect(error.description == "kafka.local-unknown-topic")
        #expect(error.debugDescription.contains("10.0.0.7"))
    }

    @Test("statistics are read, and what is none is nil")
    func statistics() {
        let text = #"{"msg_cnt":3,"msg_size":99,"topics":{"cases":{"partitions":{"0":{"consumer_lag":7},"-1":{}}}},"#
        let group = #""cgrp":{"state":"wait-coord","stateage":10001,"more":1}}"#
        let read = LibraryStatistics.parse(text + group)
        #expect(read?.group?.isLost(after: .seconds(10)) == true)
        #expect(read?.group?.isLost(after: .milliseconds(10_001)) == false)
        #expect(read?.queuedRecords == 3)
        #expect(read?.topics["cases"]?.partitions["0"]?.consumerLag == 7)
        #expect(LibraryStatistics.parse("{}") == nil)
        #expect(LibraryStatistics.parse("") == nil)
    }

    @Test("a topic's retention becomes its setting")
    func retention() {
        #expect(TopicSpec(name: "cases", partitions: 12).allSettings == ["retention.ms": "-1"])
        let day = TopicSpec(name: "submissions", partitions: 12, retention: .time(.seconds(86_400)))
        #expect(day.allSettings == ["retention.ms": "86400000"])
    }
}
