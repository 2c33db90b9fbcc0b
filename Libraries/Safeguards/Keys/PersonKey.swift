import Crypto
package import FoundationEssentials

/// The one key under which everything about one person is sealed. Destroying it erases the person.
package struct PersonKey: Sendable {
    /// Whose it is.
    package let person: UUID
    /// Tells keys apart without showing them; part of everything that is sealed.
    let id: [UInt8]
    let secret: SecretBytes

    static let idBytes = 4

    init(person: UUID, secret: SecretBytes) throws(CryptoError) {
        self.person = person
        self.secret = secret
        var bytes = secret.withBytes { Array($0) }
        defer { bytes.wipe() }
        id = Array(try hmacSHA256(key: bytes, Array("takeup.person-key.1".utf8)).prefix(Self.idBytes))
    }

    static func make(for person: UUID) throws(CryptoError) -> PersonKey {
        try PersonKey(person: person, secret: SecretBytes(random: AES256GCM.keyBytes))
    }
}

extension UUID {
    /// The sixteen bytes, as PostgreSQL stores them.
    var bytes: [UInt8] { withUnsafeBytes(of: uuid) { Array($0) } }
}
