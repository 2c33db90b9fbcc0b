import Crypto
package import FoundationEssentials
package import ServiceKit

/// Somebody who acts in a test, under an id of their own.
package struct TestPerson: Sendable {
    /// The same each time they act.
    package let id = UUID()
    /// What they are.
    package let roles: [Role]

    /// A person with these roles, perhaps none.
    package init(_ roles: Role...) { self.roles = roles }

    /// A token that services configured with ``TestIssuer`` believe for a quarter of an hour from `time`.
    package func token(at time: Date = Date()) throws -> String {
        try TestIssuer.shared.get().issuer.token(
            subject: id.uuidString.lowercased(), name: "A Person", roles: roles.map(\.rawValue),
            scopes: [TestIssuer.scope], at: time,
            lifetime: LocalIdentity.tokenLifetime)
    }
}

/// An identity provider of this process's own. Signing in with a secret is slow on purpose, so tests of what people may do
/// sign their tokens here; how people sign in on a machine is tested where that is.
package struct TestIssuer: Sendable {
    let issuer: TokenIssuer
    private let keysFile: String

    static let shared = Result { try TestIssuer() }

    private static let name = "https://identity.invalid"
    private static let audience = "takeup"
    static let scope = "takeup"

    private init() throws {
        let key = try SigningKey(id: "tests", ed25519Seed: randomBytes(SigningKey.seedBytes))
        issuer = TokenIssuer(name: Self.name, audience: Self.audience, key: key)
        keysFile = try TemporaryFolder.make("issuer").path + "/keys.jwks"
        let keys = StrictJSON.object([.init("keys", .array([key.publicJWK]))])
        try Data(keys.text.utf8).write(to: URL(filePath: keysFile))
    }

    /// The settings with which a service believes its tokens.
    package static func settings() throws -> [String: String] {
        [
            "identity.oidc.issuer": name, "identity.oidc.audience": audience,
            "identity.oidc.scope": scope, "identity.oidc.keys-file": try shared.get().keysFile,
        ]
    }
}
