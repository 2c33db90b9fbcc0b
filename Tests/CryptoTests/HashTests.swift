import Testing

@testable import Crypto

private func bytes(_ hex: String) -> [UInt8] {
    stride(from: 0, to: hex.count, by: 2).compactMap { offset in
        let start = hex.index(hex.startIndex, offsetBy: offset)
        return UInt8(hex[start...hex.index(after: start)], radix: 16)
    }
}

@Suite("Hashes")
struct HashTests {
    @Test(
        "SHA-256 gives the digests of FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func vectors(text: String, digest: String) throws {
        #expect(SHA256.hex(of: text) == digest)
        var piecewise = try SHA256()
        for byte in text.utf8 { try piecewise.update([byte]) }
        #expect(Hex.encode(try piecewise.finalize()) == digest)
    }

    @Test("HMAC-SHA-256 gives the codes of RFC 4231, also for a key longer than a block")
    func hmac() throws {
        let short = try hmacSHA256(key: [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8))
        #expect(Hex.encode(short) == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        let long = try hmacSHA256(
            key: [UInt8](repeating: 0xaa, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8))
        #expect(Hex.encode(long) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test("comparing finds every difference, in length too")
    func compare() {
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
    }

    @Test("random bytes are as many as were asked for, and not the same twice")
    func random() {
        #expect(randomBytes(0).isEmpty)
        #expect(randomBytes(32).count == 32)
        #expect(randomBytes(32) != randomBytes(32))
    }

    @Test("a kept secret matches itself and nothing else, and two of one secret differ")
    func passwords() throws {
        let kept = try PasswordHash(secret: Array("correct horse".utf8))
        let read = try #require(PasswordHash(text: kept.text))
        #expect(try read.matches(Array("correct horse".utf8)))
        #expect(try !read.matches(Array("correct horsf".utf8)))
        #expect(try !read.matches([]))
        #expect(try PasswordHash(secret: Array("correct horse".utf8)).text != kept.text)
        for wrong in [
            "", "scrypt$14,8,1$AA$AA", kept.text + "A", "x" + kept.text, kept.text.replacing("14,8", with: "1,8"),
        ] {
            #expect(PasswordHash(text: wrong) == nil)
        }
    }
}

@Suite("Base64url")
struct Base64URLTests {
    @Test("bytes and text are each other's, for every length to 100 (seed 7)")
    func roundTrip() {
        var state: UInt64 = 7
        for length in 0...100 {
            let value = (0..<length).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1
                return UInt8(truncatingIfNeeded: state >> 40)
            }
            let text = Base64URL.encode(value)
            #expect(Base64URL.decode(text) == value)
            #expect(!text.contains("="))
        }
    }

    @Test("the vectors of RFC 4648", arguments: [("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")])
    func vectors(plain: String, text: String) {
        #expect(Base64URL.encode(Array(plain.utf8)) == text)
    }

    @Test(
        "anything but the one canonical text is refused",
        arguments: ["Zg==", "Zh", "Zm9", "Z", "Zg ", "Z+8", "Z/8", "Zm\n8", "é"])
    func refused(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}

@Suite("Strict JSON")
struct StrictJSONTests {
    private func read(_ text: String) throws -> StrictJSON { try StrictJSON(Array(text.utf8)) }

    @Test("every kind of value is read, and written back alike")
    func values() throws {
        let text = #"{"a":[null,true,false,-0.5e+3,"x\"\\\u0001£😀"],"b":{},"c":[]}"#
        #expect(try read(text).text == text)
        #expect(try read(#" "\ud83d\ude00\n\/" "#).string == "😀\n/")
        #expect(try read("12345678901234567890").integer == nil)
        #expect(try read("9007199254740993").integer == 9_007_199_254_740_993)
    }

    @Test(
        "what is not exactly JSON is refused",
        arguments: [
            "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "'a'", "01", "1.", ".5", "+1", "-", "1e", "nul", "truee",
            "1 2",
            "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"a\nb\"", "\"", "[1 2]",
            "NaN",
            "\u{feff}1", "{\"a\" 1}", "//x\n1",
        ])
    func refused(text: String) {
        #expect(throws: StrictJSON.Refusal.self) { try read(text) }
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]] as [[UInt8]])
    func notUTF8(bytes: [UInt8]) {
        #expect(throws: StrictJSON.Refusal.self) { try StrictJSON([0x22] + bytes + [0x22]) }
    }

    @Test("a member that is there twice is refused, also when one of them is written with escapes")
    func duplicates() {
        #expect(throws: StrictJSON.Refusal.duplicateMember) { try read(#"{"a":1,"a":1}"#) }
        #expect(throws: StrictJSON.Refusal.duplicateMember) { try read(#"{"a":1,"\u0061":2}"#) }
    }

    @Test("nesting is read to its limit and refused beyond")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try read(nested(StrictJSON.depthMax)) }
        #expect(throws: Never.self) { try read(nested(StrictJSON.depthMax + 1)) }
        #expect(throws: StrictJSON.Refusal.tooDeep) { try read(nested(StrictJSON.depthMax + 2)) }
    }

    @Test("length is read to its limit and refused beyond")
    func length() {
        func padded(_ length: Int) -> [UInt8] { [0x31] + [UInt8](repeating: 0x20, count: length - 1) }
        #expect(throws: Never.self) { try StrictJSON(padded(StrictJSON.lengthMax)) }
        #expect(throws: StrictJSON.Refusal.tooLong) { try StrictJSON(padded(StrictJSON.lengthMax + 1)) }
    }
}
