import Foundation
import Testing

@testable import Events

/// Writes the documents that follow from the code: the topics for operators, AsyncAPI for machines and a page for people.
enum ContractDocuments {
    static func topics() -> String {
        let topics = Topic.allCases.map { topic in
            let groups = topic.consumerGroups.map { #""\#($0)""# }.joined(separator: ", ")
            return #"""
                    {
                      "topic": "\#(topic.rawValue)",
                      "partitions": \#(Topic.partitions),
                      "partitioner": "\#(Topic.partitioner)",
                      "retentionMilliseconds": \#(topic.retentionMilliseconds),
                      "key": "\#(topic.key)",
                      "producer": "\#(topic.producer)",
                      "consumerGroups": [\#(groups)]
                    }
                """#
        }
        return "{\n  \"topics\": [\n\(topics.joined(separator: ",\n"))\n  ]\n}\n"
    }

    static func accessRules() -> String {
        let rules = TopicAccess.all.map { access in
            let (kind, name) =
                switch access.resource {
                case .topic(let topic): ("topic", topic.rawValue)
                case .group(let group): ("group", group)
                }
            return
                #"    {"principal": "User:\#(access.service)", "resourceType": "\#(kind)", "resourceName": "\#(name)", "#
                + #""operation": "\#(access.operation.rawValue)"}"#
        }
        return "{\n  \"allow\": [\n\(rules.joined(separator: ",\n"))\n  ]\n}\n"
    }

    /// The text of a field of a schema.
    private static func description(of type: EventType) throws -> String {
        try #require(try SchemaTests.schema(type)["description"]?.string)
    }

    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
    private static func name(_ type: EventType) -> String { "\(type.topic.rawValue)-\(type.event)-v\(type.version)" }

    static func asyncAPI() throws -> String {
        let types = EventCatalogue.contract.payloads.map { $0.type }
        var lines = [
            "# Written by the tests of Events from Topic and EventCatalogue (UPDATE_CONTRACTS=1 writes it anew); not by hand.",
            "asyncapi: 3.0.0",
            "info:",
            "  title: Takeup events",
            "  version: 1.0.0",
            "  description: What the services of Takeup tell each other, as CloudEvents 1.0 in Kafka's binary mode.",
            "  license:",
            "    name: Apache-2.0",
            "defaultContentType: \(EventEnvelope.contentType)",
            "channels:",
        ]
        for topic in Topic.allCases { lines += channel(topic, types.filter { $0.topic == topic }) }
        lines.append("operations:")
        for topic in Topic.allCases where types.contains(where: { $0.topic == topic }) {
            lines += operation("send", topic, service: topic.producer, group: nil)
            for group in topic.consumerGroups { lines += operation("receive", topic, service: group, group: group) }
        }
        lines += ["components:", "  messages:"]
        for type in types { lines += try message(type) }
        lines += ["  messageTraits:", "    event:", "      headers:"] + headers()
        return lines.joined(separator: "\n") + "\n"
    }

    private static func channel(_ topic: Topic, _ types: [EventType]) -> [String] {
        var lines = [
            "  \(topic.rawValue):", "    address: \(topic.rawValue)", "    description: \(quoted(topic.summary))",
        ]
        if !types.isEmpty { lines.append("    messages:") }
        for type in types {
            lines += ["      \(name(type)):", "        $ref: '#/components/messages/\(name(type))'"]
        }
        return lines + [
            "    bindings:", "      kafka:", "        topic: \(topic.rawValue)",
            "        partitions: \(Topic.partitions)",
            "        topicConfiguration:", "          retention.ms: \(topic.retentionMilliseconds)",
            "        bindingVersion: '0.5.0'",
        ]
    }

    private static func operation(_ action: String, _ topic: Topic, service: String, group: String?) -> [String] {
        var lines = [
            "  \(service)-\(action)s-\(topic.rawValue):", "    action: \(action)", "    channel:",
            "      $ref: '#/channels/\(topic.rawValue)'", "    tags:", "      - name: \(service)",
        ]
        if let group {
            lines += [
                "    bindings:", "      kafka:", "        groupId:", "          type: string", "          enum:",
                "            - \(group)", "        bindingVersion: '0.5.0'",
            ]
        }
        return lines
    }

    private static func message(_ type: EventType) throws -> [String] {
        [
            "    \(name(type)):", "      name: \(type)", "      title: \(type.event)",
            "      summary: \(quoted(try description(of: type)))", "      contentType: \(EventEnvelope.contentType)",
            "      traits:", "        - $ref: '#/components/messageTraits/event'", "      payload:",
            "        schemaFormat: application/schema+json;version=draft-2020-12", "        schema:",
            "          $ref: ./events/\(type.dataSchema)", "      bindings:", "        kafka:", "          key:",
            "            type: string", "            format: uuid",
            "            description: \(quoted("The id of the \(type.topic.key)."))",
            "          bindingVersion: '0.5.0'",
        ]
    }

    private static func headers() -> [String] {
        var lines = ["        type: object", "        required:"]
        lines += EventAttribute.allCases.filter(\.isRequired).map { "          - \($0.header)" }
        lines.append("        properties:")
        for attribute in EventAttribute.allCases {
            lines += [
                "          \(attribute.header):", "            type: string",
                "            description: \(quoted(attribute.summary))",
            ]
            switch attribute {
            case .specVersion: lines.append("            const: '\(EventEnvelope.specVersion)'")
            case .contentType: lines.append("            const: \(EventEnvelope.contentType)")
            case .id, .correlationID, .causationID: lines.append("            format: uuid")
            case .time: lines.append("            format: date-time")
            case .aggregateVersion: lines.append("            pattern: '^[1-9][0-9]{0,18}$'")
            default: break
            }
        }
        return lines
    }

    static func events() throws -> String {
        var lines = [
            "# Events",
            "",
            "What the services tell each other. A test writes this page from the code and fails when it is not true",
            "(`UPDATE_CONTRACTS=1 swift test --filter EventsTests` writes it anew).",
            "",
            "An event is a Kafka record: its key is the id of the thing it is about, its value is JSON under the schema that is",
            "linked below, its headers are CloudEvents 1.0 in binary mode. The examples beside each schema are exact bytes.",
            "Every topic has \(Topic.partitions) partitions and the partitioner `\(Topic.partitioner)`.",
        ]
        let types = EventCatalogue.contract.payloads.map { $0.type }
        for topic in Topic.allCases {
            let readers = topic.consumerGroups.map { "`\($0)`" }.joined(separator: ", ")
            let keep = topic.retentionMilliseconds < 0 ? "kept for ever" : "kept for 24 hours"
            lines += [
                "", "## `\(topic.rawValue)`", "", topic.summary, "",
                "Published by `\(topic.producer)`, read by \(readers); keyed by the id of the \(topic.key); \(keep).",
                "",
            ]
            let own = types.filter { $0.topic == topic }
            guard !own.isEmpty else { lines.append("No event of the contract yet."); continue }
            lines += ["| event | what it means |", "|---|---|"]
            for type in own {
                let link = "[`\(type.event)`](../schemas/events/\(type.dataSchema))"
                lines.append("| \(link) | \(try description(of: type)) |")
            }
        }
        lines += ["", "## Headers", "", "| header | | what it is |", "|---|---|---|"]
        for attribute in EventAttribute.allCases {
            lines.append(
                "| `\(attribute.header)` | \(attribute.isRequired ? "always" : "if known") | \(attribute.summary) |")
        }
        lines += [
            "", "## Change", "",
            "A version may gain optional fields and nothing else. Any other change is a new version with its own type and schema,",
            "and both are published until no reader needs the old one. `schemas/LOCK` holds the released schemas to their bytes",
            "(`cd schemas && sha256sum --check LOCK`).",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
