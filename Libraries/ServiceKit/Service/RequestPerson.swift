import Crypto
package import HTTP
import Telemetry

extension ServiceContext {
    /// Who sends a request: the bearer of its token. Throws 401 where there is none or it is not believed; any other reason
    /// than that it has run out goes to the log, not to the sender. Throws 429 where they sent too many.
    package func person(of request: Request) async throws -> ActingPerson {
        let values = request.headers.values("Authorization")
        guard values.count == 1, let value = values.first else { throw Self.unauthorized("A bearer token is needed.") }
        let parts = value.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw Self.unauthorized("A bearer token is needed.")
        }
        let person: ActingPerson
        do {
            person = ActingPerson(try await verifier.claims(of: parts[1], at: now()))
        } catch {
            logger.info("token refused", metadata: ["token.refusal": error.rawValue])
            Counter(label: "tokens_refused_total", dimensions: [("reason", error.rawValue)]).increment()
            // That a token has run out helps whoever holds it, and nobody else.
            throw Self.unauthorized(
                error == .expired ? "The token has run out: sign in again." : "The token is not believed.")
        }
        try quotas.count(person)
        return person
    }

    /// The same, and 403 where the person may not.
    package func person(of request: Request, who may: Permission) async throws -> ActingPerson {
        let person = try await person(of: request)
        guard person.may(may) else {
            throw Problem(
                .forbidden,
                detail: "This takes one of these roles: \(may.roles.map(\.rawValue).sorted().joined(separator: ", ")).")
        }
        return person
    }

    /// Runs `body` as one transaction in which the sender of a request acts.
    package func act<Result: Sendable>(
        _ request: Request, _ permission: Permission, readOnly: Bool = false,
        _ body: @Sendable (Work) async throws -> Result
    ) async throws -> Result {
        try await act(as: await person(of: request, who: permission), permission, readOnly: readOnly, body)
    }

    private static func unauthorized(_ detail: String) -> Problem {
        Problem(.unauthorized, detail: detail, headers: [("WWW-Authenticate", "Bearer realm=\"takeup\"")])
    }
}
