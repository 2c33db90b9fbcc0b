/// What every answer tells a browser about how little it may do with it; no other client heeds it.
///
/// Source: OWASP ASVS 5.0, V3.2.1, V3.4.1, V3.4.3 to V3.4.6 and V3.5.8.
enum BrowserDefences {
    private static let always: [(name: String, value: String)] = [
        ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"),
        // A page says more for itself; what is no page needs nothing.
        ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]
    private static let overTLS = always + [("Strict-Transport-Security", "max-age=31536000; includeSubDomains")]

    /// Those that `response` does not bring itself.
    static func missing(in response: Response, overTLS isSecure: Bool) -> [(name: String, value: String)] {
        (isSecure ? overTLS : always).filter { defence in !response.headers.contains { $0.name == defence.name } }
    }
}
