import Crypto
import FoundationEssentials

/// A signing key of ours in two files: the private one for its owner alone, the public one for whoever checks.
struct SigningKeyFiles: Sendable {
    /// `{"kid": "...", "seed": "..."}`.
    let privateFile: String
    /// A key set (RFC 7517).
    let publicFile: String

    /// Whether there is one already.
    var exist: Bool { FileManager.default.fileExists(atPath: privateFile) }

    /// Makes a new Ed25519 key.
    func create() throws {
        let seed = randomBytes(SigningKey.seedBytes)
        let id = Base64URL.encode(randomBytes(8))
        let key = try SigningKey(id: id, ed25519Seed: seed)
        let secret = StrictJSON.object([.init("kid", .string(id)), .init("seed", .string(Base64URL.encode(seed)))])
        try PrivateFile.write(Array(secret.text.utf8), to: privateFile)
        let keys = StrictJSON.object([.init("keys", .array([key.publicJWK]))])
        try PrivateFile.write(Array(keys.text.utf8), to: publicFile)
    }

    /// The key. Throws where the file cannot be read, others may read it too, or it is damaged.
    func key() throws -> SigningKey {
        let bytes = try PrivateFile.read(privateFile)
        do {
            let json = try StrictJSON(bytes)
            if let id = json["kid"]?.string, let seed = json["seed"]?.string.flatMap(Base64URL.decode) {
                return try SigningKey(id: id, ed25519Seed: seed)
            }
        } catch is StrictJSON.Refusal {
            // Told below, like any other damage.
        }
        throw CommandFailure(.configuration, "\(privateFile) is damaged.", next: "Put back a copy of it.")
    }
}
