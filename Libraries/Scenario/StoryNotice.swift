import Domain
import Formats
import FoundationEssentials

extension Story {
    /// The assessment notice that a hospital of Leeds sends about `person`.
    static func notice(
        about person: SyntheticPerson, issuedAt: Date, using generator: inout SeededGenerator
    ) -> ADWNotice {
        let hospital = generator.pick(hospitals)
        let day = CivilDate(londonDateOf: issuedAt)
        func newID() -> String { UUID.v7(at: issuedAt, using: &generator).uuidString.lowercased() }
        var notice = ADWNotice(
            bundleID: newID(), messageID: newID(), kind: .assessment, issuedAt: issuedAt, sourceODS: hospital.ods,
            destinationODS: councilODS, referralIdentifier: newID(), patient: patient(person))
        notice.encounterIdentifier = newID()
        notice.patient.hospitalNumber = "T\(generator.number(1_000_000...9_999_999))"
        notice.hospital = ADWOrganization(ods: hospital.ods, name: hospital.name)
        notice.localAuthority = ADWOrganization(ods: councilODS, name: "Leeds City Council")
        notice.socialServicesTeam = "Hospital Social Work Team"
        let reason = generator.pick(reasons)
        notice.stay.admittedOn = day.adding(days: -generator.number(2...28))
        notice.stay.proposedDischargeOn = day.adding(days: generator.number(2...10))
        notice.stay.admissionType = generator.chance(85) ? .emergency : .planned
        notice.stay.admissionReason = reason.admission
        notice.stay.ward = "Ward \(generator.number(1...60))"
        notice.referralReason = reason.referral
        notice.supportingInformation = person.carer == nil ? "Lives alone." : "Lives with family who help."
        notice.liaison = ADWPractitioner(familyName: "Nowak", givenName: "Ewa")
        notice.liaison?.contact.email = "discharge@example.invalid"
        notice.liaison?.contact.phone = "0113 496 0001"
        notice.liaison?.role = "Discharge co-ordinator"
        notice.leadClinician = ADWPractitioner(familyName: "Adeyemi", givenName: "Tolu")
        notice.leadClinician?.role = "Consultant"
        notice.answers = answers(person, using: &generator)
        return notice
    }

    private static func patient(_ person: SyntheticPerson) -> ADWPatient {
        var patient = ADWPatient(familyName: person.familyName, givenNames: [person.givenName])
        patient.nhsNumber = .valid(person.nhsNumber)
        patient.nhsNumberStatus = "01"
        patient.bornOn = person.bornOn
        patient.gender = person.gender
        patient.ethnicCategory = person.ethnicCategory
        patient.address.lines = [person.addressLine]
        patient.address.city = "Leeds"
        patient.address.district = "West Yorkshire"
        patient.address.postcode = person.postcode
        patient.contact.phone = person.phone
        patient.language = person.language
        patient.languageIsPreferred = true
        patient.interpreterRequired = person.needsInterpreter
        patient.carer = person.carer.map { ADWPractitioner(familyName: $0.family, givenName: $0.given) }
        return patient
    }

    private static func answers(_ person: SyntheticPerson, using generator: inout SeededGenerator) -> ADWAnswers {
        var answers = ADWAnswers()
        let lacksCapacity = generator.chance(10)
        answers.patientConsulted = lacksCapacity ? .no : .yes
        answers.carerConsulted = person.carer == nil ? .noKnownCarer : .yes
        answers.safeguardingConcerns = generator.chance(4) ? .yes : .no
        answers.consent = lacksCapacity ? .lacksCapacity : .given
        answers.thirdPartyConsent = lacksCapacity ? .bestInterestDecision : .notApplicable
        answers.continuingHealthCareConsidered = .yes
        answers.continuingHealthCareOutcome = "Not eligible for NHS continuing health care."
        return answers
    }

    /// The council's code in the messages.
    static let councilODS = "383"

    private static let hospitals: [(ods: String, name: String)] = [
        ("RR801", "Leeds General Infirmary"), ("RR813", "St James’s University Hospital"),
        ("RR814", "Chapel Allerton Hospital"),
        ("RR819", "Wharfedale Hospital"),
    ]

    private static let reasons: [(admission: String, referral: String)] = [
        (
            "Fall at home, fractured neck of femur",
            "Needs help with washing, dressing and getting about after a hip fracture."
        ),
        ("Stroke", "Needs help with personal care and meals; weakness of the left side."),
        ("Chest infection", "Has lost confidence and strength; managing at home is in doubt."),
        ("Exacerbation of COPD", "Breathless on small effort; needs help with shopping and housework."),
        ("Urinary tract infection with delirium", "Confused at times; the family asks for support at home."),
        ("Planned knee replacement", "Needs help at home for longer than the usual recovery."),
        ("Epileptic seizure", "Support with daily living was informal until now and has broken down."),
    ]
}
