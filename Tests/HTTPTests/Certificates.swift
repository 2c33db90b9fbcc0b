import Foundation

/// Certificates made with the `openssl` command in a temporary folder.
final class Certificates: Sendable {
    let folder: URL

    /// One set for all tests, made on a thread that may wait for the command.
    static let shared = Task {
        try await blocking { Result { try Certificates() } }.get()
    }

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("http-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try makeAuthority("authority")
        try makeAuthority("rogue")
        try issue("server", by: "authority", usage: "serverAuth")
        try issue("client", by: "authority", usage: "clientAuth")
        try issue("wrong-use", by: "authority", usage: "serverAuth")
        try issue("stranger", by: "rogue", usage: "clientAuth")
    }

    func pem(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    private func makeAuthority(_ name: String) throws {
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-keyout", "\(name).key", "-out", "\(name).crt", "-subj", "/CN=\(name)",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    }

    private func issue(_ name: String, by authority: String, usage: String) throws {
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(name).key",
            "-out", "\(name).csr", "-subj", "/O=Takeup tests/CN=\(name)")
        let extensions = "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=\(usage)\n"
        try extensions.write(to: folder.appendingPathComponent("\(name).ext"), atomically: true, encoding: .utf8)
        try openssl(
            "x509", "-req", "-in", "\(name).csr", "-CA", "\(authority).crt", "-CAkey", "\(authority).key",
            "-CAcreateserial", "-days", "2", "-extfile", "\(name).ext", "-out", "\(name).crt")
    }

    /// What the command prints; throws when it fails.
    @discardableResult
    func openssl(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = folder
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        struct Failure: Error { let arguments: [String] }
        guard process.terminationStatus == 0 else { throw Failure(arguments: arguments) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
