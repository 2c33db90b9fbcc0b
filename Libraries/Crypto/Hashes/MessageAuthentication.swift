import COpenSSL

/// HMAC-SHA-256 (RFC 2104), 32 bytes.
package func hmacSHA256(key: [UInt8], _ message: [UInt8]) throws(CryptoError) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: SHA256.digestBytes)
    var length: UInt32 = 0
    guard let keyLength = Int32(exactly: key.count),
        HMAC(EVP_sha256(), key, keyLength, message, message.count, &code, &length) != nil,
        Int(length) == SHA256.digestBytes
    else { throw CryptoError(.digest) }
    return code
}

/// Whether both are the same, found out in a time that depends on their lengths alone.
package func constantTimeEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
}

/// Bytes that nobody can foresee. Ends the process when the system has none to give: whatever went on with others would
/// be unsafe.
package func randomBytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard let length = Int32(exactly: count), RAND_bytes(&bytes, length) == 1 else {
        preconditionFailure("the system gives no random bytes")
    }
    return bytes
}
