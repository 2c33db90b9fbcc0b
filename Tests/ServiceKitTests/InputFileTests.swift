import Foundation
import Glibc
import TestSupport
import Testing

@testable import ServiceKit

@Suite("A file named on the command line")
struct InputFileTests {
    private func file(of count: Int) throws -> String {
        let url = try TemporaryFolder.make("input").appending(path: "notice.xml")
        try Data(repeating: 0x61, count: count).write(to: url)
        return url.path
    }

    @Test("is read up to its limit, and refused one byte above it", arguments: [1_000, 64 * 1024, 200_000])
    func limit(bytes: Int) throws {
        for count in [0, 1, bytes - 1, bytes] {
            #expect(try InputFile.read(file(of: count), upTo: bytes).count == count)
        }
        let failure = #expect(throws: CommandFailure.self) { try InputFile.read(file(of: bytes + 1), upTo: bytes) }
        #expect(failure?.exitCode == .badInput)
    }

    @Test("without an end takes no more memory than its limit")
    func endless() {
        #expect(throws: CommandFailure.self) { try InputFile.read("/dev/zero", upTo: 1_000_000) }
    }

    @Test("may be a pipe, read to its end")
    func pipe() throws {
        let path = try TemporaryFolder.make("input").appending(path: "pipe").path
        #expect(mkfifo(path, 0o600) == 0)
        Thread.detachNewThread {
            let writer = open(path, O_WRONLY)
            for _ in 0..<3 { _ = write(writer, "abc", 3) }
            close(writer)
        }
        #expect(try InputFile.read(path, upTo: 9) == Array("abcabcabc".utf8))
    }

    @Test("that is not there, or is a folder, is bad input with the reason")
    func unreadable() throws {
        for path in ["/nowhere/at/all", try TemporaryFolder.make("input").path] {
            let failure = #expect(throws: CommandFailure.self) { try InputFile.read(path, upTo: 10) }
            #expect(failure?.exitCode == .badInput)
            #expect("\(failure?.why ?? "")".isEmpty == false)
        }
    }
}
