/// Answers a request. A struct, since a bare closure must not be kept in a lock and reads badly in a signature.
package struct Responder: Sendable {
    private let answer: @Sendable (Request) async throws -> Response

    /// A responder that answers by this closure.
    package init(_ answer: @escaping @Sendable (Request) async throws -> Response) {
        self.answer = answer
    }

    /// The answer. Throws what the handler throws; a `Problem` becomes its response, anything else 500.
    package func respond(to request: Request) async throws -> Response { try await answer(request) }
}

/// Something done around every handler: recognising who acts, refusing, counting.
package protocol Middleware: Sendable {
    /// Answers, most often by asking `next`.
    func respond(to request: Request, next: Responder) async throws -> Response
}

extension Responder {
    /// This responder inside a middleware.
    func wrapped(in middleware: any Middleware) -> Responder {
        Responder { request in try await middleware.respond(to: request, next: self) }
    }

    /// This responder with its errors turned into responses.
    var answeringErrors: Responder {
        Responder { request in
            do {
                return try await respond(to: request)
            } catch let problem as Problem {
                return problem.response
            } catch ExchangeError.bodyTooLarge {
                return Problem(.contentTooLarge, detail: "The body is larger than this server takes.")
                    .response
            } catch ExchangeError.bodyMalformed {
                return Problem(.badRequest, detail: "The end of the body is malformed.").response
            } catch is CancellationError {
                return Problem(.serviceUnavailable, detail: "The request was given up.").response
            }
        }
    }
}
