package import Crypto
import FoundationEssentials

/// The secrets that do not lie in any database: the keys that wrap people's keys, and the secret of search hashes.
///
/// New keys are wrapped by the current one; older ones are kept until everything was wrapped again, so rotation needs no
/// downtime: add a current key everywhere, wrap again, take the older ones out. A ring never has two keys of one name, and a
/// retired name is not used again.
package struct KeyRing: Sendable {
    /// Wraps from now on.
    package let current: WrappingKey
    private let keys: [String: WrappingKey]
    private let searchSecret: SecretBytes

    /// More keys than this in one ring are refused: they were not taken out.
    package static let keysMax = 16

    /// A ring. `older` opens what was wrapped before.
    package init(current: WrappingKey, older: [WrappingKey] = [], searchSecret: SecretBytes) throws(SafeguardsError) {
        let all = [current] + older
        guard all.count <= Self.keysMax, Set(all.map(\.id)).count == all.count else {
            throw SafeguardsError(.unknownForm, detail: "a key ring names a key twice or has too many")
        }
        self.current = current
        keys = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
        self.searchSecret = searchSecret
    }

    /// The names of all keys.
    package var keyIDs: [String] { keys.keys.sorted() }

    /// Throws `.unknownWrappingKey`, or `.notAuthentic` where the wrapped bytes are not that person's.
    func unwrap(_ wrapped: [UInt8], by id: String, of person: UUID) throws(SafeguardsError) -> SecretBytes {
        guard let key = keys[id] else { throw SafeguardsError(.unknownWrappingKey, detail: id) }
        do { return try key.unwrap(wrapped, owner: person.bytes) } catch {
            throw SafeguardsError(.notAuthentic, detail: "a wrapped key is not what was stored")
        }
    }

    /// The hash by which a sealed column is searched. `purpose` names it, for example `referral_gateway.person.nhs_number`.
    package func searchHash(_ purpose: String) throws(CryptoError) -> SearchHash {
        try SearchHash(secret: searchSecret, purpose: purpose)
    }
}

/// A ring as a file: `{"current": "...", "keys": [{"id": "...", "key": "..."}], "search": "..."}`, secrets in base64url.
package struct KeyRingFile: Sendable {
    private struct Entry: Sendable {
        let id: String
        let key: String
    }

    private let current: String
    private let entries: [Entry]
    private let search: String

    private init(current: String, entries: [Entry], search: String) {
        self.current = current
        self.entries = entries
        self.search = search
    }

    /// A new ring with one key.
    package init(newKey id: String) {
        self.init(current: id, entries: [Self.newEntry(id)], search: Base64URL.encode(randomBytes(32)))
    }

    /// Reads a file's bytes.
    package init(_ bytes: [UInt8]) throws(SafeguardsError) {
        let json: StrictJSON
        do { json = try StrictJSON(bytes) } catch { throw Self.unreadable }
        guard let current = json["current"]?.string, let search = json["search"]?.string,
            case .array(let keys)? = json["keys"]
        else { throw Self.unreadable }
        var entries: [Entry] = []
        for key in keys {
            guard let id = key["id"]?.string, let secret = key["key"]?.string else { throw Self.unreadable }
            entries.append(Entry(id: id, key: secret))
        }
        self.init(current: current, entries: entries, search: search)
    }

    /// The file's bytes.
    package var bytes: [UInt8] {
        let keys = entries.map { StrictJSON.object([.init("id", .string($0.id)), .init("key", .string($0.key))]) }
        let json = StrictJSON.object([
            .init("current", .string(current)), .init("keys", .array(keys)), .init("search", .string(search)),
        ])
        return Array(json.text.utf8)
    }

    /// A name for the next key: the number after the highest that a key here has.
    package var nextID: String { String((entries.compactMap { Int($0.id) }.max() ?? 0) + 1) }

    /// The same with a new key, which is the current one; the others stay.
    package func rotated(to id: String) -> KeyRingFile {
        KeyRingFile(current: id, entries: [Self.newEntry(id)] + entries, search: search)
    }

    /// The same with the current key alone. Only after everything was wrapped again.
    package var withoutOlderKeys: KeyRingFile {
        KeyRingFile(current: current, entries: entries.filter { $0.id == current }, search: search)
    }

    /// What it holds.
    package func ring() throws(SafeguardsError) -> KeyRing {
        var older: [WrappingKey] = []
        var wrapping: WrappingKey?
        for entry in entries {
            let key = try Self.key(entry)
            if entry.id == current, wrapping == nil { wrapping = key } else { older.append(key) }
        }
        guard let wrapping, var search = Base64URL.decode(search), search.count >= SearchHash.secretBytesMin else {
            throw Self.unreadable
        }
        return try KeyRing(current: wrapping, older: older, searchSecret: SecretBytes(taking: &search))
    }

    private static func key(_ entry: Entry) throws(SafeguardsError) -> WrappingKey {
        guard var bytes = Base64URL.decode(entry.key) else { throw unreadable }
        do { return try WrappingKey(id: entry.id, key: SecretBytes(taking: &bytes)) } catch { throw unreadable }
    }

    private static func newEntry(_ id: String) -> Entry {
        Entry(id: id, key: Base64URL.encode(randomBytes(AES256GCM.keyBytes)))
    }

    private static let unreadable = SafeguardsError(.unknownForm, detail: "this is no key ring")
}
