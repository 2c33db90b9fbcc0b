import Domain

extension ADWBundleWriter {
    mutating func patient(_ patient: ADWPatient) {
        entry("Patient", .patient, profile: ADWNames.careConnect + "CareConnect-Patient-1") { writer in
            writer.ethnicCategory(patient.ethnicCategory)
            writer.communication(patient)
            writer.identifiers(patient)
            writer.name(family: patient.familyName, given: patient.givenNames, isUsual: true)
            writer.telecoms(patient.contact)
            writer.value("gender", patient.gender.rawValue)
            writer.value("birthDate", patient.bornOn?.description)
            writer.address(patient.address)
            if let carer = patient.carer { writer.carer(carer) }
        }
    }

    mutating func practitioner(_ person: ADWPractitioner?, _ part: ADWPart, employer: ADWPart) {
        guard let person else { return }
        entry("Practitioner", part, profile: ADWNames.careConnect + "CareConnect-Practitioner-1") { writer in
            writer.name(family: person.familyName, given: person.givenName.map { [$0] } ?? [], isUsual: false)
            writer.telecoms(person.contact)
            writer.node("practitionerRole") { writer in
                writer.reference("managingOrganization", to: employer)
                if let role = person.role { writer.node("role") { $0.value("text", role) } }
            }
        }
    }

    mutating func organization(
        _ organization: ADWOrganization, _ part: ADWPart, system: String, code: String, _ display: String
    ) {
        entry("Organization", part, profile: ADWNames.careConnect + "CareConnect-Organization-1") { writer in
            if let ods = organization.ods {
                writer.node("identifier") { writer in
                    writer.value("system", system)
                    writer.value("value", ods)
                }
            }
            writer.organizationType(code, display)
            writer.value("name", organization.name)
        }
    }

    mutating func team(_ name: String?) {
        guard let name else { return }
        entry("Organization", .team, profile: ADWNames.careConnect + "CareConnect-Organization-1") { writer in
            writer.organizationType("team", "Organizational team")
            writer.value("name", name)
            writer.reference("partOf", to: .council)
        }
    }

    private mutating func organizationType(_ code: String, _ display: String) {
        node("type") {
            $0.coding("coding", system: "http://hl7.org/fhir/organization-type", code: code, display: display)
        }
    }

    private mutating func ethnicCategory(_ category: EthnicCategory?) {
        guard let category else { return }
        node("extension", ["url": ADWNames.ethnicCategory]) { writer in
            writer.node("valueCodeableConcept") {
                $0.coding(
                    "coding", system: "https://fhir.hl7.org.uk/CareConnect-EthnicCategory-1", code: category.rawValue)
            }
        }
    }

    private mutating func communication(_ patient: ADWPatient) {
        guard patient.language != nil || patient.languageIsPreferred != nil || patient.interpreterRequired != nil else {
            return
        }
        node("extension", ["url": ADWNames.communication]) { writer in
            if let language = patient.language {
                writer.node("extension", ["url": "language"]) { writer in
                    writer.node("valueCodeableConcept") {
                        $0.coding(
                            "coding", system: "https://fhir.hl7.org.uk/CareConnect-HumanLanguage-1", code: language)
                    }
                }
            }
            if let preferred = patient.languageIsPreferred {
                writer.node("extension", ["url": "preferred"]) { $0.value("valueBoolean", String(preferred)) }
            }
            if let required = patient.interpreterRequired {
                writer.node("extension", ["url": "interpreterRequired"]) { $0.value("valueBoolean", String(required)) }
            }
        }
    }

    private mutating func identifiers(_ patient: ADWPatient) {
        if let number = patient.nhsNumber?.text {
            node("identifier") { writer in
                if let status = patient.nhsNumberStatus {
                    writer.node("extension", ["url": ADWNames.numberStatus]) { writer in
                        writer.node("valueCodeableConcept") {
                            $0.coding(
                                "coding", system: "https://fhir.hl7.org.uk/CareConnect-NHSNumberVerificationStatus-1",
                                code: status)
                        }
                    }
                }
                writer.value("system", ADWNames.nhsNumber)
                writer.value("value", number)
            }
        }
        if let number = patient.hospitalNumber {
            node("identifier") { writer in
                writer.value("system", ADWNames.localPatient)
                writer.value("value", number)
                writer.reference("assigner", to: .hospital)
            }
        }
    }

    private mutating func address(_ address: ADWAddress) {
        guard address != ADWAddress() else { return }
        node("address") { writer in
            for line in address.lines { writer.value("line", line) }
            writer.value("city", address.city)
            writer.value("district", address.district)
            writer.value("postalCode", address.postcode)
        }
    }

    private mutating func carer(_ carer: ADWPractitioner) {
        node("contact") { writer in
            writer.node("relationship") {
                $0.coding(
                    "coding", system: "https://fhir.hl7.org.uk/CareConnect-PersonRelationshipType-1", code: "20",
                    display: "Carer")
            }
            writer.name(family: carer.familyName, given: carer.givenName.map { [$0] } ?? [], isUsual: true)
            writer.telecoms(carer.contact)
        }
    }
}

extension NHSNumberCheck {
    /// The digits, right or wrong; nil where there were not ten.
    package var text: String? {
        switch self {
        case .valid(let number): number.digits
        case .wrongCheckDigit(let digits): digits
        case .notTenDigits: nil
        }
    }
}
