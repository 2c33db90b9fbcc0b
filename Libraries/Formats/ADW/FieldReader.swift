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

    /// The e-mail address and telephone number among the `telecom`s of a resource; the first of each.
    mutating func contact(_ node: FHIRNode) -> ADWContact {
        var contact = ADWContact()
        for telecom in node.children("telecom") {
            switch telecom.child("system")?.value {
            case "email" where contact.email == nil: contact.email = text(telecom.child("value"))
            case "phone" where contact.phone == nil: contact.phone = text(telecom.child("value"))
            default: break
            }
        }
        return contact
    }

    /// A person who is named, where they have a family name.
    mutating func practitioner(_ node: FHIRNode?) -> ADWPractitioner? {
        guard let node else { return nil }
        guard let family = text(node.child("name", "family")) else {
            report.add(.warning, "name", at: node.path("name.family"), fix: "give the family name")
            return nil
        }
        var person = ADWPractitioner(familyName: family, givenName: text(node.child("name", "given")))
        person.contact = contact(node)
        let role = node.child("practitionerRole", "role")
        person.role = text(role?.child("text")) ?? text(role?.child("coding", "display"))
        return person
    }

    /// A hospital or a council.
    mutating func organization(_ node: FHIRNode?) -> ADWOrganization {
        guard let node else { return ADWOrganization() }
        return ADWOrganization(ods: text(node.child("identifier", "value")), name: text(node.child("name")))
    }

    /// The ODS code of an endpoint address.
    mutating func odsCode(_ node: FHIRNode?, at path: String) -> String? {
        let fix = "give the address as \(ADWNames.odsPrefix) and the ODS code"
        guard let address = required(node, at: path, fix: fix) else { return nil }
        let code = address.dropFirst(ADWNames.odsPrefix.count)
        let isCode =
            !code.isEmpty && code.utf8.allSatisfy { ($0 | 0x20 >= 97 && $0 | 0x20 <= 122) || ($0 >= 48 && $0 <= 57) }
        guard address.hasPrefix(ADWNames.odsPrefix), isCode, code.utf8.count <= 12 else {
            report.add(.error, "ods-address", at: node?.path ?? path, fix: fix)
            return nil
        }
        return String(code)
    }
}
