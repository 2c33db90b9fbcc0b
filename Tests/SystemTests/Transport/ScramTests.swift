import ServiceKit
import TestSupport
import Testing

@testable import KPI

@Suite("SCRAM with a librdkafka that cannot do it")
struct ScramTests {
    @Test("the start and the doctor say which version can, and what to do instead")
    func refused() async throws {
        let settings = ["kafka.security": "sasl-scram-sha-256", "kafka.username": "kpi"]
        try await ServiceUnderTest.with(KPI.Main.service, settings: settings) { service in
            let serve = try await service.run(["serve"])
            #expect(serve.exitCode == .configuration)
            let doctor = try await service.run(["doctor"])
            #expect(doctor.exitCode == .foundProblems)
            for words in [serve.messages, doctor.output] {
                #expect(words.contains("librdkafka 2.6.1") && words.contains("client certificates"), "\(words)")
            }
        }
    }
}
