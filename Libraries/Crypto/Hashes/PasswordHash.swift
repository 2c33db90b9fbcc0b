import COpenSSL

/// A secret as it is kept: stretched by scrypt (RFC 7914) with a salt of its own, so that whoever reads the file has to
/// spend 16 MiB and tens of milliseconds on every guess.
package struct PasswordHash: Sendable, Equatable {
    /// 2 to this power is scrypt's N.
    package static let costLogarithm: UInt64 = 14
    private static let blockSize: UInt64 = 8
    private static let memoryMax: UInt64 = 64 << 20
    private static let saltBytes = 16
    private static let hashBytes = 32

    private let salt: [UInt8]
    private let hash: [UInt8]

    /// The hash of a new secret. Costs tens of milliseconds: not for the cooperative threads of a busy server.
    package init(secret: [UInt8], salt: [UInt8]? = nil) throws(CryptoError) {
        self.salt = salt ?? randomBytes(Self.saltBytes)
        hash = try Self.stretch(secret, self.salt)
    }

    /// Reads what ``text`` wrote; nil when it is anything else.
    package init?(text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "scrypt", parts[1] == "14,8,1",
            let salt = Base64URL.decode(String(parts[2])), salt.count == Self.saltBytes,
            let hash = Base64URL.decode(String(parts[3])), hash.count == Self.hashBytes
        else { return nil }
        self.salt = salt
        self.hash = hash
    }

    /// `scrypt$14,8,1$salt$hash`.
    package var text: String {
        "scrypt$\(Self.costLogarithm),8,1$\(Base64URL.encode(salt))$\(Base64URL.encode(hash))"
    }

    /// Whether `secret` is the one this was made of.
    package func matches(_ secret: [UInt8]) throws(CryptoError) -> Bool {
        constantTimeEqual(try Self.stretch(secret, salt), hash)
    }

    private static func stretch(_ secret: [UInt8], _ salt: [UInt8]) throws(CryptoError) -> [UInt8] {
        var key = [UInt8](repeating: 0, count: hashBytes)
        let done = secret.withUnsafeBytes { secret in
            EVP_PBE_scrypt(
                secret.baseAddress?.assumingMemoryBound(to: CChar.self), secret.count, salt, salt.count,
                1 << costLogarithm, blockSize, 1, memoryMax, &key, key.count)
        }
        guard done == 1 else { throw CryptoError(.stretch) }
        return key
    }
}
