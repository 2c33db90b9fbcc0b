import Crypto
package import FoundationEssentials

/// Who may sign in on one machine where there is no OpenID provider: a folder with a signing key, the public key that
/// services believe, and the people with their roles and their secrets, stretched.
///
/// Its tokens go through the same verifier as a provider's.
package struct LocalIdentity: Sendable {
    /// Where it is.
    package let folder: String

    /// What tokens say in `iss` and `aud`.
    package static let issuer = "takeup-local"
    package static let audience = "takeup"
    /// How long somebody stays signed in.
    package static let tokenLifetime = Duration.seconds(15 * 60)
    /// A secret has at least so many bytes, and at most so many.
    package static let secretBytes = 12...1_024

    /// The identity in `folder`, which need not exist yet.
    package init(folder: String) {
        self.folder = folder
    }

    /// The file that services verify tokens with.
    package var keysFile: String { folder + "/issuer.jwks" }
    private var key: SigningKeyFiles { SigningKeyFiles(privateFile: folder + "/issuer.key", publicFile: keysFile) }
    private var peopleFile: String { folder + "/people.json" }

    /// One person who may sign in.
    package struct Person: Sendable, Equatable {
        /// The same for ever.
        package let id: UUID
        /// What the person types to sign in.
        package let handle: String
        /// For display.
        package let name: String
        /// What the person is.
        package let roles: [Role]
        let secret: PasswordHash
    }

    /// Makes the folder (for its owner only), a new key and an empty list of people. Throws when there is one already.
    package func create() throws {
        guard !key.exist else {
            throw CommandFailure(.failed, "\(folder) holds an identity already.", next: "Choose another folder.")
        }
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try key.create()
        try save([])
    }

    /// Adds a person. The secret comes from a file or a prompt.
    package func add(id: UUID, handle: String, name: String, roles: [Role], secret: [UInt8]) throws {
        guard Self.secretBytes.contains(secret.count) else {
            throw CommandFailure(
                .badInput, "A secret has \(Self.secretBytes.lowerBound) to \(Self.secretBytes.upperBound) bytes.")
        }
        guard (1...64).contains(handle.count),
            handle.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) })
        else { throw CommandFailure(.badInput, "A handle has 1 to 64 letters, digits, dots, dashes and underscores.") }
        var people = try people()
        guard !people.contains(where: { $0.handle == handle || $0.id == id }) else {
            throw CommandFailure(.badInput, "\(handle) is there already.")
        }
        people.append(
            Person(id: id, handle: handle, name: name, roles: roles, secret: try PasswordHash(secret: secret)))
        try save(people)
    }

    /// Everybody who may sign in.
    package func people() throws -> [Person] {
        let json = try Self.json(PrivateFile.read(peopleFile), peopleFile)
        guard case .array(let entries)? = json["people"] else { throw Self.damaged(peopleFile) }
        return try entries.map { entry in
            guard let id = entry["id"]?.string.flatMap(UUID.init(uuidString:)), let handle = entry["handle"]?.string,
                let name = entry["name"]?.string, let roles = entry["roles"]?.strings,
                let secret = entry["secret"]?.string.flatMap(PasswordHash.init(text:))
            else { throw Self.damaged(peopleFile) }
            return Person(
                id: id, handle: handle, name: name, roles: try roles.map(Self.role), secret: secret)
        }
    }

    /// A token for the person, when the secret is theirs. Somebody unknown costs as much time as a wrong secret.
    package func signIn(handle: String, secret: [UInt8], at now: Date) throws -> String {
        let person = try people().first { $0.handle == handle }
        let kept = try person?.secret ?? PasswordHash(secret: [0])
        guard try kept.matches(secret), let person else {
            throw CommandFailure(.notAllowed, "This person and secret do not belong together.")
        }
        return try TokenIssuer(name: Self.issuer, audience: Self.audience, key: try key.key()).token(
            subject: person.id.uuidString.lowercased(), name: person.name, roles: person.roles.map(\.rawValue), at: now,
            lifetime: Self.tokenLifetime)
    }

    private func save(_ people: [Person]) throws {
        let entries = people.map { person in
            StrictJSON.object([
                .init("id", .string(person.id.uuidString.lowercased())), .init("handle", .string(person.handle)),
                .init("name", .string(person.name)), .init("roles", .array(person.roles.map { .string($0.rawValue) })),
                .init("secret", .string(person.secret.text)),
            ])
        }
        try PrivateFile.write(Array(StrictJSON.object([.init("people", .array(entries))]).text.utf8), to: peopleFile)
    }

    private static func role(_ text: String) throws -> Role {
        guard let role = Role(rawValue: text) else { throw CommandFailure(.configuration, "There is no role \(text).") }
        return role
    }

    private static func json(_ bytes: [UInt8], _ path: String) throws -> StrictJSON {
        do { return try StrictJSON(bytes) } catch { throw damaged(path) }
    }

    private static func damaged(_ path: String) -> CommandFailure {
        CommandFailure(
            .configuration, "\(path) is damaged.", next: "Put back a copy of it, or make a new identity folder.")
    }
}
