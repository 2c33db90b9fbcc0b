import FoundationEssentials
import Testing

@testable import HTTP

@Suite("Router")
struct RouterTests {
    private static let caseID = "3f0c1f0e-7a52-4a7e-9d55-6a1f7f5f2b10"

    private func answer(_ method: HTTPMethod, _ target: String, from router: Router) async throws -> Response {
        let request = try #require(Request(method, target))
        return try await router.responder.respond(to: request)
    }

    private var router: Router {
        var router = Router()
        router.get("/") { _ in .text("root") }
        router.get("/cases/{case}/stages/{stage}", UUID.self, Int.self) { _, caseID, stage in
            .text("\(caseID.uuidString.lowercased()) \(stage)")
        }
        router.get("/cases/open") { _ in .text("open") }
        router.get("/cases/{case}", UUID.self) { _, caseID in .text("case") }
        router.post("/cases") { _ in Response(status: .created) }
        router.get("/people/{name}", String.self) { _, name in .text(name) }
        return router
    }

    private func text(_ response: Response) -> String {
        guard case .bytes(let bytes) = response.body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("path parameters arrive typed and in order")
    func typedParameters() async throws {
        let response = try await answer(.get, "/cases/\(Self.caseID)/stages/4", from: router)
        #expect(text(response) == "\(Self.caseID) 4")
    }

    @Test(
        "a segment that is not of its type makes the path unknown",
        arguments: [
            "/cases/not-a-uuid/stages/4", "/cases/\(caseID)/stages/four", "/cases/\(caseID)/stages/+4",
            "/cases/\(caseID)/stages/04", "/cases/\(caseID)/stages/99999999999999999999", "/cases/\(caseID)/stages/",
        ])
    func mistypedParameters(target: String) async throws {
        #expect(try await answer(.get, target, from: router).status == .notFound)
    }

    @Test("a literal segment wins over a parameter, and an encoded slash stays inside its segment")
    func segments() async throws {
        #expect(try await text(answer(.get, "/cases/open", from: router)) == "open")
        #expect(try await text(answer(.get, "/people/a%2Fb%20c", from: router)) == "a/b c")
        #expect(try await text(answer(.get, "/", from: router)) == "root")
        #expect(try await answer(.get, "/people/", from: router).status == .notFound)
        #expect(try await answer(.get, "//people/x", from: router).status == .notFound)
    }

    @Test("another method on a known path is 405 with Allow, OPTIONS tells the same, HEAD is answered as GET")
    func methods() async throws {
        let refused = try await answer(.delete, "/cases", from: router)
        #expect(refused.status == .methodNotAllowed)
        #expect(refused.headers.contains { $0.name == "Allow" && $0.value == "OPTIONS, POST" })
        let options = try await answer(.options, "/cases/open", from: router)
        #expect(options.status == .noContent)
        #expect(options.headers.contains { $0.name == "Allow" && $0.value == "GET, HEAD, OPTIONS" })
        #expect(try await answer(.head, "/cases/open", from: router).status == .ok)
        #expect(try await answer(.options, "/nowhere", from: router).status == .notFound)
    }

    @Test(
        "a target with a broken escape, a NUL, bad UTF-8 or a dot segment is no target",
        arguments: [
            "/a%", "/a%2", "/a%zz", "/a%00b", "/a%ff", "/a/../b", "/a/./b", "/a/%2e%2e/b", "a", "", "/x?a=%00",
            "/x?%zz=1",
        ])
    func malformedTargets(target: String) {
        #expect(RequestTarget(target) == nil)
    }

    @Test("middlewares wrap every route from the outside in, and see refusals as responses")
    func middlewares() async throws {
        struct Stamp: Middleware {
            let name: String
            func respond(to request: Request, next: Responder) async throws -> Response {
                var response = try await next.respond(to: request)
                response.addHeader("X-Stamp", "\(name) \(request.route) \(response.status.rawValue)")
                return response
            }
        }
        var router = router
        router.add(Stamp(name: "outer"))
        router.add(Stamp(name: "inner"))
        let response = try await answer(.get, "/cases/\(Self.caseID)", from: router)
        #expect(
            response.headers.filter { $0.name == "X-Stamp" }.map(\.value)
                == ["inner /cases/{case} 200", "outer /cases/{case} 200"])
        let unknown = try await answer(.get, "/nowhere", from: router)
        #expect(unknown.headers.contains { $0.name == "X-Stamp" && $0.value == "outer unmatched 404" })
    }

    @Test("a problem that a handler throws is its response, in application/problem+json")
    func problems() async throws {
        var router = Router()
        router.get("/x") { _ in
            throw Problem(
                .conflict, type: "/problems/hold", title: "The payment is on hold", detail: "Ask a second person.",
                errors: [.init(place: "/lines/2", detail: "must be positive")])
        }
        let response = try await answer(.get, "/x", from: router)
        #expect(response.status == .conflict)
        #expect(response.headers.contains { $0.name == "Content-Type" && $0.value == "application/problem+json" })
        #expect(
            text(response) == #"{"detail":"Ask a second person.","errors":[{"detail":"must be positive","#
                + #""place":"/lines/2"}],"status":409,"title":"The payment is on hold","type":"/problems/hold"}"#)
    }
}
