import FoundationEssentials
import Glibc

/// Writes a file so that its name stands for all of it or for nothing: beside it, to the disk, then under its name.
package enum WholeFile {
    /// Throws where a file of that name is there already, and where the disk refuses.
    package static func write(_ bytes: [UInt8], to path: String) throws {
        let unfinished = path + ".unfinished"
        let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create", unfinished) }
        defer { close(descriptor) }
        do {
            try writeAll(bytes, to: descriptor, unfinished)
            guard fsync(descriptor) == 0 else { throw failure("save", unfinished) }
            // A link refuses a name that is taken; a rename would replace the file.
            guard link(unfinished, path) == 0 else { throw failure("name", path) }
            unlink(unfinished)
        } catch {
            unlink(unfinished)
            throw error
        }
        try syncFolder(of: path)
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws {
        try bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw failure("write", path) }
                written += count
            }
        }
    }

    private static func syncFolder(of path: String) throws {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("save", folder) }
    }

    private static func failure(_ verb: String, _ path: String) -> CommandFailure {
        let reason = String(cString: strerror(errno))
        return CommandFailure(
            .failed, "Could not \(verb) \(path): \(reason).", next: "Choose another name or make room.")
    }
}
