import Testing

@testable import Crypto

private func bytes(_ hex: String) -> [UInt8] {
    stride(from: 0, to: hex.utf8.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
}

private func secret(_ hex: String) -> SecretBytes {
    var key = bytes(hex)
    return SecretBytes(taking: &key)
}

@Suite("Encryption")
struct EncryptionTests {
    /// Test cases 13 to 16 of "The Galois/Counter Mode of Operation", as submitted to NIST.
    struct Vector: Sendable {
        let key: String
        let nonce: String
        let message: String
        let associatedData: String
        let ciphertext: String
        let tag: String
    }

    private static let zeroKey = String(repeating: "00", count: 32)
    private static let key = String(repeating: "feffe9928665731c6d6a8f9467308308", count: 2)
    private static let message =
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
    private static let ciphertext =
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"

    static let vectors = [
        Vector(
            key: zeroKey, nonce: "000000000000000000000000", message: "", associatedData: "", ciphertext: "",
            tag: "530f8afbc74536b9a963b4f1c4cb738b"),
        Vector(
            key: zeroKey, nonce: "000000000000000000000000", message: "00000000000000000000000000000000",
            associatedData: "", ciphertext: "cea7403d4d606b6e074ec5d3baf39d18", tag: "d0d1c8a799996bf0265b98b5d48ab919"),
        Vector(
            key: key, nonce: "cafebabefacedbaddecaf888", message: message, associatedData: "", ciphertext: ciphertext,
            tag: "b094dac5d93471bdec1a502270e3cc6c"),
        Vector(
            key: key, nonce: "cafebabefacedbaddecaf888", message: String(message.dropLast(8)),
            associatedData: "feedfacedeadbeeffeedfacedeadbeefabaddad2", ciphertext: String(ciphertext.dropLast(8)),
            tag: "76fc6ece0f4e1768cddf8853bb2d551b"),
    ]

    @Test("AES-256-GCM gives the ciphertexts and tags of its specification, and reads them", arguments: vectors)
    func published(vector: Vector) throws {
        let sealed = try AES256GCM.seal(
            bytes(vector.message), key: secret(vector.key), nonce: bytes(vector.nonce),
            associatedData: bytes(vector.associatedData))
        #expect(Hex.encode(sealed) == vector.nonce + vector.ciphertext + vector.tag)
        let opened = try AES256GCM.open(
            sealed, key: secret(vector.key), associatedData: bytes(vector.associatedData))
        #expect(Hex.encode(opened) == vector.message)
    }

    @Test(
        "no bit of a sealed message can be changed unnoticed, and no byte be taken or added", arguments: [0, 1, 16, 45])
    func everyBit(length: Int) throws {
        let key = SecretBytes(random: 32)
        let sealed = try AES256GCM.seal(randomBytes(length), key: key, associatedData: Array("here".utf8))
        #expect(sealed.count == length + AES256GCM.overheadBytes)
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << bit
                #expect(throws: CryptoError.self) {
                    try AES256GCM.open(changed, key: key, associatedData: Array("here".utf8))
                }
            }
            #expect(throws: CryptoError.self) {
                try AES256GCM.open(Array(sealed[..<index]), key: key, associatedData: Array("here".utf8))
            }
        }
        #expect(throws: CryptoError.self) {
            try AES256GCM.open(sealed + [0], key: key, associatedData: Array("here".utf8))
        }
    }

    @Test("a sealed message opens only with its own key and its own associated data")
    func bound() throws {
        let key = SecretBytes(random: 32)
        let sealed = try AES256GCM.seal([1, 2, 3], key: key, associatedData: Array("row 1".utf8))
        #expect(try AES256GCM.open(sealed, key: key, associatedData: Array("row 1".utf8)) == [1, 2, 3])
        for other in ["row 2", "", "row 1 "] {
            #expect(throws: CryptoError.self) {
                try AES256GCM.open(sealed, key: key, associatedData: Array(other.utf8))
            }
        }
        #expect(throws: CryptoError.self) {
            try AES256GCM.open(sealed, key: SecretBytes(random: 32), associatedData: Array("row 1".utf8))
        }
    }

    @Test("the same message is never sealed twice alike")
    func freshNonces() throws {
        let key = SecretBytes(random: 32)
        var nonces: Set<[UInt8]> = []
        for _ in 0..<2_000 { nonces.insert(Array(try AES256GCM.seal([7], key: key).prefix(12))) }
        #expect(nonces.count == 2_000)
    }

    @Test("a key of another length is refused", arguments: [0, 16, 31, 33])
    func keyLengths(length: Int) {
        #expect(throws: CryptoError.self) { try AES256GCM.seal([1], key: SecretBytes(random: length)) }
        #expect(throws: CryptoError.self) { try WrappingKey(id: "k", key: SecretBytes(random: length)) }
    }

    @Test("a wrapped key opens for its owner by its wrapping key, and for nobody else")
    func wrapping() throws {
        let secretKey = SecretBytes(random: 32)
        let wrappingSecret = SecretBytes(random: 32)
        let wrapping = try WrappingKey(id: "2026-a", key: wrappingSecret)
        let wrapped = try wrapping.wrap(secretKey, owner: [1])
        let opened = try wrapping.unwrap(wrapped, owner: [1])
        #expect(opened.withBytes { Array($0) } == secretKey.withBytes { Array($0) })
        #expect(throws: CryptoError.self) { try wrapping.unwrap(wrapped, owner: [2]) }
        #expect(throws: CryptoError.self) {
            try WrappingKey(id: "2026-b", key: wrappingSecret).unwrap(wrapped, owner: [1])
        }
        for index in wrapped.indices {
            var changed = wrapped
            changed[index] ^= 0x80
            #expect(throws: CryptoError.self) { try wrapping.unwrap(changed, owner: [1]) }
        }
    }

    @Test("a search hash is the same for the same value, purpose and secret, and different for any other")
    func searching() throws {
        let secret = SecretBytes(random: 32)
        let hash = try SearchHash(secret: secret, purpose: "person.nhs_number")
        #expect(try hash("9990000018") == SearchHash(secret: secret, purpose: "person.nhs_number")("9990000018"))
        #expect(try hash("9990000018") != hash("9990000026"))
        #expect(try hash("9990000018") != SearchHash(secret: secret, purpose: "payee.account")("9990000018"))
        #expect(
            try hash("9990000018")
                != SearchHash(secret: SecretBytes(random: 32), purpose: "person.nhs_number")("9990000018"))
    }

    @Test("secret bytes show only how many they are, and take the array's place")
    func secrets() {
        var bytes: [UInt8] = Array("do not show me".utf8)
        let kept = SecretBytes(taking: &bytes)
        #expect(bytes.isEmpty)
        #expect("\(kept)" == "14 secret bytes")
        #expect(String(reflecting: kept) == "14 secret bytes")
        var shown = ""
        dump(kept, to: &shown)
        #expect(!shown.contains("100") && !shown.contains("do not"))
    }
}
