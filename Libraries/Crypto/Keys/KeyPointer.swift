import COpenSSL

/// One owner of an `EVP_PKEY`.
///
/// Sendable because nothing changes the key after it was made, and OpenSSL allows a key that nobody changes to be used
/// from many threads.
final class KeyPointer: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over `pointer` and frees it in the end.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }

    /// Whether OpenSSL finds the public part sound: a point on its curve, a modulus that can be one.
    var isSound: Bool {
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil) else { return false }
        defer { EVP_PKEY_CTX_free(context) }
        defer { ERR_clear_error() }
        return EVP_PKEY_public_check(context) == 1
    }

    /// A big number of the key, as unsigned bytes of at least `width`.
    func number(_ name: String, width: Int = 0) -> [UInt8]? {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(pointer, name, &number) == 1, let number else { return nil }
        defer { BN_free(number) }
        let count = max(width, Int(BN_num_bits(number) + 7) / 8)
        var bytes = [UInt8](repeating: 0, count: count)
        return BN_bn2binpad(number, &bytes, Int32(count)) == Int32(count) ? bytes : nil
    }
}

/// Prepares a signing or verifying context for an algorithm.
func configure(_ context: OpaquePointer?, _ algorithm: SignatureAlgorithm) -> Bool {
    guard algorithm == .ps256 else { return true }
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
        && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1
        && EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1
}

extension SignatureAlgorithm {
    /// Ed25519 hashes for itself.
    var digest: OpaquePointer? { self == .edDSA ? nil : EVP_sha256() }
}
