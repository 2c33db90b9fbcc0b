import FoundationEssentials
import Testing

@testable import Crypto

private let now = Date(timeIntervalSince1970: 1_800_000_000)
private let keys: [SignatureAlgorithm: SigningKey] = {
    var keys: [SignatureAlgorithm: SigningKey] = [:]
    for algorithm in SignatureAlgorithm.allCases {
        do { keys[algorithm] = try SigningKey(generating: algorithm, id: "key-\(algorithm.rawValue)") } catch {
            Issue.record("no \(algorithm) key")
        }
    }
    return keys
}()

private func verifier(lifetimeMax: Duration? = nil) throws -> TokenVerifier {
    let jwks = StrictJSON.object([.init("keys", .array(keys.values.map(\.publicJWK)))])
    let issuer = TokenVerifier.Issuer(
        name: "https://issuer.example", audience: "takeup", keys: try VerificationKeys(jwks: Array(jwks.text.utf8)),
        lifetimeMax: lifetimeMax)
    return TokenVerifier(issuers: [issuer])
}

private func key(_ algorithm: SignatureAlgorithm = .edDSA) throws -> SigningKey { try #require(keys[algorithm]) }

private func claims(_ changes: [String: StrictJSON?] = [:]) -> StrictJSON {
    var members: [StrictJSON.Member] = [
        .init("iss", .string("https://issuer.example")), .init("aud", .string("takeup")), .init("sub", .string("p1")),
        .init("iat", .number("1799999990")), .init("exp", .number("1800000600")),
    ]
    for (name, value) in changes.sorted(by: { $0.key < $1.key }) {
        members.removeAll { $0.name == name }
        if let value { members.append(.init(name, value)) }
    }
    return .object(members)
}

/// A token with any header and payload, signed by a good key all the same.
private func forged(header: String, payload: String? = nil, _ algorithm: SignatureAlgorithm = .edDSA) throws -> String {
    let signed =
        Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array((payload ?? claims().text).utf8))
    return signed + "." + Base64URL.encode(try key(algorithm).sign(Array(signed.utf8)))
}

private func refusal(_ token: String, at date: Date = now, lifetimeMax: Duration? = nil) throws -> TokenRefusal? {
    let verifier = try verifier(lifetimeMax: lifetimeMax)
    do {
        _ = try verifier.verify(token, at: date)
        return nil
    } catch {
        return error
    }
}

@Suite("Tokens")
struct TokenTests {
    @Test("a good token is believed, whatever it is signed with", arguments: SignatureAlgorithm.allCases)
    func believed(algorithm: SignatureAlgorithm) throws {
        let issuer = TokenIssuer(name: "https://issuer.example", audience: "takeup", key: try key(algorithm))
        let token = try issuer.token(
            subject: "p1", name: "Ada", roles: ["social-worker", "auditor"], scopes: ["a", "b"], at: now,
            lifetime: .seconds(900))
        let read = try verifier(lifetimeMax: .seconds(900)).verify(token, at: now)
        #expect(read.subject == "p1")
        #expect(read.name == "Ada")
        #expect(read.roles == ["social-worker", "auditor"])
        #expect(read.scopes == ["a", "b"])
        #expect(read.issuedAt == now)
        #expect(read.expiresAt == now.addingTimeInterval(900))
        #expect(try refusal(token, at: now.addingTimeInterval(900 + 60)) == .expired)
        #expect(try refusal(token, at: now.addingTimeInterval(900 + 59)) == nil)
        #expect(try refusal(token, at: now.addingTimeInterval(-60)) == nil)
        #expect(try refusal(token, at: now.addingTimeInterval(-61)) == .notYetValid)
        #expect(try refusal(token, lifetimeMax: .seconds(899)) == .livesTooLong)
    }

    @Test("the example of RFC 8037 is verified")
    func rfc8037() throws {
        let jwk = try StrictJSON(
            Array(#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#.utf8))
        let signature = try #require(
            Base64URL.decode(
                "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"))
        let message = Array("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".utf8)
        #expect(try VerificationKey(jwk: jwk).isValid(signature, over: message, by: .edDSA))
    }

    @Test("the key of RFC 7515 A.3 verifies its example")
    func rfc7515() throws {
        let jwk = try StrictJSON(
            Array(
                #"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#
                    .utf8))
        let message = Array(
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
                .utf8)
        let signature = try #require(
            Base64URL.decode(
                "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"))
        #expect(try VerificationKey(jwk: jwk).isValid(signature, over: message, by: .es256))
    }

