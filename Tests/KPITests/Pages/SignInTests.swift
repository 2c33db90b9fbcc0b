import Foundation
import HTTP
import ServiceKit
import TestSupport
import Testing

@testable import KPI

@Suite("Signing in to pages", .serialized)
struct SignInTests {
    private static let secret = "a secret of twelve and more"

    /// kpi with a local identity: an analyst and a partner.
    private func serving(_ body: (TestBrowser) async throws -> Void) async throws {
        let folder = try TemporaryFolder.make("identity").path + "/identity"
        let identity = LocalIdentity(folder: folder)
        try identity.create()
        for (handle, role) in [("tom", Role.performanceAnalyst), ("hospital", .referralPartner)] {
            try identity.add(
                id: UUID(), handle: handle, name: handle, roles: [role], secret: Array(Self.secret.utf8))
        }
        try await Readers.with(settings: ["identity.folder": folder]) { readers in
            let ending = try await readers.service.serving { address in
                let browser = TestBrowser(at: address)
                try await body(browser)
                await browser.close()
            }
            #expect(ending.exitCode == .success, "\(ending.messages)")
        }
    }

    private func signIn(
        _ browser: TestBrowser, as person: String = "tom", secret: String = Self.secret, next: String = "/"
    ) async throws -> HTTPClientResponse {
        _ = try await browser.get("/sign-in")
        let form = await browser.cookies["takeup-form"] ?? ""
        return try await browser.post(
            "/sign-in", [("person", person), ("secret", secret), ("next", next), ("form", form)])
    }

    @Test("a person signs in, sees the page they asked for, and signs out")
    func wholeWay() async throws {
        try await serving { browser in
            let asked = try await browser.get("/?as-of=2026-03-31")
            #expect(asked.status == .seeOther)
            let location = try #require(asked[header: "Location"])
            #expect(location == "/sign-in?next=%2F%3Fas-of%3D2026-03-31")
            let page = try await browser.get(location)
            #expect(page.text.contains("value=\"/?as-of=2026-03-31\""))
            #expect(page[header: "Content-Security-Policy"]?.contains("frame-ancestors 'none'") == true)

            let answer = try await signIn(browser, next: "/?as-of=2026-03-31")
            #expect(answer.status == .seeOther)
            #expect(answer[header: "Location"] == "/?as-of=2026-03-31")
            let cookie = try #require(await browser.lastSetCookies.first { $0.hasPrefix("takeup-session=") })
            #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"))
            #expect(try await browser.get("/?as-of=2026-03-31").text.contains("Direct payments on"))

            let token = try #require(await browser.cookies["takeup-session"])
            _ = try await browser.get("/sign-out")
            let form = await browser.cookies["takeup-form"] ?? ""
            #expect(try await browser.post("/sign-out", [("form", form)]).status == .seeOther)
            #expect(await browser.cookies["takeup-session"] == nil)
            #expect(try await browser.get("/").status == .seeOther)

            // Also for whoever took the token while it was in use.
            await browser.set("takeup-session", token)
            #expect(try await browser.get("/").status == .seeOther)
        }
    }

    @Test("without a sign-in a program is told 401, and somebody in another role sees nothing")
    func refused() async throws {
        try await serving { browser in
            #expect(try await browser.get("/measures.json", accept: "application/json").status == .unauthorized)
            for token in ["", "x.y.z", try TestPerson(.performanceAnalyst).token() + "x"] {
                await browser.set("takeup-session", token)
                #expect(try await browser.get("/").status == .seeOther)
            }
            await browser.set("takeup-session", nil)
            #expect(try await signIn(browser, as: "hospital").status == .seeOther)
            let page = try await browser.get("/")
            #expect(page.status == .forbidden)
            #expect(page.text.contains("None of your roles"))
        }
    }

    @Test("a form that did not come from a page of the service is refused, whatever else is right")
    func forgery() async throws {
        try await serving { browser in
            _ = try await browser.get("/sign-in")
            let form = await browser.cookies["takeup-form"] ?? ""
            let right = [(name: "person", value: "tom"), ("secret", Self.secret), ("next", "/")]
            for fields in [right, right + [("form", "")], right + [("form", form + "x")], right + [("form", "x")]] {
                #expect(try await browser.post("/sign-in", fields).status == .forbidden)
            }
            for origin in ["https://evil.example", "null", "http://127.0.0.1"] {
                let answer = try await browser.post("/sign-in", right + [("form", form)], origin: origin)
                #expect(answer.status == .forbidden, "\(origin)")
            }
            await browser.set("takeup-form", nil)
            #expect(try await browser.post("/sign-in", right + [("form", form)]).status == .forbidden)
            #expect(await browser.cookies["takeup-session"] == nil)
            #expect(try await browser.post("/sign-out", [("form", form)]).status == .forbidden)
        }
    }

    @Test("whoever signs in goes on to a page of this service and nowhere else")
    func openRedirects() async throws {
        try await serving { browser in
            for next in ["https://evil.example", "//evil.example", "/\\evil.example", "/\r\nX: y", "evil", ""] {
                let answer = try await signIn(browser, next: next)
                #expect(answer.status == .seeOther)
                #expect(answer[header: "Location"] == "/", "\(next)")
            }
        }
    }

    @Test("a wrong secret is tried ten times in a quarter of an hour, and an unknown name costs the same answer")
    func guessing() async throws {
        try await serving { browser in
            let unknown = try await signIn(browser, as: "nobody", secret: "wrong")
            let wrong = try await signIn(browser, secret: "wrong")
            #expect(unknown.status == .forbidden && wrong.status == .forbidden)
            #expect(wrong.text.contains("do not belong together"))
            #expect(!wrong.text.contains("value=\"wrong\""))
            for _ in 1..<10 { #expect(try await signIn(browser, secret: "wrong").status == .forbidden) }
            #expect(try await signIn(browser, secret: "wrong").status == .tooManyRequests)
            #expect(try await signIn(browser).status == .tooManyRequests)
            #expect(try await signIn(browser, as: "hospital").status == .seeOther)
        }
    }

    @Test("names cannot be tried one after another from one address without end")
    func guessingNames() async throws {
        try await serving { browser in
            var statuses: [HTTPStatus] = []
            for number in 0..<600 where statuses.last != .tooManyRequests {
                statuses.append(try await signIn(browser, as: "name-\(number)", secret: "wrong").status)
            }
            #expect(statuses.count > 60)
            #expect(statuses.dropLast().allSatisfy { $0 == .forbidden })
            #expect(statuses.last == .tooManyRequests)
        }
    }
}
