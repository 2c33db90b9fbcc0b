/// Everything that is wrong with a message, each with its place and what to do about it. A reader does not stop at the first.
package struct ValidationReport: Hashable, Sendable, Codable {
    /// What was found, in the order of the message.
    package private(set) var issues: [ValidationIssue] = []
    /// How many more there were than ``issuesMax``.
    package private(set) var omitted = 0

    /// The most issues that one report keeps, so that a hostile message cannot make a large one.
    package static let issuesMax = 200

    /// A report without issues.
    package init() {}

    /// Whether the message must be refused.
    package var hasErrors: Bool { omitted > 0 || issues.contains { $0.severity == .error } }
    /// Whether nothing was found.
    package var isClean: Bool { issues.isEmpty }

    /// Adds an issue.
    package mutating func add(_ severity: ValidationSeverity, _ rule: String, at path: String, fix: String) {
        guard issues.count < Self.issuesMax else { omitted += 1; return }
        issues.append(ValidationIssue(path: path, rule: rule, severity: severity, fix: fix))
    }

    /// The text, or nil with a finding where it is longer than `max` characters.
    package mutating func short(_ text: String?, at path: String, max: Int) -> String? {
        guard let text, text.unicodeScalars.count > max else { return text }
        add(.error, "length", at: path, fix: "shorten the text to \(max) characters")
        return nil
    }

    /// Adds what another report has.
    package mutating func add(contentsOf other: ValidationReport) {
        for issue in other.issues { add(issue.severity, issue.rule, at: issue.path, fix: issue.fix) }
        omitted += other.omitted
    }
}

/// One thing that is wrong.
package struct ValidationIssue: Hashable, Sendable, Codable {
    /// Where: the path of the element, such as `Bundle.entry[3].Patient.birthDate`, or a line of the file.
    package let path: String
    /// Which rule, a stable short word such as `nhs-number.check-digit`.
    package let rule: String
    /// Whether the message is refused for it.
    package let severity: ValidationSeverity
    /// What to do, in plain English and without the value that was wrong, since that may be about a person.
    package let fix: String
}

/// How bad it is.
package enum ValidationSeverity: String, Sendable, Codable, CaseIterable {
    /// The message cannot be taken in.
    case error
    /// The message is taken in and someone should look.
    case warning
}
