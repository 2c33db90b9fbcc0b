import Glibc

/// A file that somebody named on the command line.
package enum InputFile {
    private static let chunkBytes = 64 * 1024

    /// The file's bytes. No more than `limit` and one of them are ever read, so that a file of any size, or a pipe without an
    /// end, costs no more memory than a good one.
    ///
    /// Throws a `CommandFailure` (bad input) where the file cannot be read or has more than `limit` bytes.
    package static func read(_ path: String, upTo limit: Int) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let chunk = try chunk(of: descriptor, upTo: min(chunkBytes, limit + 1 - bytes.count), path)
            guard !chunk.isEmpty else { return bytes }
            bytes += chunk
        }
        throw CommandFailure(.badInput, "\(path) has more than \(limit) bytes, which is the most that is taken.")
    }

    /// The next bytes; none at the end.
    private static func chunk(of descriptor: Int32, upTo count: Int, _ path: String) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var got = 0
            repeat { got = Glibc.read(descriptor, buffer.baseAddress, count) } while got < 0 && errno == EINTR
            guard got >= 0 else { throw unreadable(path) }
            filled = got
        }
    }

    private static func unreadable(_ path: String) -> CommandFailure {
        CommandFailure(.badInput, "\(path) cannot be read.", why: String(cString: strerror(errno)) + ".")
    }
}
