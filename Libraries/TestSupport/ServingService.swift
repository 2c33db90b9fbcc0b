import Events
import FoundationEssentials
import HTTP
import Kafka
import ServiceKit

extension ServiceUnderTest {
    /// Runs the whole service (`serve`, with a broker of its own) while `body` speaks to it at the address given, and returns
    /// how it ended once it was told to stop.
    package func serving(
        on port: Int? = nil, _ body: (_ address: String) async throws -> Void
    ) async throws -> VerbResult {
        let broker = try EmbeddedBroker(topics: Topic.allCases.map { ($0.rawValue, 1) })
        let port = try port ?? FreePort.find()
        let served = [
            "kafka.bootstrap-servers=\(broker.bootstrapServers)", "kafka.embedded=true", "http.port=\(port)",
            "log.level=critical",
        ]
        let words = ["serve"] + settings.filter { !$0.hasPrefix("kafka.") } + served.flatMap { ["--set", $0] }
        let signals = SignalSource()
        let (output, messages) = (KeptText(), KeptText())
        async let ending = ServiceMain.perform(
            service.command, words.droppingEmptyOptions, terminal: Terminal(output: output, messages: messages),
            signals: signals)
        var failure: (any Error)?
        do {
            try await Self.waitUntilReady("http://127.0.0.1:\(port)")
            try await body("http://127.0.0.1:\(port)")
        } catch {
            failure = error
        }
        signals.received(.terminate)
        let result = VerbResult(exitCode: await ending, output: output.text, messages: messages.text)
        await broker.stop()
        if let failure { throw failure }
        return result
    }

    private static func waitUntilReady(_ address: String) async throws {
        var configuration = HTTPClientConfiguration()
        configuration.allowsPlainHTTP = true
        let client = HTTPClient(configuration)
        for _ in 0..<1_200 {
            // Nobody answers while it starts.
            let answer = try? await client.send(HTTPClientRequest(.get, address + "/readyz", timeout: .seconds(2)))
            if answer?.status == .ok { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        await client.stop()
    }
}

extension [String] {
    /// Without an option whose value was taken out.
    fileprivate var droppingEmptyOptions: [String] {
        enumerated().filter { index, word in word != "--set" || (index + 1 < count && self[index + 1] != "--set") }
            .map(\.element)
    }
}
