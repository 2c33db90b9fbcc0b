import Domain
import FoundationEssentials

extension ADWNoticeReader {
    /// The patient. Every problem of theirs is a finding; only a missing name is a reason to refuse.
    mutating func readPatient(_ node: FHIRNode, issuedAt: Date?) -> ADWPatient {
        let nameNode = node.children("name").first { $0.child("use")?.value == "usual" } ?? node.child("name")
        let family = fields.required(
            nameNode?.child("family"), at: node.path("name.family"), fix: "give the patient’s family name")
        let given = (nameNode?.children("given") ?? []).prefix(ADWLimits.givenNamesMax).compactMap { fields.text($0) }
        if given.isEmpty {
            fields.report.add(.error, "required", at: node.path("name.given"), fix: "give the patient’s given name")
        }
        var patient = ADWPatient(familyName: family ?? "", givenNames: given)
        readIdentifiers(node, into: &patient)
        patient.bornOn = fields.birthDate(node.child("birthDate"), at: node.path("birthDate"), issuedAt: issuedAt)
        patient.gender = fields.code(node.child("gender"), of: Gender.self, named: "administrative gender") ?? .unknown
        patient.address = readAddress(node)
        patient.contact = fields.contact(node)
        readExtensions(node, into: &patient)
        let carerNode = node.children("contact").first
        patient.carer = carerNode.flatMap { $0.child("name") == nil ? nil : fields.practitioner($0) }
        return patient
    }

    private mutating func readIdentifiers(_ node: FHIRNode, into patient: inout ADWPatient) {
        let identifiers = node.children("identifier")
        patient.hospitalNumber = fields.text(
            identifiers.first { $0.child("system")?.value == ADWNames.localPatient }?.child("value"))
        let numbers = identifiers.filter { $0.child("system")?.value == ADWNames.nhsNumber }
        let status = numbers.first?.extension(ADWNames.numberStatus)?.child("valueCodeableConcept", "coding", "code")
        patient.nhsNumberStatus = fields.text(status)
        patient.nhsNumber = fields.nhsNumber(numbers.map { $0.child("value") }, of: node.path("identifier"))
    }

    private mutating func readAddress(_ node: FHIRNode) -> ADWAddress {
        var address = ADWAddress()
        guard let first = node.children("address").first else { return address }
        address.lines = first.children("line").prefix(ADWLimits.addressLinesMax).compactMap { fields.text($0) }
        address.city = fields.text(first.child("city"))
        address.district = fields.text(first.child("district"))
        address.postcode = fields.text(first.child("postalCode"))
        return address
    }

    private mutating func readExtensions(_ node: FHIRNode, into patient: inout ADWPatient) {
        if let communication = node.extension(ADWNames.communication) {
            patient.language = fields.text(
                communication.extension("language")?.child("valueCodeableConcept", "coding", "code"))
            patient.languageIsPreferred = fields.boolean(communication.extension("preferred")?.child("valueBoolean"))
            patient.interpreterRequired = fields.boolean(
                communication.extension("interpreterRequired")?.child("valueBoolean"))
        }
        patient.ethnicCategory = fields.code(
            node.extension(ADWNames.ethnicCategory)?.child("valueCodeableConcept", "coding", "code"),
            of: EthnicCategory.self, named: "CareConnect-EthnicCategory-1")
    }
}
