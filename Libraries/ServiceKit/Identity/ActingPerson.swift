package import Crypto
package import FoundationEssentials

/// Who is acting: somebody whose token was believed.
package struct ActingPerson: Sendable, Equatable {
    /// The person's id, the same in every service and for ever.
    package let id: UUID
    /// For display only, never for a log.
    package let name: String
    /// What the person is in this work; roles that Takeup does not know are left out.
    package let roles: Set<Role>
    /// What the token lets a partner's system do.
    package let scopes: Set<String>

    /// The person that a token tells of. A subject that is no UUID (OpenID providers choose their own) gets one made of
    /// issuer and subject, the same each time.
    package init(_ claims: TokenClaims) {
        id = UUID(uuidString: claims.subject) ?? Self.id(issuer: claims.issuer, subject: claims.subject)
        name = claims.name ?? claims.subject
        roles = Set(claims.roles.compactMap(Role.init(rawValue:)))
        scopes = claims.scopes
    }

    /// A person as a test needs one.
    package init(id: UUID, name: String, roles: Set<Role>, scopes: Set<String> = []) {
        self.id = id
        self.name = name
        self.roles = roles
        self.scopes = scopes
    }

    /// Whether one of the person's roles allows it. A machine has no roles: what it may do is a scope of its token, and of few
    /// permissions alone.
    package func may(_ permission: Permission) -> Bool {
        !roles.isDisjoint(with: permission.roles)
            || (roles.isEmpty && permission.isForMachines && scopes.contains(permission.rawValue))
    }

    /// Throws, with who may, when the person may not.
    package func require(_ permission: Permission) throws(CommandFailure) {
        guard !may(permission) else { return }
        let allowed = permission.roles.map(\.rawValue).sorted().joined(separator: ", ")
        throw CommandFailure(
            .notAllowed, "You may not do this (\(permission.rawValue)).",
            why: "It takes one of these roles: \(allowed).",
            next: "Ask somebody who has one, or sign in as yourself again if your roles have changed.")
    }

    /// A name-based UUID of version 8 (RFC 9562) over SHA-256.
    private static func id(issuer: String, subject: String) -> UUID {
        var bytes = Array(SHA256.hash(Array("\(issuer)\u{0}\(subject)".utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        return UUID(
            uuid: (
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7], bytes[8], bytes[9],
                bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]
            ))
    }
}
