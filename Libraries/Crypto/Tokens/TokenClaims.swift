package import FoundationEssentials

/// What a believed token says.
package struct TokenClaims: Sendable, Equatable {
    /// Who said it.
    package let issuer: String
    /// About whom.
    package let subject: String
    /// The person's name for display, when it says so.
    package let name: String?
    /// From when to when it holds.
    package let issuedAt: Date?
    package let expiresAt: Date
    /// Its own id, for those who keep a list of tokens that were used.
    package let id: String?
    /// What whoever asked for it gave along, to know it again (OpenID Connect Core, section 2).
    package let nonce: String?
    /// What it lets its bearer do (`scope`, split at spaces).
    package let scopes: Set<String>
    /// Which roles its subject has (`roles`, an array or joined by commas).
    package let roles: Set<String>

    /// Reads the claims that Takeup knows; the others are nobody's business here.
    init(_ json: StrictJSON) throws(TokenRefusal) {
        guard case .object = json, let issuer = json["iss"]?.string, let subject = json["sub"]?.string,
            !subject.isEmpty, subject.utf8.count <= 256, let expiresAt = try Self.date(json, "exp")
        else { throw .badClaims }
        self.issuer = issuer
        self.subject = subject
        self.expiresAt = expiresAt
        issuedAt = try Self.date(json, "iat")
        name = try Self.text(json, "name")
        id = try Self.text(json, "jti")
        nonce = try Self.text(json, "nonce")
        scopes = try Self.words(try Self.text(json, "scope") ?? "", separator: " ")
        if let roles = json["roles"]?.strings {
            self.roles = Set(roles)
        } else {
            roles = try Self.words(try Self.text(json, "roles") ?? "", separator: ",")
        }
    }

    private static func text(_ json: StrictJSON, _ name: String) throws(TokenRefusal) -> String? {
        guard let value = json[name], value != .null else { return nil }
        guard let text = value.string else { throw .badClaims }
        return text
    }

    private static func words(_ text: String, separator: Character) throws(TokenRefusal) -> Set<String> {
        guard !text.isEmpty else { return [] }
        let words = text.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
        guard !words.contains("") else { throw .badClaims }
        return Set(words)
    }

    /// A NumericDate: seconds since 1970, whole or not, between 1970 and the year 5138.
    static func date(_ json: StrictJSON, _ name: String) throws(TokenRefusal) -> Date? {
        guard let value = json[name] else { return nil }
        guard case .number(let text) = value, let seconds = Double(text), (0...1e11).contains(seconds) else {
            throw .badClaims
        }
        return Date(timeIntervalSince1970: seconds)
    }
}
