import COpenSSL

/// A private key that signs by one algorithm. Takeup's own are Ed25519; the others are for those who have to test against
/// what other issuers use.
package struct SigningKey: Sendable {
    /// The `kid` that tokens name it by.
    package let id: String
    /// How it signs.
    package let algorithm: SignatureAlgorithm

    private let key: KeyPointer

    /// The bytes of an Ed25519 key's seed.
    package static let seedBytes = 32

    /// The Ed25519 key that grows from `seed`.
    package init(id: String, ed25519Seed seed: [UInt8]) throws(CryptoError) {
        guard seed.count == Self.seedBytes,
            let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
        else { throw CryptoError(.readKey) }
        self.id = id
        self.key = KeyPointer(owning: key)
        algorithm = .edDSA
    }

    /// A new key; RSA keys have 2048 bits.
    package init(generating algorithm: SignatureAlgorithm, id: String) throws(CryptoError) {
        let type =
            switch algorithm {
            case .edDSA: EVP_PKEY_ED25519
            case .es256: EVP_PKEY_EC
            case .rs256, .ps256: EVP_PKEY_RSA
            }
        guard let context = EVP_PKEY_CTX_new_id(type, nil) else { throw CryptoError(.makeKey) }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            algorithm != .es256 || EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            type != EVP_PKEY_RSA || EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) == 1,
            EVP_PKEY_keygen(context, &key) == 1, let key
        else { throw CryptoError(.makeKey) }
        self.id = id
        self.algorithm = algorithm
        self.key = KeyPointer(owning: key)
    }

    /// The signature over `message`, in JOSE's form.
    package func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw CryptoError(.sign) }
        defer { EVP_MD_CTX_free(context) }
        var keyContext: OpaquePointer?
        var length = 0
        guard EVP_DigestSignInit(context, &keyContext, algorithm.digest, nil, key.pointer) == 1,
            configure(keyContext, algorithm),
            EVP_DigestSign(context, nil, &length, message, message.count) == 1
        else { throw CryptoError(.sign) }
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else {
            throw CryptoError(.sign)
        }
        let made = Array(signature[..<length])
        return algorithm == .es256 ? try Self.twoNumbers(der: made) : made
    }

    private static func twoNumbers(der: [UInt8]) throws(CryptoError) -> [UInt8] {
        let pair = der.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            return d2i_ECDSA_SIG(nil, &start, bytes.count)
        }
        guard let pair else { throw CryptoError(.sign) }
        defer { ECDSA_SIG_free(pair) }
        var signature = [UInt8](repeating: 0, count: 64)
        let done = signature.withUnsafeMutableBufferPointer { bytes in
            BN_bn2binpad(ECDSA_SIG_get0_r(pair), bytes.baseAddress, 32) == 32
                && BN_bn2binpad(ECDSA_SIG_get0_s(pair), bytes.baseAddress.map { $0 + 32 }, 32) == 32
        }
        guard done else { throw CryptoError(.sign) }
        return signature
    }

    /// The public part as a JSON Web Key, what a verifier is given.
    package var publicJWK: StrictJSON {
        var members = [StrictJSON.Member("kid", .string(id)), .init("alg", .string(algorithm.rawValue))]
        func add(_ name: String, _ bytes: [UInt8]?) {
            guard let bytes else { preconditionFailure("a key that was made has its public part") }
            members.append(.init(name, .string(Base64URL.encode(bytes))))
        }
        switch algorithm {
        case .edDSA:
            members += [.init("kty", .string("OKP")), .init("crv", .string("Ed25519"))]
            add("x", rawPublicKey)
        case .es256:
            members += [.init("kty", .string("EC")), .init("crv", .string("P-256"))]
            add("x", key.number(OSSL_PKEY_PARAM_EC_PUB_X, width: 32))
            add("y", key.number(OSSL_PKEY_PARAM_EC_PUB_Y, width: 32))
        case .rs256, .ps256:
            members.append(.init("kty", .string("RSA")))
            add("n", key.number(OSSL_PKEY_PARAM_RSA_N))
            add("e", key.number(OSSL_PKEY_PARAM_RSA_E))
        }
        return .object(members)
    }

    /// The key that checks this one's signatures.
    package var verificationKey: VerificationKey {
        get throws(CryptoError) { try VerificationKey(jwk: publicJWK) }
    }

    private var rawPublicKey: [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 32)
        var length = bytes.count
        return EVP_PKEY_get_raw_public_key(key.pointer, &bytes, &length) == 1 && length == 32 ? bytes : nil
    }
}
