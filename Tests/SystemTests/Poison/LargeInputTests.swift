import FoundationEssentials
import HTTP
import ServiceKit
import TestSupport
import Testing

@testable import Takeup

extension SystemTests {
    @Suite("Ten megabytes")
    struct LargeInputTests {
        private static let mebibyte = 1024 * 1024
        /// What comes from a partner by mistake or in malice, and what a sender is told over HTTP.
        private static let inputs: [(name: String, status: Int, bytes: [UInt8])] = [
            ("10 MiB of nothing", 422, Array(repeating: 0, count: 10 * mebibyte)),
            ("10 MiB of text in one element", 422, element(of: 10 * mebibyte)),
            ("10 MiB of nested elements", 422, nested(in: 10 * mebibyte)),
            (
                "10 MiB of bad UTF-8", 422,
                Array("<?xml version=\"1.0\"?><a>".utf8) + Array(repeating: 0xff, count: 10_000_000)
            ),
            ("a byte above 10 MiB", 413, element(of: 10 * mebibyte + 1)),
            ("30 MiB", 413, element(of: 30 * mebibyte)),
        ]

        @Test("by HTTP and by file: each is refused or quarantined in words, and nobody dies")
        func largeInputs() async throws {
            try await Council.with { council in
                let gateway = try council.stack.program("referral-gateway")
                let client = Council.client()
                for input in Self.inputs {
                    let answer = try await client.sendNotice(
                        input.bytes, to: council.url(of: "referral-gateway"), as: council.stack.staff.partner)
                    #expect(Int(answer.status.rawValue) == input.status, "\(input.name)")

                    let file = council.stack.folder + "/large.xml"
                    try Data(input.bytes).write(to: URL(filePath: file))
                    let result = try await council.run(
                        gateway, ["submit", file, "--sender", input.name], as: council.stack.staff.partner)
                    #expect(result.exit == .exited(65), "\(input.name): \(result.exit) \(result.errorText)")
                    #expect(!(result.errorText + result.outputText).isEmpty)
                }
                await client.stop()
                try await council.requireAllAlive()
            }
        }

        private static func element(of count: Int) -> [UInt8] {
            let (start, end) = (Array("<?xml version=\"1.0\"?><a>".utf8), Array("</a>".utf8))
            return start + Array(repeating: UInt8(ascii: "x"), count: count - start.count - end.count) + end
        }

        private static func nested(in count: Int) -> [UInt8] {
            Array("<?xml version=\"1.0\"?>".utf8)
                + Array(repeatElement(Array("<a>".utf8), count: (count - 30) / 3).joined())
        }
    }
}
