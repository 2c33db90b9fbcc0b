import COpenSSL
import Telemetry

/// What OpenSSL refused to do. It says which operation, never with which key or on what.
package struct CryptoError: LabelledError, Sendable, Equatable, CustomStringConvertible {
    /// What was asked for.
    package enum Operation: String, Sendable {
        case decrypt
        case digest
        case encrypt
        case makeKey = "make_key"
        case readKey = "read_key"
        case sign
        case stretch
    }

    /// What was asked for.
    package let operation: Operation

    /// The error of an operation; OpenSSL's own queue of errors is emptied, so that none is blamed on the next call.
    init(_ operation: Operation) {
        self.operation = operation
        ERR_clear_error()
    }

    /// `crypto.sign` and the like.
    package var shortLabel: String { "crypto." + operation.rawValue }
    /// Safe to show.
    package var description: String {
        "OpenSSL refused to \(operation.rawValue.split(separator: "_").joined(separator: " "))"
    }
}
