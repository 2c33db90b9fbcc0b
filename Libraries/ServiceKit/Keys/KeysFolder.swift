package import Crypto
import FoundationEssentials
package import Safeguards

/// The council's own keys, as files of one folder that no back-up of the data includes:
///
/// | file | holds |
/// |---|---|
/// | `ring.json` | the keys that wrap people's keys, and the secret of search hashes |
/// | `seal.key` | the key that seals the audit and signs erasures |
/// | `seal.jwks` | the public keys that both are checked with; may be handed to an auditor |
/// | `erasures.register` | who was erased, line by line; copy it off the machine |
package struct KeysFolder: Sendable {
    /// Where it is.
    package let folder: String

    /// The folder, which need not exist yet.
    package init(_ folder: String) { self.folder = folder }

    private var ringFile: String { folder + "/ring.json" }
    private var seal: SigningKeyFiles {
        SigningKeyFiles(privateFile: folder + "/seal.key", publicFile: folder + "/seal.jwks")
    }
    /// The register of erasures; there is none before the first.
    package var registerPath: String { folder + "/erasures.register" }

    /// Makes the folder, for its owner only, and new keys. Throws where there are keys already.
    package func create() throws {
        guard !seal.exist, !FileManager.default.fileExists(atPath: ringFile) else {
            throw CommandFailure(.failed, "\(folder) holds keys already.", next: "Choose another folder.")
        }
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try PrivateFile.write(KeyRingFile(newKey: "1").bytes, to: ringFile)
        try seal.create()
    }

    /// The keys that wrap people's keys.
    package func ring() throws -> KeyRing {
        do { return try ringFileContents().ring() } catch is SafeguardsError { throw damaged }
    }

    /// Makes a new key that wraps from now on; the older ones still open. Throws where a change is under way.
    func addWrappingKey() throws {
        let file = try ringFileContents()
        guard try ring().keyIDs.count == 1 else {
            throw CommandFailure(
                .failed, "The wrapping key is being changed already.",
                next: "Copy \(ringFile) to every machine, then run 'takeup keys rewrap'.")
        }
        try PrivateFile.write(file.rotated(to: file.nextID).bytes, to: ringFile)
    }

    /// Takes the keys out that wrap nothing any more.
    func removeOlderWrappingKeys() throws {
        try PrivateFile.write(try ringFileContents().withoutOlderKeys.bytes, to: ringFile)
    }

    private func ringFileContents() throws -> KeyRingFile {
        let bytes = try PrivateFile.read(ringFile)
        do { return try KeyRingFile(bytes) } catch { throw damaged }
    }

    private var damaged: CommandFailure {
        CommandFailure(.configuration, "\(ringFile) is damaged.", next: "Put back a copy of it.")
    }

    /// The key that seals the audit and signs erasures.
    package func sealKey() throws -> SigningKey { try seal.key() }

    /// The keys whose seals and erasures are believed.
    package func believedSealKeys() throws -> VerificationKeys { try Configuration.keys(seal.publicFile) }
}
