import Foundation
import Glibc

/// The account a server runs as: ours, or another's when we are root and the server refuses root.
struct Account: Sendable, Equatable {
    let name: String
    let userID: uid_t
    let groupID: gid_t

    /// The first of `names` that exists on this machine.
    static func first(of names: [String]) -> Account? {
        for name in names {
            if let entry = getpwnam(name) {
                return Account(name: name, userID: entry.pointee.pw_uid, groupID: entry.pointee.pw_gid)
            }
        }
        return nil
    }
}

/// A new folder for one server's data, readable by its owner alone.
enum PrivateFolder {
    /// A unix socket's address holds 107 bytes; folder and socket name together stay below this.
    static let socketPathBytesMax = 100
    /// `/.s.PGSQL.65535`, the longest socket name used here.
    static let socketNameBytes = 15

    /// Makes a folder with an unused name in TMPDIR, or in /tmp where TMPDIR is too long for a socket's path or closed
    /// to `owner`.
    static func make(prefix: String, owner: Account? = nil) throws -> String {
        var parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        while parent.count > 1, parent.hasSuffix("/") { parent.removeLast() }
        let room = socketPathBytesMax - socketNameBytes - prefix.utf8.count - "/-XXXXXX".utf8.count
        if parent.utf8.count > room || owner != nil { parent = "/tmp" }

        var template = Array("\(parent)/\(prefix)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw failure("\(parent)/\(prefix)") }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try give(path, to: owner)
        return path
    }

    /// Makes `path` if it is not there, and hands it to `owner`.
    static func makeIfMissing(_ path: String, owner: Account? = nil) throws {
        if mkdir(path, 0o700) == -1, errno != EEXIST { throw failure(path) }
        try give(path, to: owner)
    }

    static func give(_ path: String, to owner: Account?) throws {
        guard let owner else { return }
        guard chown(path, owner.userID, owner.groupID) == 0 else { throw failure(path) }
    }

    private static func failure(_ path: String) -> LocalServerError {
        .folder(path, reason: String(cString: strerror(errno)))
    }
}

/// A TCP port of 127.0.0.1 that nothing listens on now. Another program may take it before it is used: whoever starts a
/// server on it tries again with another.
package enum FreePort {
    /// - Throws: `LocalServerError.cannotStart` when the machine has none left.
    package static func find() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }

        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, size) == 0 && getsockname(descriptor, generic, &size) == 0
            }
        }
        guard bound else { throw failure() }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func failure() -> LocalServerError {
        .cannotStart("a listener on 127.0.0.1", reason: String(cString: strerror(errno)))
    }
}

/// The file's text, or nil when it is not there (yet).
func readText(_ path: String) -> String? {
    // "Not there" is an answer here; every caller asks again or says so.
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    return String(decoding: data, as: UTF8.self)
}

/// The last lines of a log, for an error message.
func endOfLog(_ path: String, lines: Int = 15) -> String {
    let all = (readText(path) ?? "").split(separator: "\n", omittingEmptySubsequences: false)
    return all.suffix(lines).joined(separator: "\n")
}

extension String {
    var trimmingNewline: String { String(prefix { $0 != "\n" }) }
}
