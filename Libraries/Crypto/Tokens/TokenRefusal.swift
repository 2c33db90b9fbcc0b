import Telemetry

/// Why a token was not believed. For the log and the metric; whoever sent it is only told that it was
/// not, and whether it has run out.
package enum TokenRefusal: String, LabelledError, Sendable, CaseIterable {
    case tooLong = "too_long"
    case malformed
    case badHeader = "bad_header"
    case badAlgorithm = "bad_algorithm"
    case unknownIssuer = "unknown_issuer"
    case unknownKey = "unknown_key"
    case badSignature = "bad_signature"
    case badClaims = "bad_claims"
    case wrongAudience = "wrong_audience"
    case wrongScope = "wrong_scope"
    case expired
    case notYetValid = "not_yet_valid"
    case livesTooLong = "lives_too_long"

    /// `token.expired` and the like.
    package var shortLabel: String { "token." + rawValue }
}
