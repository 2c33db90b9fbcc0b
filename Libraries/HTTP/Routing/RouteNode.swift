/// A handler under the pattern it was registered with.
struct Route: Sendable {
    let pattern: String
    let answer: @Sendable (Request, [String]) async throws -> Response
}

/// One segment of a route's pattern.
enum RouteSegment: Hashable {
    case literal(String)
    case parameter

    var isParameter: Bool { self == .parameter }
}

/// A node of the tree of routes: one for each segment that patterns share.
final class RouteNode: Sendable {
    let literals: [String: RouteNode]
    let parameter: RouteNode?
    let routes: [HTTPMethod: Route]

    init(
        literals: [String: RouteNode] = [:], parameter: RouteNode? = nil,
        routes: [HTTPMethod: Route] = [:]
    ) {
        self.literals = literals
        self.parameter = parameter
        self.routes = routes
    }

    /// What a path leads to: the node, the values of its parameters, and the pattern, the same for every method there.
    struct Found {
        let node: RouteNode
        let values: [String]
        var pattern: String { node.routes.values.first?.pattern ?? "unmatched" }
    }

    /// The node for a path. Literals are tried first; where they lead nowhere the parameter is.
    func find(_ segments: ArraySlice<String>, _ values: [String]) -> Found? {
        guard let first = segments.first else {
            return routes.isEmpty ? nil : Found(node: self, values: values)
        }
        if let next = literals[first], let found = next.find(segments.dropFirst(), values) {
            return found
        }
        return parameter?.find(segments.dropFirst(), values + [first])
    }

    /// The value of `Allow`: what is registered and what the server adds by itself.
    var allowedMethods: String {
        var methods = Set(routes.keys)
        if methods.contains(.get) { methods.insert(.head) }
        methods.insert(.options)
        return methods.map(\.rawValue).sorted().joined(separator: ", ")
    }

    /// A tree with the route added. Two handlers for one method and path are a mistake in the program.
    func inserting(_ route: Route, method: HTTPMethod, segments: ArraySlice<RouteSegment>)
        -> RouteNode
    {
        var literals = literals
        var parameter = parameter
        var routes = routes
        switch segments.first {
        case nil:
            precondition(routes[method] == nil, "\(method.rawValue) \(route.pattern) is registered twice")
            routes[method] = route
        case .literal(let text):
            literals[text] = (literals[text] ?? RouteNode())
                .inserting(route, method: method, segments: segments.dropFirst())
        case .parameter:
            parameter = (parameter ?? RouteNode()).inserting(
                route, method: method, segments: segments.dropFirst())
        }
        return RouteNode(literals: literals, parameter: parameter, routes: routes)
    }
}
