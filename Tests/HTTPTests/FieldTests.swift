import FoundationEssentials
import Testing

@testable import HTTP

private struct Line: Decodable { let amount: Int }
private struct Body: Decodable { let lines: [Line] }

@Suite("Cookies and forms")
struct FieldTests {
    @Test("cookies are read from every header, and pairs that are malformed are left out")
    func cookies() {
        let cookies = Cookies(headers: ["a=1; b=\"2\"; broken; =x; c d=3", "e=f=g; a=second; bad=\u{1}"])
        #expect(cookies.all.map(\.name) == ["a", "b", "e", "a"])
        #expect(cookies["a"] == "1")
        #expect(cookies["b"] == "2")
        #expect(cookies["e"] == "f=g")
        #expect(cookies["A"] == nil)
    }

    @Test("a cookie to set is safe unless told otherwise, and cannot begin another header")
    func setCookie() throws {
        let cookie = try #require(SetCookie("session", "abc", lifetime: .seconds(60)))
        #expect(cookie.headerValue == "session=abc; Path=/; SameSite=Strict; Max-Age=60; Secure; HttpOnly")
        for (name, value) in [("a b", "c"), ("a", "b;c"), ("a", "b\r\nc"), ("", "b"), ("a", "b c"), ("a", "ü")] {
            #expect(SetCookie(name, value) == nil)
        }
    }

    @Test("a form's fields are decoded; a broken one, or too many, is refused")
    func forms() async throws {
        let form = try #require(FormFields(encoded: "name=A+B%26C&empty=&flag&name=second"))
        #expect(form["name"] == "A B&C")
        #expect(form.values("name") == ["A B&C", "second"])
        #expect(form["empty"] == "")
        #expect(form["flag"] == "")
        #expect(form["other"] == nil)
        #expect(FormFields(encoded: "a=%") == nil)
        let many = Array(repeating: "a=b", count: FormFields.fieldCountMax).joined(separator: "&")
        #expect(FormFields(encoded: many[...]) != nil)
        #expect(FormFields(encoded: (many + "&a=b")[...]) == nil)
    }

    @Test("JSON of the wrong shape is told by its place and never by its value")
    func json() async throws {
        func refusal(_ text: String, type: String = "application/json; charset=utf-8") async -> Problem? {
            guard let request = Request(.post, "/x", headers: [("Content-Type", type)], body: Array(text.utf8)) else {
                return nil
            }
            return await #expect(throws: Problem.self) { _ = try await request.json(Body.self) }
        }
        let right = try #require(
            Request(
                .post, "/x", headers: [("Content-Type", "application/json")],
                body: Array(#"{"lines":[{"amount":1}]}"#.utf8)))
        let body = try await right.json(Body.self)
        #expect(body.lines.map(\.amount) == [1])
        let wrong = await refusal(#"{"lines":[{"amount":1},{"amount":"secret"}]}"#)
        #expect(wrong?.status == .badRequest)
        #expect(wrong?.detail == "The value at lines[1].amount has the wrong type.")
        #expect(await refusal("{")?.detail == "The body is not JSON.")
        #expect(await refusal("{}")?.detail == "The body lacks \"lines\".")
        #expect(await refusal("{}", type: "text/plain")?.status == .unsupportedMediaType)
    }
}