    @Test("roles may be an array or joined by commas; anything else is no token of ours")
    func roles() throws {
        func token(_ roles: StrictJSON) throws -> String { try TokenIssuer.sign(claims(["roles": roles]), key: key()) }
        #expect(try verifier().verify(token(.string("a,b")), at: now).roles == ["a", "b"])
        #expect(try verifier().verify(token(.string("")), at: now).roles == [])
        #expect(try verifier().verify(token(.array([.string("a")])), at: now).roles == ["a"])
        #expect(try refusal(token(.string("a,,b"))) == .badClaims)
        #expect(try refusal(token(.array([.number("1")]))) == .badClaims)
        #expect(try refusal(token(.object([]))) == .badClaims)
    }

    @Test(
        "claims that are missing, of another kind or out of time are refused",
        arguments: [
            ("iss", nil, .unknownIssuer), ("iss", .string("https://issuer.example/"), .unknownIssuer),
            ("iss", .array([.string("https://issuer.example")]), .unknownIssuer),
            ("aud", nil, .wrongAudience), ("aud", .string("other"), .wrongAudience),
            ("aud", .array([]), .wrongAudience),
            ("aud", .array([.string("takeup"), .number("1")]), .wrongAudience),
            ("sub", nil, .badClaims), ("sub", .string(""), .badClaims), ("sub", .number("1"), .badClaims),
            ("sub", .string(String(repeating: "s", count: 257)), .badClaims),
            ("exp", nil, .badClaims), ("exp", .string("1800000600"), .badClaims), ("exp", .null, .badClaims),
            ("exp", .number("1e12"), .badClaims), ("exp", .number("-1"), .badClaims), ("exp", .number("0"), .expired),
            ("nbf", .number("1800000061"), .notYetValid), ("nbf", .string("x"), .badClaims),
            ("iat", .number("1800000061"), .notYetValid), ("scope", .string("a  b"), .badClaims),
            ("scope", .array([]), .badClaims), ("name", .number("1"), .badClaims),
        ] as [(String, StrictJSON?, TokenRefusal)])
    func badClaims(name: String, value: StrictJSON?, expected: TokenRefusal) throws {
        #expect(try refusal(TokenIssuer.sign(claims([name: value]), key: key())) == expected)
    }

    @Test("a list of audiences with ours in it is good")
    func audiences() throws {
        let list = StrictJSON.array([.string("other"), .string("takeup")])
        #expect(try refusal(TokenIssuer.sign(claims(["aud": list]), key: key())) == nil)
    }

