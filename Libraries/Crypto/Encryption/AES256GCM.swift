import COpenSSL

/// AES-256-GCM (NIST SP 800-38D): encryption that also notices every change.
///
/// A nonce is drawn anew for every message. 96 random bits stay clear of a repeat with a probability above 1 - 2^-32 for
/// 2^32 messages under one key (SP 800-38D, 8.3); with a key per person that is far away.
package enum AES256GCM {
    /// The bytes of a key.
    package static let keyBytes = 32
    /// The bytes of a nonce.
    package static let nonceBytes = 12
    /// The bytes of the tag that proves the rest.
    package static let tagBytes = 16
    /// What sealing adds to a message.
    package static let overheadBytes = nonceBytes + tagBytes
    /// The largest message, in bytes.
    package static let messageBytesMax = 64 << 20

    /// Looked up once: OpenSSL would otherwise search its providers at every message.
    ///
    /// OpenSSL allows a fetched algorithm, which nobody changes, to be used from many threads.
    nonisolated(unsafe) private static let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)

    /// Nonce, ciphertext and tag of `message`. Whoever opens it needs the same key and the same `associatedData`, which is
    /// not stored.
    package static func seal(
        _ message: [UInt8], key: SecretBytes, associatedData: [UInt8] = []
    ) throws(CryptoError) -> [UInt8] {
        try seal(message, key: key, nonce: randomBytes(nonceBytes), associatedData: associatedData)
    }

    /// With a nonce that a published vector names. Using one twice under one key gives the key away, so nobody else may.
    static func seal(
        _ message: [UInt8], key: SecretBytes, nonce: [UInt8], associatedData: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        guard key.count == keyBytes, nonce.count == nonceBytes, message.count <= messageBytesMax,
            let context = EVP_CIPHER_CTX_new()
        else { throw CryptoError(.encrypt) }
        defer { EVP_CIPHER_CTX_free(context) }
        var sealed = nonce + [UInt8](repeating: 0, count: message.count + tagBytes)
        let isStarted = key.withBytes { key in
            EVP_EncryptInit_ex2(context, cipher, key.baseAddress?.assumingMemoryBound(to: UInt8.self), nonce, nil) == 1
        }
        guard isStarted, add(associatedData, with: { EVP_EncryptUpdate(context, nil, $0, $1, $2) }) else {
            throw CryptoError(.encrypt)
        }
        let isDone = sealed.withUnsafeMutableBufferPointer { sealed in
            guard let start = sealed.baseAddress else { return false }
            var length: Int32 = 0
            let text = start + nonceBytes
            return EVP_EncryptUpdate(context, text, &length, message, Int32(message.count)) == 1
                && EVP_EncryptFinal_ex(context, text + Int(length), &length) == 1
                && EVP_CIPHER_CTX_ctrl(
                    context, EVP_CTRL_AEAD_GET_TAG, Int32(tagBytes), start + nonceBytes + message.count) == 1
        }
        guard isDone else { throw CryptoError(.encrypt) }
        return sealed
    }

    /// The message inside `sealed`. Throws `CryptoError` with `.decrypt` where anything at all is not as it was sealed:
    /// another key, other associated data, any bit; which of them cannot be told.
    package static func open(
        _ sealed: [UInt8], key: SecretBytes, associatedData: [UInt8] = []
    ) throws(CryptoError) -> [UInt8] {
        let length = sealed.count - overheadBytes
        guard key.count == keyBytes, (0...messageBytesMax).contains(length), let context = EVP_CIPHER_CTX_new() else {
            throw CryptoError(.decrypt)
        }
        defer { EVP_CIPHER_CTX_free(context) }
        let isStarted = key.withBytes { key in
            EVP_DecryptInit_ex2(context, cipher, key.baseAddress?.assumingMemoryBound(to: UInt8.self), sealed, nil) == 1
        }
        guard isStarted, add(associatedData, with: { EVP_DecryptUpdate(context, nil, $0, $1, $2) }) else {
            throw CryptoError(.decrypt)
        }
        var tag = Array(sealed.suffix(tagBytes))
        var message = [UInt8](repeating: 0, count: length)
        let isSame = sealed.withUnsafeBufferPointer { sealed in
            message.withUnsafeMutableBufferPointer { message in
                var written: Int32 = 0
                // An empty array has no address, and OpenSSL takes a null output for associated data.
                var nothing: UInt8 = 0
                return withUnsafeMutablePointer(to: &nothing) { nothing in
                    let text = message.baseAddress ?? nothing
                    let ciphertext = sealed.baseAddress.map { $0 + nonceBytes }
                    return EVP_DecryptUpdate(context, text, &written, ciphertext, Int32(length)) == 1
                        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagBytes), &tag) == 1
                        && EVP_DecryptFinal_ex(context, text + Int(written), &written) == 1
                }
            }
        }
        guard isSame else {
            // What was decrypted is not proven, so nobody may see it.
            message.wipe()
            throw CryptoError(.decrypt)
        }
        return message
    }

    private static func add(
        _ associatedData: [UInt8], with update: (UnsafeMutablePointer<Int32>, UnsafePointer<UInt8>?, Int32) -> Int32
    ) -> Bool {
        guard !associatedData.isEmpty else { return true }
        guard let count = Int32(exactly: associatedData.count) else { return false }
        var length: Int32 = 0
        return associatedData.withUnsafeBufferPointer { update(&length, $0.baseAddress, count) } == 1
    }
}
