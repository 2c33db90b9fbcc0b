import FoundationEssentials
import ServiceKit

/// Certificates made with the `openssl` command, in a folder that goes with the process.
package struct TestCertificates: Sendable {
    /// What a certificate is good for.
    package enum Usage: String, Sendable {
        case server = "serverAuth"
        case client = "clientAuth"
        case both = "serverAuth,clientAuth"
    }

    /// Two authorities: everybody trusts `authority`, and nobody `rogue`.
    package enum Authority: String, CaseIterable, Sendable {
        case authority, rogue
    }

    private let folder: String

    /// The authorities, and nobody they vouch for yet.
    package static func make() async throws -> TestCertificates {
        let certificates = TestCertificates(folder: try TemporaryFolder.make("certificates").path)
        for authority in Authority.allCases { try await certificates.make(authority) }
        return certificates
    }

    /// Makes `NAME.crt` and `NAME.key`, for this machine, with the name as its common name.
    package func issue(_ name: String, by authority: Authority = .authority, for usage: Usage) async throws {
        try await openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(name).key",
            "-out", "\(name).csr", "-subj", "/O=Takeup tests/CN=\(name)")
        let extensions = "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=\(usage.rawValue)\n"
        try Data(extensions.utf8).write(to: URL(filePath: path("\(name).ext")))
        try await openssl(
            "x509", "-req", "-in", "\(name).csr", "-CA", "\(authority.rawValue).crt", "-CAkey",
            "\(authority.rawValue).key", "-CAcreateserial", "-days", "2", "-extfile", "\(name).ext", "-out",
            "\(name).crt")
    }

    /// Where a file is, for example `authority.crt`.
    package func path(_ file: String) -> String { "\(folder)/\(file)" }

    /// A file's text.
    package func pem(_ file: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path(file))), as: UTF8.self)
    }

    /// What the command prints, run beside the files; throws when it fails.
    @discardableResult
    package func openssl(_ arguments: String...) async throws -> String {
        let result = try await ChildProcess.run(.init("openssl", arguments, workingDirectory: folder))
        guard result.exit.isSuccess else {
            throw CommandFailure(.failed, "openssl \(arguments.first ?? "") failed.", why: result.errorText)
        }
        return result.outputText
    }

    private func make(_ authority: Authority) async throws {
        let name = authority.rawValue
        try await openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-keyout", "\(name).key", "-out", "\(name).crt", "-subj", "/CN=\(name)",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    }
}
