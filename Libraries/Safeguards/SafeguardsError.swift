import Telemetry

/// Why personal data could not be kept, shown or erased. It names kinds, never a person or a value.
package struct SafeguardsError: LabelledError, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of error. New ones may be added.
    package enum Code: String, Sendable, CaseIterable {
        /// The person's key was destroyed: what it sealed is gone for good.
        case erased
        /// No key was ever made for the person, so nothing can be sealed under one.
        case noKey = "no-key"
        /// Sealed bytes that cannot be what was written there: changed, moved, or of another person.
        case notAuthentic = "not-authentic"
        /// Sealed bytes, or a file of keys, of a form that this program does not know.
        case unknownForm = "unknown-form"
        /// A key is wrapped by a wrapping key that is not in the ring.
        case unknownWrappingKey = "unknown-wrapping-key"
        /// A register of erasures that was changed, cut, or does not belong to this key database.
        case registerDamaged = "register-damaged"
        /// An erasure that the register tells of is not in force: something was restored.
        case registerNotApplied = "register-not-applied"
        /// The register of erasures cannot be read or written.
        case registerUnavailable = "register-unavailable"
        /// The check before an erasure said no.
        case erasureRefused = "erasure-refused"
        /// A text is too long, or a list too large.
        case limitExceeded = "limit-exceeded"
        /// The database answered with another shape than the statement promises.
        case unexpectedAnswer = "unexpected-answer"
    }

    /// The kind.
    package let code: Code
    /// More about it, without personal data.
    package let detail: String?

    package init(_ code: Code, detail: String? = nil) {
        self.code = code
        self.detail = detail
    }

    /// Trying again does not help with any of them.
    package var isRetryable: Bool { false }
    /// `safeguards.erased` and the like.
    package var shortLabel: String { "safeguards." + code.rawValue }
    /// Safe to show.
    package var description: String { detail.map { "\(code.rawValue): \($0)" } ?? code.rawValue }
}
