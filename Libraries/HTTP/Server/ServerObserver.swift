import Synchronization
import Telemetry

/// Counts, times, traces and logs what a server does. Labels come from closed sets (route patterns, methods, statuses,
/// rules); targets, queries and headers never enter a metric or a log.
struct ServerObserver: Sendable {
    let logger: Logger?

    /// A request was refused before a handler was chosen.
    func refused(_ refusal: Refusal) {
        guard let logger else { return }
        Counter(label: "http_server_refusals_total", dimensions: [("rule", refusal.rule.rawValue)])
            .increment()
        logger.info(
            "request refused",
            metadata: [
                "http.rule": refusal.rule.rawValue, "http.status": String(refusal.status.rawValue),
            ])
    }

    /// A handler threw what is not a `Problem`; the client got 500.
    func handlerFailed(_ request: Request, _ error: any Error) {
        logger?.info(
            "request handler failed",
            metadata: [
                "http.method": request.method.rawValue, "http.route": request.route,
                "error.label": errorLabel(error),
            ])
    }

    /// A streamed answer was cut because its producer threw.
    func streamFailed(_ error: any Error) {
        logger?.info("streamed answer failed", metadata: ["error.label": errorLabel(error)])
    }

    /// Something that should not happen did.
    func internalFault(_ kind: StaticString) {
        guard let logger else { return }
        Counter(label: "http_server_faults_total", dimensions: [("kind", kind.description)]).increment()
        logger.info("server fault", metadata: ["http.fault": kind.description])
    }

    /// The HTTP library's own words; they may hold what a client sent, so they are for debugging only.
    func libraryComplained(_ message: String) {
        logger?.debug("http library message", metadata: ["http.library.message": message])
    }
}

/// The outermost middleware: takes the caller's trace, runs the request as a span, counts and times it, writes one line.
struct RequestTelemetry: Middleware {
    let logger: Logger
    private let series = SeriesCache()

    init(logger: Logger) { self.logger = logger }

    func respond(to request: Request, next: Responder) async throws -> Response {
        let began = ContinuousClock.now
        let parent = request.headers["traceparent"].flatMap { TraceContext(traceparent: $0) }
        func respond() async throws -> Response {
            try await withSpan(
                request.route, kind: .server, attributes: ["http.request.method": request.method.rawValue]
            ) { try await next.respond(to: request) }
        }
        let response: Response
        do {
            // Nobody's context is around a request, so none is put in its place where the client sent none.
            response =
                if let parent { try await TraceContext.$current.withValue(parent, operation: respond) } else {
                    try await respond()
                }
        } catch {
            record(request, HTTPStatus.internalServerError, began)
            throw error
        }
        record(request, response.status, began)
        return response
    }

    private func record(_ request: Request, _ status: HTTPStatus, _ began: ContinuousClock.Instant) {
        let duration = ContinuousClock.now - began
        let found = series.find(
            SeriesCache.Key(route: request.route, method: request.method, status: status.rawValue))
        found.count.increment()
        found.duration.record(duration)
        logger.info(
            "request answered",
            metadata: [
                "http.method": request.method.rawValue, "http.route": request.route,
                "http.status": String(status.rawValue),
                "http.duration.microseconds": String(
                    duration.components.seconds * 1_000_000
                        + duration.components.attoseconds / 1_000_000_000_000),
            ])
    }
}

/// The counters and timers of routes that were used, so that a request does not search the registry.
final class SeriesCache: Sendable {
    struct Key: Hashable {
        let route: String
        let method: HTTPMethod
        let status: Int
    }

    struct Series: Sendable {
        let count: Counter
        let duration: Timer
    }

    private let known = Mutex<[Key: Series]>([:])

    func find(_ key: Key) -> Series {
        known.withLock { known in
            if let series = known[key] { return series }
            let dimensions = [("method", key.method.rawValue), ("route", key.route)]
            let series = Series(
                count: Counter(
                    label: "http_server_requests_total",
                    dimensions: dimensions + [("status", String(key.status))]),
                duration: Timer(label: "http_server_request_duration_seconds", dimensions: dimensions))
            known[key] = series
            return series
        }
    }
}
