import Telemetry

/// Which handler answers which method and path.
///
/// ```swift
/// var router = Router()
/// router.get("/cases/{case}/stages/{stage}", UUID.self, Int.self) { request, caseID, stage in
///     try Response.json(await cases.stage(stage, of: caseID))
/// }
/// ```
///
/// A path no route has is answered 404, a known path with another method 405 with `Allow`; `HEAD` is answered by the `GET`
/// handler without its body, `OPTIONS` by the methods there are. A literal segment wins over a parameter.
package struct Router: Sendable {
    private var root = RouteNode()
    private var middlewares: [any Middleware] = []

    /// A router without routes.
    package init() {}

    /// Puts a middleware inside those added before it, around every route.
    package mutating func add(_ middleware: any Middleware) { middlewares.append(middleware) }

    /// Adds a route. `{name}` in the pattern is a parameter; there must be one type for each.
    package mutating func on<each Parameter: PathParameter>(
        _ method: HTTPMethod, _ pattern: String, _ types: repeat (each Parameter).Type,
        handler: @escaping @Sendable (Request, repeat each Parameter) async throws -> Response
    ) {
        let segments = Self.segments(of: pattern)
        var typeCount = 0
        for _ in repeat each types { typeCount += 1 }
        let parameterCount = segments.count { $0.isParameter }
        precondition(
            typeCount == parameterCount,
            "\(pattern) has \(parameterCount) parameters, \(typeCount) types given")
        let route = Route(pattern: pattern) { request, values in
            var remaining = values[...]
            let parameters = (repeat try Self.parameter((each Parameter).self, from: &remaining))
            return try await handler(request, repeat each parameters)
        }
        root = root.inserting(route, method: method, segments: segments[...])
    }

    /// Adds a route for `GET` (and `HEAD`).
    package mutating func get<each Parameter: PathParameter>(
        _ pattern: String, _ types: repeat (each Parameter).Type,
        handler: @escaping @Sendable (Request, repeat each Parameter) async throws -> Response
    ) { on(.get, pattern, repeat each types, handler: handler) }

    /// Adds a route for `POST`.
    package mutating func post<each Parameter: PathParameter>(
        _ pattern: String, _ types: repeat (each Parameter).Type,
        handler: @escaping @Sendable (Request, repeat each Parameter) async throws -> Response
    ) { on(.post, pattern, repeat each types, handler: handler) }

    /// Adds a route for `PUT`.
    package mutating func put<each Parameter: PathParameter>(
        _ pattern: String, _ types: repeat (each Parameter).Type,
        handler: @escaping @Sendable (Request, repeat each Parameter) async throws -> Response
    ) { on(.put, pattern, repeat each types, handler: handler) }

    /// Adds a route for `PATCH`.
    package mutating func patch<each Parameter: PathParameter>(
        _ pattern: String, _ types: repeat (each Parameter).Type,
        handler: @escaping @Sendable (Request, repeat each Parameter) async throws -> Response
    ) { on(.patch, pattern, repeat each types, handler: handler) }

    /// Adds a route for `DELETE`.
    package mutating func delete<each Parameter: PathParameter>(
        _ pattern: String, _ types: repeat (each Parameter).Type,
        handler: @escaping @Sendable (Request, repeat each Parameter) async throws -> Response
    ) { on(.delete, pattern, repeat each types, handler: handler) }

    /// The router with its middlewares around it, as the server runs it. Also the way to try routes without a socket:
    /// errors have become responses, except those that mean 500, which are thrown.
    package var responder: Responder { responder(observedBy: nil) }

    func responder(observedBy logger: Logger?) -> Responder {
        let root = root
        var responder = Responder(Self.dispatch).answeringErrors
        if !middlewares.isEmpty {
            for middleware in middlewares.reversed() { responder = responder.wrapped(in: middleware) }
            responder = responder.answeringErrors
        }
        if let logger { responder = responder.wrapped(in: RequestTelemetry(logger: logger)) }
        let inner = responder
        return Responder { request in
            var request = request
            request.found = root.find(request.segments[...], [])
            return try await inner.respond(to: request)
        }
    }

    private static func dispatch(_ request: Request) async throws -> Response {
        guard let found = request.found else { throw unknownPath }
        let routes = found.node.routes
        if let route = routes[request.method] ?? (request.method == .head ? routes[.get] : nil) {
            return try await route.answer(request, found.values)
        }
        let allow = (name: "Allow", value: found.node.allowedMethods)
        if request.method == .options {
            var response = Response(status: .noContent)
            response.addHeader(allow.name, allow.value)
            return response
        }
        throw Problem(
            .methodNotAllowed, detail: "This path is known, but not with this method.", headers: [allow])
    }

    private static var unknownPath: Problem {
        Problem(.notFound, detail: "There is nothing at this path.")
    }

    private static func parameter<Parameter: PathParameter>(
        _ type: Parameter.Type, from values: inout ArraySlice<String>
    ) throws -> Parameter {
        guard let value = values.popFirst(), let parameter = Parameter(pathSegment: value) else {
            throw unknownPath
        }
        return parameter
    }

    private static func segments(of pattern: String) -> [RouteSegment] {
        precondition(pattern.hasPrefix("/"), "a route begins with a slash: \(pattern)")
        return pattern.dropFirst().isEmpty
            ? []
            : pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { part in
                part.hasPrefix("{") && part.hasSuffix("}") ? .parameter : .literal(String(part))
            }
    }
}
