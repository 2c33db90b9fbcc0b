/// The signatures that Takeup reads, by their names in JOSE (RFC 7518, RFC 8037). All are asymmetric: a verifier never
/// holds what could sign.
package enum SignatureAlgorithm: String, Sendable, CaseIterable {
    case edDSA = "EdDSA"
    case es256 = "ES256"
    case rs256 = "RS256"
    case ps256 = "PS256"
}
