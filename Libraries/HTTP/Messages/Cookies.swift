/// The cookies of a request (RFC 6265, 5.4), read from every `Cookie` header. Pairs that are not well formed are left out:
/// a cookie is a hint from the client's past, never a reason to refuse it.
package struct Cookies: Sendable {
    /// Name and value of every cookie, in order.
    package let all: [(name: String, value: String)]

    init(headers: [String]) {
        var all: [(name: String, value: String)] = []
        for pair in headers.lazy.flatMap({ $0.split(separator: ";") }) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let name = trimmed(parts[0])
            var value = trimmed(parts[1])
            if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
                value = value.dropFirst().dropLast()
            }
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte), value.utf8.allSatisfy(isCookieByte)
            else {
                continue
            }
            all.append((String(name), String(value)))
        }
        self.all = all
    }

    /// The first cookie with this name (its case counts), or nil.
    package subscript(name: String) -> String? { all.first { $0.name == name }?.value }
}

/// A cookie to set. Safe unless told otherwise: not readable by scripts, sent over TLS only, never across sites.
package struct SetCookie: Sendable {
    /// Whether the cookie travels with requests that another site started.
    package enum SameSite: String, Sendable {
        case strict = "Strict"
        case lax = "Lax"
    }

    package var name: String
    package var value: String
    package var path = "/"

    /// Nil keeps it until the browser closes; zero deletes it.
    package var lifetime: Duration?
    package var isSecure = true
    package var isHiddenFromScripts = true
    package var sameSite = SameSite.strict

    /// Nil when the name is not a token or the value holds what a cookie may not (RFC 6265, 4.1.1).
    package init?(_ name: String, _ value: String, lifetime: Duration? = nil) {
        guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte), value.utf8.allSatisfy(isCookieByte)
        else { return nil }
        self.name = name
        self.value = value
        self.lifetime = lifetime
    }

    /// The value of the `Set-Cookie` header.
    package var headerValue: String {
        var text = "\(name)=\(value); Path=\(path); SameSite=\(sameSite.rawValue)"
        if let lifetime { text += "; Max-Age=\(lifetime.components.seconds)" }
        if isSecure { text += "; Secure" }
        if isHiddenFromScripts { text += "; HttpOnly" }
        return text
    }
}

private func isCookieByte(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: ",")
        && byte != UInt8(ascii: ";")
        && byte != UInt8(ascii: "\\")
}

private func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.first == " " || text.first == "\t" { text = text.dropFirst() }
    while text.last == " " || text.last == "\t" { text = text.dropLast() }
    return text
}
