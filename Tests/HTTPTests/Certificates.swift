import TestSupport

extension TestCertificates {
    /// One set for all tests of HTTP.
    static let ofHTTP = Task {
        let certificates = try await TestCertificates.make()
        try await certificates.issue("server", for: .server)
        try await certificates.issue("client", for: .client)
        try await certificates.issue("wrong-use", for: .server)
        try await certificates.issue("stranger", by: .rogue, for: .client)
        return certificates
    }
}
