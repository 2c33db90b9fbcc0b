import Foundation
import Testing

@testable import Events

/// The topics in Swift, in `deploy/topics.json`, in AsyncAPI and in the documentation say the same.
@Suite("Topics")
struct TopicTests {
    @Test("deploy/topics.json says what Topic says")
    func topicsFile() throws {
        try Repository.expect("deploy/topics.json", toBe: ContractDocuments.topics())
    }

    @Test("deploy/kafka-acls.json says what TopicAccess says")
    func accessFile() throws {
        try Repository.expect("deploy/kafka-acls.json", toBe: ContractDocuments.accessRules())
        #expect(try Repository.json("deploy/kafka-acls.json")["allow"]?.array?.count == TopicAccess.all.count)
    }

    @Test("a topic is written by its producer alone and read by its consumers alone, and a group is its service's")
    func access() {
        for topic in Topic.allCases {
            func services(_ operation: TopicAccess.Operation) -> [String] {
                TopicAccess.all.filter { $0.resource == .topic(topic) && $0.operation == operation }.map(\.service)
            }
            #expect(services(.write) == (topic == .submissions ? [] : [topic.producer]))
            #expect(services(.read) == topic.consumerGroups.sorted())
        }
        for access in TopicAccess.all {
            if case .group(let group) = access.resource {
                #expect(group == access.service && access.operation == .read)
            }
        }
    }

    @Test("deploy/topics.json is JSON with a topic each")
    func topicsFileIsJSON() throws {
        let names = try #require(try Repository.json("deploy/topics.json")["topics"]?.array).compactMap {
            $0["topic"]?.string
        }
        #expect(names == Topic.allCases.map(\.rawValue))
    }

    @Test("schemas/asyncapi.yaml says what Topic and EventCatalogue say")
    func asyncAPI() throws {
        try Repository.expect("schemas/asyncapi.yaml", toBe: ContractDocuments.asyncAPI())
    }

    @Test("docs/events.md says what Topic and EventCatalogue say")
    func documentation() throws {
        try Repository.expect("docs/events.md", toBe: ContractDocuments.events())
    }

    @Test("no event is published where its own producer reads it")
    func noLoops() {
        for topic in Topic.allCases { #expect(!topic.consumerGroups.contains(topic.producer)) }
    }

    @Test("the dashboard's service reads every topic but submissions")
    func kpiReadsAll() {
        #expect(Topic.allCases.filter { !$0.consumerGroups.contains("kpi") } == [.submissions])
    }

    @Test("a record is kept for ever, but personal data in the clear for a day")
    func retention() {
        for topic in Topic.allCases {
            #expect(topic.retentionMilliseconds == (topic == .submissions ? 86_400_000 : -1))
        }
    }

    @Test("schemas/LOCK holds the SHA-256 of every released schema, in the form sha256sum checks")
    func lock() throws {
        let lines = try Repository.text("schemas/LOCK").split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        #expect(lines.map(\.last) == lines.map(\.last).sorted { ($0 ?? "") < ($1 ?? "") })
        #expect(Set(lines.compactMap(\.last)) == Set(SchemaTests.types.map { "events/\($0.dataSchema)" }))
        let check = Process()
        check.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
        check.arguments = ["--check", "--strict", "--quiet", "LOCK"]
        check.currentDirectoryURL = Repository.root.appending(path: "schemas")
        check.standardInput = FileHandle.nullDevice
        try check.run()
        check.waitUntilExit()
        #expect(check.terminationStatus == 0, "a released schema was changed: make a new version instead")
    }
}
