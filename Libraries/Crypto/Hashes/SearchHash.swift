/// Finds a value that is stored encrypted: the same value gives the same hash, and nobody without the key can try values.
///
/// Each purpose has a key of its own, derived from the one secret (HMAC-SHA-256 as a pseudo-random function, NIST SP
/// 800-108 in counter mode with one block), so that hashes of two columns cannot be compared.
package struct SearchHash: Sendable {
    private let key: SecretBytes

    /// The bytes of the secret, at least.
    package static let secretBytesMin = 32

    /// The hash of `purpose`, for example `person.nhs_number`.
    package init(secret: SecretBytes, purpose: String) throws(CryptoError) {
        guard secret.count >= Self.secretBytesMin, !purpose.isEmpty else { throw CryptoError(.readKey) }
        var secretBytes = secret.withBytes { Array($0) }
        defer { secretBytes.wipe() }
        var derived = try hmacSHA256(
            key: secretBytes, [0, 0, 0, 1] + Array("takeup.search".utf8) + [0] + Array(purpose.utf8) + [0, 0, 1, 0])
        key = SecretBytes(taking: &derived)
    }

    /// 32 bytes. `value` has been brought into its one form before: two spellings give two hashes.
    package func callAsFunction(_ value: String) throws(CryptoError) -> [UInt8] {
        var keyBytes = key.withBytes { Array($0) }
        defer { keyBytes.wipe() }
        return try hmacSHA256(key: keyBytes, Array(value.utf8))
    }
}
