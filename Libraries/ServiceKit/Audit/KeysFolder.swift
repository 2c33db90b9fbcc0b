package import Crypto
import FoundationEssentials

/// The council's own keys, as files of one folder that no back-up of the data includes: the key that seals the audit
/// (`seal.key`) and the public keys that seals are checked with (`seal.jwks`), which may be handed to an auditor.
package struct KeysFolder: Sendable {
    /// Where it is.
    package let folder: String

    /// The folder, which need not exist yet.
    package init(_ folder: String) { self.folder = folder }

    private var seal: SigningKeyFiles {
        SigningKeyFiles(privateFile: folder + "/seal.key", publicFile: folder + "/seal.jwks")
    }

    /// Makes the folder, for its owner only, and new keys. Throws where there are keys already.
    package func create() throws {
        guard !seal.exist else {
            throw CommandFailure(.failed, "\(folder) holds keys already.", next: "Choose another folder.")
        }
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try seal.create()
    }

    /// The key that seals the audit.
    package func sealKey() throws -> SigningKey { try seal.key() }

    /// The keys whose seals are believed.
    package func believedSealKeys() throws -> VerificationKeys { try Configuration.keys(seal.publicFile) }
}

extension Configuration {
    /// The folder of keys, where one is set.
    var keysFolder: KeysFolder? {
        let folder = self[CommonSettings.keysFolder]
        return folder.isEmpty ? nil : KeysFolder(folder)
    }
}

/// Making the council's keys.
package enum KeysCommands {
    /// `keys`.
    package static let command = Command(
        "keys", abstract: "Make the keys that the audit is sealed with.",
        subcommands: [
            Command(
                "create", abstract: "Make new keys in a folder that has none.",
                discussion: "Keep a copy of the folder in a safe place that is not the data's back-up."
            ) { line in
                let folder = line.argument("folder", FilePath.self, "Where; it is made for you alone.")
                return { call in
                    try KeysFolder(call[folder].text).create()
                    call.terminal.say("Made \(call[folder].text). Name it to every service: TAKEUP_KEYS_FOLDER.")
                    return .success
                }
            }
        ])
}
