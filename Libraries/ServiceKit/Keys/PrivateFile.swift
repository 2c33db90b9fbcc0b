import FoundationEssentials
import Glibc

/// Files that only their owner may read: keys, kept secrets, tokens.
enum PrivateFile {
    /// More than this is no file of ours.
    static let bytesMax = 1 << 20

    /// Writes the whole file or nothing: beside it first, then over it. Never readable by others, not for a moment.
    static func write(_ bytes: [UInt8], to path: String) throws(CommandFailure) {
        let temporary = "\(path).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("written", path) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        let isSafe = written == bytes.count && fsync(descriptor) == 0
        guard close(descriptor) == 0, isSafe, rename(temporary, path) == 0 else {
            unlink(temporary)
            throw failure("written", path)
        }
    }

    /// Reads a file of the process's own user that nobody else may read.
    static func read(_ path: String) throws(CommandFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("read", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= bytesMax else {
            throw failure("read", path)
        }
        guard status.st_mode & 0o077 == 0, status.st_uid == geteuid() else {
            throw CommandFailure(
                .configuration, "\(path) must belong to you and be readable by nobody else.", next: "chmod 600 \(path)")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= bytesMax {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
        throw failure("read", path)
    }

    private static func failure(_ what: String, _ path: String) -> CommandFailure {
        CommandFailure(.failed, "\(path) cannot be \(what).", why: String(cString: strerror(errno)) + ".")
    }
}