    @Test(
        "headers that others were fooled by are refused",
        arguments: [
            (#"{"alg":"none","kid":"key-EdDSA"}"#, .badAlgorithm), (#"{"alg":"None"}"#, .badAlgorithm),
            (#"{"alg":"","kid":"key-EdDSA"}"#, .badAlgorithm), (#"{"kid":"key-EdDSA"}"#, .badAlgorithm),
            (#"{"alg":"HS256","kid":"key-EdDSA"}"#, .badAlgorithm), (#"{"alg":"HS512"}"#, .badAlgorithm),
            (#"{"alg":"RS512","kid":"key-RS256"}"#, .badAlgorithm), (#"{"alg":["EdDSA"]}"#, .badAlgorithm),
            (#"{"alg":"EdDSA","crit":[]}"#, .badHeader), (#"{"alg":"EdDSA","crit":["b64"],"b64":false}"#, .badHeader),
            (#"{"alg":"EdDSA","jku":"https://evil.example"}"#, .badHeader),
            (#"{"alg":"EdDSA","x5u":"https://evil.example"}"#, .badHeader),
            (#"{"alg":"EdDSA","jwk":{}}"#, .badHeader), (#"{"alg":"EdDSA","x5c":[]}"#, .badHeader),
            (#"{"alg":"EdDSA","zip":"DEF"}"#, .badHeader), (#"{"alg":"EdDSA","cty":"JWT"}"#, .badHeader),
            (#"{"alg":"EdDSA","typ":"dpop+jwt"}"#, .badHeader), (#"{"alg":"EdDSA","kid":1}"#, .badHeader),
            (#"{"alg":"none","alg":"EdDSA"}"#, .badHeader), (#"{"alg":"EdDSA","\u0061lg":"none"}"#, .badHeader),
            (#"["EdDSA"]"#, .badHeader), ("", .badHeader), (#"{"alg":"EdDSA"} x"#, .badHeader),
            (#"{"alg":"EdDSA","kid":"key-RS256"}"#, .badAlgorithm),
            (#"{"alg":"RS256","kid":"key-PS256"}"#, .badAlgorithm),
            (#"{"alg":"ES256","kid":"key-EdDSA"}"#, .badAlgorithm), (#"{"alg":"EdDSA","kid":"other"}"#, .unknownKey),
            (#"{"alg":"EdDSA","kid":"../../key"}"#, .unknownKey),
            (#"{"alg":"ES256","kid":"key-ES256"}"#, .badSignature),
        ] as [(String, TokenRefusal)])
    func badHeaders(header: String, expected: TokenRefusal) throws {
        #expect(try refusal(forged(header: header)) == expected)
    }

    @Test("a token without the scope that its audience grants is refused, whatever else it says")
    func scopes() throws {
        let issuer = TokenVerifier.Issuer(
            name: "https://issuer.example", audience: "takeup",
            keys: VerificationKeys([try key().verificationKey]), scopes: ["takeup", "referrals.submit"])
        func refusal(_ scope: StrictJSON?) throws -> TokenRefusal? {
            let token = try TokenIssuer.sign(claims(["scope": scope]), key: key())
            do throws(TokenRefusal) {
                _ = try TokenVerifier(issuers: [issuer]).verify(token, at: now)
                return nil
            } catch { return error }
        }
        for scope in [nil, .string(""), .string("openid"), .string("takeup2"), .string("o Takeup")] as [StrictJSON?] {
            #expect(try refusal(scope) == .wrongScope)
        }
        #expect(try refusal(.string("openid takeup")) == nil)
        #expect(try refusal(.string("referrals.submit")) == nil)
    }

    @Test("HMAC with the public key as secret, the classic confusion, is refused")
    func keyConfusion() throws {
        let header = Base64URL.encode(Array(#"{"alg":"HS256","kid":"key-RS256"}"#.utf8))
        let signed = header + "." + Base64URL.encode(Array(claims().text.utf8))
        let mac = try hmacSHA256(key: Array(key(.rs256).publicJWK.text.utf8), Array(signed.utf8))
        #expect(try refusal(signed + "." + Base64URL.encode(mac)) == .badAlgorithm)
    }

    @Test("claims that are there twice are refused although the signature is good")
    func duplicateClaims() throws {
        let text = claims().text.dropLast() + #","sub":"p2"}"#
        #expect(try refusal(forged(header: #"{"alg":"EdDSA"}"#, payload: String(text))) == .malformed)
    }

    @Test("tokens that are not three parts of canonical base64url are refused")
    func shapes() throws {
        let good = try TokenIssuer.sign(claims(), key: key())
        let parts = good.split(separator: ".").map(String.init)
        let wrongs: [String] = [
            "", ".", "..", "...", "\(good).", ".\(good)", "\(good)=", "\(good) ", "\(good)\n",
            "\(parts[0]).\(parts[1])",
            "\(parts[0]).\(parts[1]).", good.replacing(".", with: ".."), "\(good).\(parts[0]).\(parts[1])",
        ]
        for wrong in wrongs {
            #expect(try refusal(wrong) == .malformed, "\(wrong)")
        }
        #expect(try refusal(good) == nil)
    }

    @Test("a token of the longest length is looked at, a longer one is not")
    func length() throws {
        func token(_ length: Int) -> String { String(repeating: "a", count: length) }
        #expect(try refusal(token(TokenVerifier.tokenBytesMax - 1)) == .malformed)
        #expect(try refusal(token(TokenVerifier.tokenBytesMax)) == .malformed)
        #expect(try refusal(token(TokenVerifier.tokenBytesMax + 1)) == .tooLong)
    }

    @Test("ECDSA signatures of zeros, the psychic ones, and of the wrong length are refused")
    func psychicSignatures() throws {
        let signed = try forged(header: #"{"alg":"ES256","kid":"key-ES256"}"#, .es256)
        let body = signed.split(separator: ".").dropLast().joined(separator: ".")
        let signatures: [[UInt8]] = [
            [UInt8](repeating: 0, count: 64), [UInt8](repeating: 0xff, count: 64), [0],
            [UInt8](repeating: 1, count: 63),
        ]
        for signature in signatures {
            #expect(try refusal(body + "." + Base64URL.encode(signature)) == .badSignature)
        }
        #expect(try refusal(signed) == nil)
    }

    @Test("of 100,000 mutated tokens none is believed, and each is refused without a trap", arguments: 1...5)
    func mutations(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        let verifier = try verifier()
        let originals = try SignatureAlgorithm.allCases.map { try TokenIssuer.sign(claims(), key: key($0)) }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \u{0}é".utf8)
        for round in 0..<20_000 {
            let original = originals[round % originals.count]
            var bytes = Array(original.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let letter = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[place] = letter
                case 1: bytes.insert(letter, at: place)
                case 2: bytes.remove(at: place)
                case 3: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
                default: bytes = Array(bytes[..<place]) + bytes[max(0, place - 4)...]
                }
            }
            let mutated = String(decoding: bytes, as: UTF8.self)
            guard mutated != original else { continue }
            do throws(TokenRefusal) {
                _ = try verifier.verify(mutated, at: now)
                Issue.record("believed, seed \(seed), round \(round): \(mutated)")
            } catch {}
        }
    }
}

@Suite("Keys")
struct KeyTests {
    private func jwk(_ text: String) throws -> StrictJSON { try StrictJSON(Array(text.utf8)) }

    @Test(
        "keys that are weak, off their curve, private, for encryption or of another kind are refused",
        arguments: [
            "{}", #"{"kty":"oct","k":"AAAA"}"#,
            #"{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"RS256"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"enc"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"AAAA"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":7}"#,
            #"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}"#,
            #"{"kty":"EC","crv":"P-384","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
            #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
        ])
    func refused(text: String) throws {
        let json = try jwk(text)
        #expect(throws: CryptoError.self) { try VerificationKey(jwk: json) }
    }

    @Test("an RSA exponent below 65537 is refused, and a key without alg checks both RSA signatures")
    func rsa() throws {
        let good = try key(.rs256).publicJWK
        guard case .object(let members) = good else { return }
        let kept = members.filter { $0.name != "e" && $0.name != "alg" }
        #expect(throws: CryptoError.self) { try VerificationKey(jwk: .object(kept + [.init("e", .string("Aw"))])) }
        let both = try VerificationKey(jwk: .object(kept + [.init("e", .string("AQAB"))]))
        #expect(both.algorithms == [.rs256, .ps256])
        let message: [UInt8] = [1, 2, 3]
        let signature = try key(.rs256).sign(message)
        #expect(both.isValid(signature, over: message, by: .rs256))
        #expect(!both.isValid(signature, over: message, by: .ps256))
    }

    @Test("a key set leaves out what it does not know, and refuses two keys of one name")
    func sets() throws {
        let known = try key().publicJWK.text
        func read(_ text: String) throws -> VerificationKeys { try VerificationKeys(jwks: Array(text.utf8)) }
        #expect(try read(#"{"keys":[{"kty":"new"},\#(known)]}"#).keys.count == 1)
        #expect(throws: CryptoError.self) { try read(#"{"keys":[\#(known),\#(known)]}"#) }
        #expect(throws: CryptoError.self) { try read("[]") }
        #expect(throws: CryptoError.self) { try read("{}") }
        func many(_ count: Int) -> String {
            #"{"keys":["# + Array(repeating: #"{"kty":"new"}"#, count: count).joined(separator: ",") + "]}"
        }
        #expect(try read(many(VerificationKeys.keysMax)).keys.isEmpty)
        #expect(throws: CryptoError.self) { try read(many(VerificationKeys.keysMax + 1)) }
    }

    @Test("a seed gives the same key each time")
    func seeds() throws {
        let seed = randomBytes(SigningKey.seedBytes)
        let one = try SigningKey(id: "a", ed25519Seed: seed)
        #expect(one.publicJWK == (try SigningKey(id: "a", ed25519Seed: seed)).publicJWK)
        #expect(try one.verificationKey.isValid(one.sign([1]), over: [1], by: .edDSA))
        #expect(throws: CryptoError.self) { try SigningKey(id: "a", ed25519Seed: Array(seed.dropLast())) }
    }
}

/// Numbers that a seed decides.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
