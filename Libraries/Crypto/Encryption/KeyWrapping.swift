/// A key that encrypts other keys, so that those can lie where it does not.
package struct WrappingKey: Sendable {
    /// What wrapped keys name it by.
    package let id: String
    private let key: SecretBytes

    /// The longest name, in characters.
    package static let idCharactersMax = 40

    /// A wrapping key of 32 bytes.
    package init(id: String, key: SecretBytes) throws(CryptoError) {
        guard key.count == AES256GCM.keyBytes, (1...Self.idCharactersMax).contains(id.utf8.count),
            id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { throw CryptoError(.readKey) }
        self.id = id
        self.key = key
    }

    /// The wrapped form of `secret`. It opens only for the same `owner`: wrapped keys cannot be exchanged.
    package func wrap(_ secret: SecretBytes, owner: [UInt8]) throws(CryptoError) -> [UInt8] {
        var bytes = secret.withBytes { Array($0) }
        defer { bytes.wipe() }
        return try AES256GCM.seal(bytes, key: key, associatedData: associatedData(owner))
    }

    /// The key inside `wrapped`. Throws where it was wrapped by another key or for another owner, or was changed.
    package func unwrap(_ wrapped: [UInt8], owner: [UInt8]) throws(CryptoError) -> SecretBytes {
        var bytes = try AES256GCM.open(wrapped, key: key, associatedData: associatedData(owner))
        return SecretBytes(taking: &bytes)
    }

    private func associatedData(_ owner: [UInt8]) -> [UInt8] {
        Array("takeup.wrapped-key.1".utf8) + [0] + Array(id.utf8) + [0] + owner
    }
}
