import Crypto
import HTTP

/// The cookies of a service's pages. With TLS their names begin with `__Host-`, which no other site of the same domain can set.
struct PageCookies: Sendable {
    /// Whether people reach the pages over TLS alone.
    let isSecure: Bool

    /// The token of whoever is signed in.
    var session: String { named("takeup-session") }
    /// What a form has to repeat, so that no other site can send it.
    var form: String { named("takeup-form") }
    /// What a sign-in with a provider has to find again when the person comes back.
    var signIn: String { named("takeup-sign-in") }

    /// A browser keeps no longer ones (RFC 6265, 6.1).
    static let valueBytesMax = 3_800

    private func named(_ name: String) -> String { isSecure ? "__Host-\(name)" : name }

    /// A cookie of ours. Only `.lax` ones come along when somebody follows a link from elsewhere.
    func make(
        _ name: String, _ value: String, lifetime: Duration, sameSite: SetCookie.SameSite
    ) throws(CommandFailure) -> SetCookie {
        guard value.utf8.count <= Self.valueBytesMax, var cookie = SetCookie(name, value, lifetime: lifetime) else {
            throw CommandFailure(.failed, "A cookie cannot hold what it should.")
        }
        cookie.isSecure = isSecure
        cookie.sameSite = sameSite
        return cookie
    }

    /// 256 bits that nobody can guess.
    static func random() -> String { Base64URL.encode(randomBytes(32)) }

    /// Whether a text could be one of those.
    static func isRandom(_ text: String) -> Bool { Base64URL.decode(text)?.count == 32 }

    /// Whether two texts are the same and not empty, in a time that does not tell where they part.
    static func areEqual(_ one: String?, _ other: String?) -> Bool {
        guard let one, let other, !one.isEmpty else { return false }
        return constantTimeEqual(Array(one.utf8), Array(other.utf8))
    }
}
