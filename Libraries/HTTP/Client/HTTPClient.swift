import CCurl
import Synchronization
import Telemetry

/// An HTTP client over libcurl. All its connections live on one thread of its own, so that no cooperative thread ever
/// waits. It follows no redirect, keeps no cookie, and bounds time and size of every answer.
package final class HTTPClient: Sendable {
    private let configuration: HTTPClientConfiguration
    private let loop: TransferLoop

    /// A client; its thread starts at once and ends with `stop()` or with the client.
    package init(_ configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
        self.configuration = configuration
        let loop = TransferLoop(
            requestsMax: configuration.requestsMax, connectionsMax: configuration.connectionsMax)
        self.loop = loop
        NativeThread.start { loop.run() }
    }

    deinit { loop.requestStop() }

    /// Requests that were taken and have not ended.
    var requestsInHand: Int { loop.inHand }

    /// Sends a request and waits for the whole answer. Carries the running trace to the other side. Throws
    /// `HTTPClientError` when there is no answer; a status of any kind is an answer.
    package func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        var request = request
        if let trace = TraceContext.current,
            !request.headers.contains(where: { $0.name.lowercased() == "traceparent" })
        {
            request.headers.append(("traceparent", trace.traceparent))
        }
        let transfer = try Transfer(request, configuration)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                transfer.begin(continuation)
                if let refusal = loop.add(transfer) { transfer.finish(.failure(HTTPClientError(refusal))) }
            }
        } onCancel: {
            loop.cancel(transfer)
        }
    }

    /// Lets requests in hand finish (their time-outs bound that), refuses new ones, and ends the thread.
    package func stop() async {
        loop.requestStop()
        await loop.ended.wait()
    }
}
