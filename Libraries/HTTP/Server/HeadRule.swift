/// The rules a request's head must keep before any handler sees it. libmicrohttpd 0.9.75 lets all of these through.
enum HeadRule: String, CaseIterable, Sendable {
    /// Request line and headers follow each other without a gap: no bare LF, NUL, or folded line.
    case canonicalHead = "canonical-head"
    case headBytes = "head-bytes"
    case headerCount = "header-count"
    case headerName = "header-name"
    case headerValue = "header-value"
    case methodToken = "method-token"
    case methodKnown = "method-known"
    case version
    case targetBytes = "target-bytes"
    case targetForm = "target-form"
    case hostCount = "host-count"
    case hostForm = "host-form"
    case codingKnown = "coding-known"
    case codingVersion = "coding-version"
    case lengthWithCoding = "length-with-coding"
    case lengthOnce = "length-once"
    case lengthDigits = "length-digits"
    case lengthNeeded = "length-needed"
    case bodyUnexpected = "body-unexpected"
    case bodyBytes = "body-bytes"
    case expectation
    /// What follows a chunked body keeps the form of headers, and does not say how the body is delimited.
    case trailerForm = "trailer-form"
    case clientCertificate = "client-certificate"
}

/// Why a request was refused before a handler was chosen.
struct Refusal: Equatable {
    let rule: HeadRule
    let status: HTTPStatus
    let detail: String
}

/// A request's head as the library handed it out.
struct RawHead {
    var method: String
    var target: String
    var version: String
    var headers: HeaderFields
    var headBytes: Int
    var isCanonical: Bool
}
