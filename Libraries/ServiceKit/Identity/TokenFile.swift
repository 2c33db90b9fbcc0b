import Crypto
package import FoundationEssentials

/// Where the token of the person who signed in on this machine is kept.
package enum TokenFile {
    /// The setting `identity.token-file` (`TAKEUP_TOKEN_FILE`), or `.takeup/token` in the home folder.
    package static func path(_ configuration: Configuration) throws(CommandFailure) -> String {
        let path = configuration[CommonSettings.tokenFile]
        if !path.isEmpty { return path }
        guard let home = Environment.process["HOME"], !home.isEmpty else {
            throw CommandFailure(
                .configuration, "There is no place for the token of who signs in.", next: "Set TAKEUP_TOKEN_FILE.")
        }
        return home + "/.takeup/token"
    }

    /// Keeps a token.
    package static func write(_ token: String, to path: String) throws {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if !folder.isEmpty {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        try PrivateFile.write(Array((token + "\n").utf8), to: path)
    }

    /// The person whose token is in the file.
    package static func person(
        at path: String, verifier: IdentityVerifier, now: Date
    ) async throws(CommandFailure) -> ActingPerson {
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure(.notAllowed, "Nobody is signed in.", next: "Sign in first: takeup sign-in PERSON")
        }
        let text = String(decoding: try PrivateFile.read(path), as: UTF8.self)
        do {
            let token = text.hasSuffix("\n") ? String(text.dropLast()) : text
            return ActingPerson(try await verifier.claims(of: token, at: now))
        } catch {
            let why = error == .expired ? "Your sign-in has run out." : "The token is not valid (\(error.rawValue))."
            throw CommandFailure(
                .notAllowed, "You are not signed in.", why: why, next: "Sign in again: takeup sign-in PERSON")
        }
    }
}
