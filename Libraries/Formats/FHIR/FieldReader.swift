import Domain
import FoundationEssentials

/// Reads single fields and keeps every finding.
struct FieldReader {
    var report = ValidationReport()

    /// A text that must be there.
    mutating func required(_ node: FHIRNode?, at path: String, fix: String) -> String? {
        guard let node, let text = text(node) else {
            report.add(.error, "required", at: node?.path ?? path, fix: fix)
            return nil
        }
        return text
    }

    /// A text that should be there.
    mutating func expected(_ node: FHIRNode?, at path: String, fix: String) -> String? {
        guard let node, let text = text(node) else {
            report.add(.warning, "expected", at: node?.path ?? path, fix: fix)
            return nil
        }
        return text
    }

    /// A text that may be there, without spaces around it; nil for none and for an empty one.
    mutating func text(_ node: FHIRNode?, max: Int = ADWLimits.shortTextMax) -> String? {
        guard let node, let value = node.value else { return nil }
        let isSpace = { (character: Character) in character.isWhitespace }
        let trimmed = String(value.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
        guard !trimmed.isEmpty else { return nil }
        guard trimmed.unicodeScalars.count <= max else {
            report.add(.error, "length", at: node.path, fix: "shorten the text to \(max) characters")
            return nil
        }
        return trimmed
    }

    /// A day, from a FHIR date or the day in London of a FHIR dateTime.
    mutating func date(_ node: FHIRNode?) -> CivilDate? {
        guard let node, let text = text(node) else { return nil }
        if let date = CivilDate(text) { return date }
        if let instant = Instant.parse(text) { return CivilDate(londonDateOf: instant) }
        if text.utf8.count < 10, CivilDate(text + "-01") != nil || CivilDate(text + "-01-01") != nil {
            report.add(.warning, "date.partial", at: node.path, fix: "give the full date as yyyy-MM-dd")
            return nil
        }
        report.add(.error, "date", at: node.path, fix: "write the date as yyyy-MM-dd, a day that exists")
        return nil
    }

    /// A code of a list.
    mutating func code<Code: RawRepresentable<String>>(
        _ node: FHIRNode?, of list: Code.Type, named name: String, severity: ValidationSeverity = .warning
    ) -> Code? {
        guard let node, let text = text(node) else { return nil }
        guard let code = Code(rawValue: text) else {
            report.add(severity, "code", at: node.path, fix: "use a code of \(name)")
            return nil
        }
        return code
    }

    /// True or false.
    mutating func boolean(_ node: FHIRNode?) -> Bool? {
        guard let node, let text = text(node) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            report.add(.warning, "boolean", at: node.path, fix: "write true or false")
            return nil
        }
    }
}
