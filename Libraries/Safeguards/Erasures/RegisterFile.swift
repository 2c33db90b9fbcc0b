import FoundationEssentials
import Glibc

/// The register as a file of lines: to be copied to wherever no back-up of ours can overwrite it.
struct RegisterFile: Sendable {
    let path: String

    /// More than this is no register of ours.
    static let bytesMax = 256 << 20

    /// The whole lines. A last line without an end was being written when the power went: it is not counted, and the
    /// next write takes its place. A file that is not there yet has none.
    func lines() throws(SafeguardsError) -> [String] {
        let bytes = try contents()
        let whole = bytes[..<(bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0)]
        guard let text = String(validating: whole, as: UTF8.self) else {
            throw SafeguardsError(.registerDamaged, detail: "the file is no text")
        }
        return text.split(separator: "\n").map(String.init)
    }

    /// Adds lines and waits until they are on the disk.
    func append(_ lines: [String]) throws(SafeguardsError) {
        guard !lines.isEmpty else { return }
        let whole = try contents().lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw unavailable }
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(whole)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else { throw unavailable }
        let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw unavailable }
            written += count
        }
        guard fsync(descriptor) == 0 else { throw unavailable }
    }

    private func contents() throws(SafeguardsError) -> [UInt8] {
        guard access(path, F_OK) == 0 else { return [] }
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            guard data.count <= Self.bytesMax else { throw unavailable }
            return Array(data)
        } catch {
            throw unavailable
        }
    }

    private var unavailable: SafeguardsError {
        SafeguardsError(.registerUnavailable, detail: "\(path): \(String(cString: strerror(errno)))")
    }
}
