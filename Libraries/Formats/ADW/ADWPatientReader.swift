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
        readBirthDate(node, issuedAt: issuedAt, into: &patient)
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
        if numbers.count > 1 {
            fields.report.add(
                .error, "nhs-number.repeated", at: node.path("identifier"),
                fix: "give one NHS number, the patient’s own")
        }
        guard let number = numbers.first, let text = fields.text(number.child("value")) else {
            fields.report.add(
                .warning, "nhs-number.missing", at: node.path("identifier"),
                fix: "give the patient’s NHS number where it is known")
            return
        }
        let status = number.extension(ADWNames.numberStatus)?.child("valueCodeableConcept", "coding", "code")
        patient.nhsNumberStatus = fields.text(status)
        let check = NHSNumberCheck(text)
        patient.nhsNumber = check
        let path = number.path("value")
        switch check {
        case .valid: break
        case .wrongCheckDigit:
            fields.report.add(
                .warning, "nhs-number.check-digit", at: path,
                fix: "check the NHS number: its last digit does not fit; the person is held as not verified")
        case .notTenDigits:
            fields.report.add(.warning, "nhs-number.form", at: path, fix: "give the NHS number as ten digits")
        }
    }

    private mutating func readBirthDate(_ node: FHIRNode, issuedAt: Date?, into patient: inout ADWPatient) {
        guard let birthNode = node.child("birthDate") else {
            fields.report.add(.warning, "expected", at: node.path("birthDate"), fix: "give the date of birth")
            return
        }
        guard let bornOn = fields.date(birthNode) else { return }
        patient.bornOn = bornOn
        guard let issuedAt else { return }
        guard let age = Age.years(born: bornOn, on: CivilDate(londonDateOf: issuedAt)) else {
            fields.report.add(
                .error, "birth-date.future", at: birthNode.path,
                fix: "correct the date of birth: it is after the notice")
            return
        }
        if age > Age.yearsMax {
            fields.report.add(
                .warning, "birth-date.age", at: birthNode.path,
                fix: "check the date of birth: the patient would be over \(Age.yearsMax)")
        }
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
