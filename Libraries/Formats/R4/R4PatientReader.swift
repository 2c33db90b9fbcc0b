import Domain
import FoundationEssentials

extension R4ReferralReader {
    /// Whom the bundle is about. Every problem of theirs is a finding; only a missing name is a reason to refuse.
    mutating func readPatient(_ node: FHIRNode, issuedAt: Date?) -> ReferredPerson {
        let names = node.children("name")
        let name = names.first { ["official", "usual"].contains($0.child("use")?.value) } ?? names.first
        let family = fields.required(
            name?.child("family"), at: node.path("name.family"), fix: "give the patient’s family name")
        let given = (name?.children("given") ?? []).prefix(ADWLimits.givenNamesMax).compactMap { fields.text($0) }
        if given.isEmpty {
            fields.report.add(.error, "required", at: node.path("name.given"), fix: "give the patient’s given name")
        }
        var person = ReferredPerson(familyName: family ?? "", givenNames: given)
        let numbers = node.children("identifier").filter { $0.child("system")?.value == R4Names.nhsNumber }
        person.nhsNumber = fields.nhsNumber(numbers.map { $0.child("value") }, of: node.path("identifier"))
        person.bornOn = fields.birthDate(node.child("birthDate"), at: node.path("birthDate"), issuedAt: issuedAt)
        person.gender = fields.code(node.child("gender"), of: Gender.self, named: "administrative gender") ?? .unknown
        person.postcode = fields.text(node.children("address").first?.child("postalCode"))
        person.ethnicCategory = fields.code(
            node.extension(R4Names.ethnicCategory)?.child("valueCodeableConcept", "coding", "code"),
            of: EthnicCategory.self, named: "UKCore-EthnicCategory")
        return person
    }

    /// Whether the bundle says that they have died: formally or informally notified (UKCore-DeathNotificationStatus 1 and 2), or
    /// `deceased`.
    func hasDied(_ node: FHIRNode) -> Bool {
        if node.child("deceasedDateTime") != nil || node.child("deceasedBoolean")?.value == "true" { return true }
        let status = node.extension(R4Names.deathStatus)?.extension("deathNotificationStatus")
        return ["1", "2"].contains(status?.child("valueCodeableConcept", "coding", "code")?.value)
    }
}
