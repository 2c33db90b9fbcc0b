import COpenSSL

/// A public key that checks signatures of the algorithms it was made for and no other.
package struct VerificationKey: Sendable {
    /// The `kid` that tokens name it by.
    package let id: String?
    /// What it may check: pinned here, never chosen by the token.
    package let algorithms: Set<SignatureAlgorithm>

    private let key: KeyPointer

    /// The bits of an RSA modulus.
    package static let rsaBits = 2048...8192

    init(id: String?, algorithms: Set<SignatureAlgorithm>, key: KeyPointer) {
        self.id = id
        self.algorithms = algorithms
        self.key = key
    }

    /// Reads one JSON Web Key (RFC 7517): OKP Ed25519, EC P-256 or RSA. Its `alg`, where it has one, narrows what it may
    /// check; a key meant for encryption is refused, as is one that carries its private part.
    package init(jwk: StrictJSON) throws(CryptoError) {
        guard jwk["use"].map({ $0.string == "sig" }) ?? true, jwk["d"] == nil,
            let type = jwk["kty"]?.string, jwk["kid"] == nil || jwk["kid"]?.string != nil
        else { throw CryptoError(.readKey) }
        id = jwk["kid"]?.string
        let possible: Set<SignatureAlgorithm>
        switch (type, jwk["crv"]?.string) {
        case ("OKP", "Ed25519"):
            key = try Self.ed25519(Self.bytes(jwk, "x"))
            possible = [.edDSA]
        case ("EC", "P-256"):
            key = try Self.p256(Self.bytes(jwk, "x"), Self.bytes(jwk, "y"))
            possible = [.es256]
        case ("RSA", nil):
            key = try Self.rsa(modulus: Self.bytes(jwk, "n"), exponent: Self.bytes(jwk, "e"))
            possible = [.rs256, .ps256]
        default: throw CryptoError(.readKey)
        }
        if let named = jwk["alg"] {
            guard let algorithm = named.string.flatMap(SignatureAlgorithm.init(rawValue:)), possible.contains(algorithm)
            else { throw CryptoError(.readKey) }
            algorithms = [algorithm]
        } else {
            algorithms = possible
        }
    }

    /// Whether `signature` is this key's over `message`. A signature of the wrong length is simply false.
    package func isValid(_ signature: [UInt8], over message: [UInt8], by algorithm: SignatureAlgorithm) -> Bool {
        guard algorithms.contains(algorithm), let signature = asOpenSSLReadsIt(signature, algorithm),
            let context = EVP_MD_CTX_new()
        else { return false }
        defer { EVP_MD_CTX_free(context) }
        defer { ERR_clear_error() }
        var keyContext: OpaquePointer?
        guard EVP_DigestVerifyInit(context, &keyContext, algorithm.digest, nil, key.pointer) == 1,
            configure(keyContext, algorithm)
        else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// JOSE writes an ECDSA signature as two numbers of 32 bytes, OpenSSL reads it as DER.
    private func asOpenSSLReadsIt(_ signature: [UInt8], _ algorithm: SignatureAlgorithm) -> [UInt8]? {
        switch algorithm {
        case .edDSA: return signature.count == 64 ? signature : nil
        case .rs256, .ps256: return signature.count == Int(EVP_PKEY_get_size(key.pointer)) ? signature : nil
        case .es256:
            guard signature.count == 64, let pair = ECDSA_SIG_new() else { return nil }
            defer { ECDSA_SIG_free(pair) }
            guard let r = BN_bin2bn(Array(signature[..<32]), 32, nil) else { return nil }
            guard let s = BN_bin2bn(Array(signature[32...]), 32, nil), ECDSA_SIG_set0(pair, r, s) == 1 else {
                BN_free(r)
                return nil
            }
            var der: UnsafeMutablePointer<UInt8>?
            let length = i2d_ECDSA_SIG(pair, &der)
            guard length > 0, let der else { return nil }
            defer { CRYPTO_free(der, #file, #line) }
            return Array(UnsafeBufferPointer(start: der, count: Int(length)))
        }
    }

    private static func bytes(_ jwk: StrictJSON, _ name: String) throws(CryptoError) -> [UInt8] {
        guard let bytes = jwk[name]?.string.flatMap(Base64URL.decode), !bytes.isEmpty else {
            throw CryptoError(.readKey)
        }
        return bytes
    }

    private static func ed25519(_ x: [UInt8]) throws(CryptoError) -> KeyPointer {
        guard x.count == 32, let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, x, x.count) else {
            throw CryptoError(.readKey)
        }
        return KeyPointer(owning: key)
    }

    private static func p256(_ x: [UInt8], _ y: [UInt8]) throws(CryptoError) -> KeyPointer {
        guard x.count == 32, y.count == 32 else { throw CryptoError(.readKey) }
        let point = [0x04] + x + y
        guard let pointer = copenssl_p256_public_key(point, point.count) else { throw CryptoError(.readKey) }
        let key = KeyPointer(owning: pointer)
        guard key.isSound else { throw CryptoError(.readKey) }
        return key
    }

    private static func rsa(modulus: [UInt8], exponent: [UInt8]) throws(CryptoError) -> KeyPointer {
        guard modulus.count <= rsaBits.upperBound / 8, exponent.count <= 4,
            let n = BN_bin2bn(modulus, Int32(modulus.count), nil)
        else { throw CryptoError(.readKey) }
        defer { BN_free(n) }
        guard let e = BN_bin2bn(exponent, Int32(exponent.count), nil) else { throw CryptoError(.readKey) }
        defer { BN_free(e) }
        // Small exponents made RSA signatures forgeable more than once; everybody uses 65537.
        guard rsaBits.contains(Int(BN_num_bits(n))), BN_is_odd(n) == 1, BN_is_odd(e) == 1, BN_get_word(e) >= 65537
        else { throw CryptoError(.readKey) }
        guard let pointer = copenssl_rsa_public_key(n, e) else { throw CryptoError(.readKey) }
        return KeyPointer(owning: pointer)
    }
}

/// A set of keys (RFC 7517 section 5).
package struct VerificationKeys: Sendable {
    /// The keys that were understood.
    package let keys: [VerificationKey]

    /// More keys than this in one set are refused.
    package static let keysMax = 64

    /// Takes keys that were read one by one.
    package init(_ keys: [VerificationKey]) { self.keys = keys }

    /// Reads a JWKS document. Keys of kinds that Takeup does not use are left out, as the RFC says; a document that is no
    /// key set, or that names two usable keys alike, is refused.
    package init(jwks bytes: [UInt8]) throws(CryptoError) {
        guard let json = try? StrictJSON(bytes), case .array(let entries)? = json["keys"], entries.count <= Self.keysMax
        else { throw CryptoError(.readKey) }
        keys = entries.compactMap { entry in
            do throws(CryptoError) { return try VerificationKey(jwk: entry) } catch { return nil }
        }
        let ids = keys.compactMap(\.id)
        guard Set(ids).count == ids.count else { throw CryptoError(.readKey) }
    }
}
