import Crypto
package import FoundationEssentials

/// That somebody was erased: one line of the register.
package struct Erasure: Sendable, Equatable {
    /// 1, 2, 3 ... without gaps.
    package let number: Int64
    /// Who, by the opaque id that nobody can lead back any more.
    package let person: UUID
    /// Who decided it.
    package let actor: String
    /// Why. It must not name the person.
    package let reason: String
    /// When, to the millisecond.
    package let erasedAt: Date

    /// The longest reason and the longest actor, in bytes.
    package static let textBytesMax = 500
}

/// A line as it is kept: the erasure and the digest of the line before it, with a signature over both.
///
/// `base64url(content) SP key-id SP base64url(signature)`, the content being, in network order, a tag, number, person, time,
/// actor, reason and the digest before.
package struct ErasureLine: Sendable, Equatable {
    /// What it says.
    package let erasure: Erasure
    /// The line itself, without its end.
    package let text: String
    let previous: [UInt8]
    let digest: [UInt8]

    private static let tag = Array("takeup.erasure.1".utf8)
    /// What stands before the first line.
    static let start = [UInt8](repeating: 0, count: SHA256.digestBytes)
    /// The longest line, in bytes.
    static let textBytesMax = 4_000

    /// Signs a new line.
    init(_ erasure: Erasure, after previous: [UInt8], signedBy key: SigningKey) throws {
        guard erasure.actor.utf8.count <= Erasure.textBytesMax, erasure.reason.utf8.count <= Erasure.textBytesMax else {
            throw SafeguardsError(.limitExceeded, detail: "a reason has at most \(Erasure.textBytesMax) bytes")
        }
        let content = Self.content(erasure, previous)
        let signature = try key.sign(content)
        self.erasure = erasure
        self.previous = previous
        digest = SHA256.hash(content)
        text = "\(Base64URL.encode(content)) \(key.id) \(Base64URL.encode(signature))"
    }

    /// Reads a line and checks its signature. Throws `.registerDamaged`.
    init(_ text: String, keys: VerificationKeys) throws(SafeguardsError) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard text.utf8.count <= Self.textBytesMax, parts.count == 3, let content = Base64URL.decode(parts[0]),
            let signature = Base64URL.decode(parts[2]), let key = keys.keys.first(where: { $0.id == parts[1] }),
            key.isValid(signature, over: content, by: .edDSA), let (erasure, previous) = Self.read(content)
        else { throw SafeguardsError(.registerDamaged, detail: "a line is not what was signed") }
        self.erasure = erasure
        self.previous = previous
        self.text = text
        digest = SHA256.hash(content)
    }

    private static func content(_ erasure: Erasure, _ previous: [UInt8]) -> [UInt8] {
        tag + integer(erasure.number) + erasure.person.bytes + integer(milliseconds(erasure.erasedAt))
            + text(erasure.actor) + text(erasure.reason) + previous
    }

    private static func read(_ content: [UInt8]) -> (Erasure, previous: [UInt8])? {
        var rest = content[...]
        func take(_ count: Int) -> [UInt8]? {
            guard count >= 0, rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        func takeInteger() -> Int64? { take(8)?.reduce(0) { $0 << 8 | Int64($1) } }
        func takeText() -> String? {
            guard let length = takeInteger(), length <= Int64(Erasure.textBytesMax), let bytes = take(Int(length))
            else {
                return nil
            }
            return String(validating: bytes, as: UTF8.self)
        }
        guard take(tag.count) == tag, let number = takeInteger(), let person = take(16), let time = takeInteger(),
            let actor = takeText(), let reason = takeText(), let previous = take(SHA256.digestBytes), rest.isEmpty
        else { return nil }
        let id = person.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
        let erasedAt = Date(timeIntervalSince1970: Double(time) / 1_000)
        return (Erasure(number: number, person: id, actor: actor, reason: reason, erasedAt: erasedAt), previous)
    }

    private static func integer(_ value: Int64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

    private static func text(_ value: String) -> [UInt8] { integer(Int64(value.utf8.count)) + Array(value.utf8) }

    private static func milliseconds(_ date: Date) -> Int64 { Int64((date.timeIntervalSince1970 * 1_000).rounded()) }
}

/// The lines of a register, proven to be whole.
struct ErasureChain: Sendable {
    let lines: [ErasureLine]

    /// Throws `.registerDamaged` unless every line is signed, follows the one before it, and names somebody new.
    init(_ texts: [String], keys: VerificationKeys) throws(SafeguardsError) {
        var lines: [ErasureLine] = []
        var people: Set<UUID> = []
        for text in texts {
            let line = try ErasureLine(text, keys: keys)
            guard line.erasure.number == Int64(lines.count) + 1,
                line.previous == lines.last?.digest ?? ErasureLine.start, people.insert(line.erasure.person).inserted
            else { throw SafeguardsError(.registerDamaged, detail: "line \(lines.count + 1) does not follow") }
            lines.append(line)
        }
        self.lines = lines
    }
}
