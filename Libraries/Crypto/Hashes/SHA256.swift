import COpenSSL

/// SHA-256 (FIPS 180-4), at once or piece by piece.
package struct SHA256: ~Copyable {
    /// The bytes of a digest.
    package static let digestBytes = 32

    private let context: OpaquePointer

    /// A digest of nothing yet.
    package init() throws(CryptoError) {
        guard let context = EVP_MD_CTX_new() else { throw CryptoError(.digest) }
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw CryptoError(.digest)
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds bytes.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) throws(CryptoError) {
        guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else { throw CryptoError(.digest) }
    }

    /// Adds bytes.
    package mutating func update(_ bytes: [UInt8]) throws(CryptoError) {
        let added = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        guard added == 1 else { throw CryptoError(.digest) }
    }

    /// The digest of everything that was added, 32 bytes.
    package consuming func finalize() throws(CryptoError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Self.digestBytes)
        guard EVP_DigestFinal_ex(context, &digest, nil) == 1 else { throw CryptoError(.digest) }
        return digest
    }

    /// The digest of `bytes`.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { hash($0) }
    }

    /// The digest of `bytes`.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: digestBytes)
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let done = withExtendedLifetime(bytes) { COpenSSL.SHA256(start, bytes.count, &digest) }
        precondition(done != nil, "SHA-256 of memory cannot fail")
        return digest
    }

    /// The digest of a text's UTF-8, as 64 lower-case hexadecimal digits: how Takeup names a text that was shown.
    package static func hex(of text: String) -> String { Hex.encode(hash(Array(text.utf8))) }
}
