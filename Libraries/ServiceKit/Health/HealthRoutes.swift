package import HTTP
package import Telemetry

extension Router {
    /// Adds `/livez`, `/readyz` and `/metrics`.
    package mutating func addHealthRoutes(_ health: HealthRegistry, metrics: MetricsRegistry = .shared) {
        get("/livez") { _ in await health.response(.live) }
        get("/readyz") { _ in await health.response(.ready) }
        get("/metrics") { _ in
            Response(
                contentType: PrometheusText.contentType, bytes: Array(PrometheusText.render(metrics.snapshot()).utf8))
        }
    }
}

extension HealthRegistry {
    /// 200 when every check is good, else 503; the body says which was not and why.
    func response(_ kind: Kind) async -> Response {
        let findings = await findings(kind)
        let isGood = findings.allSatisfy { $0.finding == .good }
        var json = JSONText()
        json.object { json in
            json.member("status", isGood ? "ok" : "failing")
            json.key("checks")
            json.object { json in
                for (name, finding) in findings {
                    switch finding {
                    case .good: json.member(name, "ok")
                    case .bad(let reason): json.member(name, reason)
                    }
                }
            }
        }
        return Response.json(encoded: json.bytes, status: isGood ? .ok : .serviceUnavailable)
    }
}
