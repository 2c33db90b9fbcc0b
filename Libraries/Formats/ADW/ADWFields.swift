extension FieldReader {
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
