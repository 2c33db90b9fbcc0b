/// An error that can say what it is in a few words from a closed set, fit for a metric's label and a span's status:
/// never an id, a name or a value.
package protocol LabelledError: Error {
    /// For example `postgres.40001` or `kafka.timeout`.
    var shortLabel: String { get }
}

/// The label of any error: its own, or else the name of its type.
package func errorLabel(_ error: any Error) -> String {
    if let labelled = error as? any LabelledError { return labelled.shortLabel }
    if error is CancellationError { return "cancelled" }
    return String(describing: type(of: error))
}
