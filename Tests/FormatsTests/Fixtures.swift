import Domain
import FoundationEssentials

@testable import Formats

/// Messages of our own in the published formats. Everyone in them is made up.
enum Fixtures {
    /// A small assessment notice, written by hand so that it does not share a mistake with our writer.
    static let assessment = """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- made up -->
        <Bundle xmlns="http://hl7.org/fhir">
          <id value="b-1"/>
          <type value="message"/>
          <entry>
            <fullUrl value="urn:uuid:00000000-0000-4000-8000-000000000001"/>
            <resource><MessageHeader>
              <id value="00000000-0000-4000-8000-000000000001"/>
              <timestamp value="2026-03-02T09:30:00+00:00"/>
              <event><system value="http://snomed.info/sct"/><code value="975701000000106"/></event>
              <source><endpoint value="urn:nhs-uk:addressing:ods:RR801"/></source>
              <destination><endpoint value="urn:nhs-uk:addressing:ods:383"/></destination>
              <author><reference value="urn:uuid:liaison"/></author>
              <receiver><reference value="urn:uuid:council"/></receiver>
              <data><reference value="urn:uuid:referral"/></data>
            </MessageHeader></resource>
          </entry>
          <entry>
            <fullUrl value="urn:uuid:referral"/>
            <resource><ReferralRequest>
              <status value="requested"/>
              <identifier><value value="ref-77"/></identifier>
              <patient><reference value="urn:uuid:patient"/></patient>
              <encounter><reference value="urn:uuid:stay"/></encounter>
              <reason><text value="Fall at home &amp; a broken hip"/></reason>
              <description value="Lives alone."/>
              <supportingInformation><reference value="urn:uuid:questions"/></supportingInformation>
            </ReferralRequest></resource>
          </entry>
          <entry>
            <fullUrl value="urn:uuid:stay"/>
            <resource><Encounter>
              <identifier><value value="stay-9"/></identifier>
              <priority><coding><code value="E"/></coding></priority>
              <period><start value="2026-02-27T23:30:00+00:00"/><end value="2026-03-09"/></period>
              <location><location><reference value="urn:uuid:ward"/></location></location>
              <serviceProvider><reference value="urn:uuid:hospital"/></serviceProvider>
            </Encounter></resource>
          </entry>
          <entry>
            <fullUrl value="urn:uuid:patient"/>
            <resource><Patient>
              <extension url="https://fhir.hl7.org.uk/StructureDefinition/Extension-CareConnect-EthnicCategory-1">
                <valueCodeableConcept><coding><code value="J"/></coding></valueCodeableConcept>
              </extension>
              <identifier><system value="https://fhir.nhs.uk/Id/nhs-number"/><value value="999 000 0018"/></identifier>
              <name><family value="Hussain"/><given value="Zoë"/><given value="A"/></name>
              <gender value="female"/>
              <birthDate value="1950-02-28"/>
              <address><line value="1 Test Row"/><city value="Leeds"/><postalCode value="LS9 9ZZ"/></address>
            </Patient></resource>
          </entry>
          <entry>
            <fullUrl value="urn:uuid:liaison"/>
            <resource><Practitioner>
              <name><family value="Nowak"/><given value="Ewa"/></name>
              <telecom><system value="email"/><value value="ewa@example.invalid"/></telecom>
            </Practitioner></resource>
          </entry>
          <entry>
            <fullUrl value="urn:uuid:hospital"/>
            <resource><Organization>
              <identifier><value value="RR801"/></identifier><name value="A Hospital"/>
            </Organization></resource>
          </entry>
          <entry>
            <fullUrl value="urn:uuid:council"/>
            <resource><Organization>
              <identifier><value value="383"/></identifier><name value="A Council"/>
            </Organization></resource>
          </entry>
          <entry>
            <fullUrl value="urn:uuid:ward"/>
            <resource><Location><name value="Ward 12"/></Location></resource>
          </entry>
          <entry>
            <fullUrl value="urn:uuid:questions"/>
            <resource><QuestionnaireResponse><group>
              <question>
                <text value="Has the patient consented to this Assessment Notice?"/>
                <answer><valueCoding><code value="L"/></valueCoding></answer>
              </question>
              <question>
                <text value="Are there any Safeguarding Concerns associated with the patient?"/>
                <answer><valueCoding><code value="N"/></valueCoding></answer>
              </question>
            </group></QuestionnaireResponse></resource>
          </entry>
        </Bundle>
        """

    /// The fixture with one text replaced, which must occur in it.
    static func assessment(replacing old: String, with new: String) -> [UInt8] {
        precondition(assessment.contains(old), "the fixture has no \(old)")
        return Array(assessment.replacingFirst(old, with: new).utf8)
    }

    /// A notice with every field set.
    static func fullNotice(kind: ADWNoticeKind) -> ADWNotice {
        var patient = ADWPatient(familyName: "O’Brien-Łukasz", givenNames: ["Zoë", "Mary Ann"])
        patient.nhsNumber = NHSNumberCheck("9990000018")
        patient.nhsNumberStatus = "01"
        patient.hospitalNumber = "H<1>&\"2\""
        patient.bornOn = CivilDate("1944-02-29")
        patient.gender = .female
        patient.ethnicCategory = .pakistani
        patient.address.lines = ["Flat 1", "2 Made Up Road"]
        patient.address.city = "Leeds"
        patient.address.district = "West Yorkshire"
        patient.address.postcode = "LS99 9ZZ"
        patient.contact.email = "z@example.invalid"
        patient.contact.phone = "0113 496 0000"
        patient.language = "ur"
        patient.languageIsPreferred = true
        patient.interpreterRequired = false
        patient.carer = ADWPractitioner(familyName: "Khan", givenName: "Ali")
        patient.carer?.contact.phone = "0113 496 0001"
        var notice = ADWNotice(
            bundleID: "b", messageID: "0b8e0a52-8a0f-4f0e-9a40-0123456789ab", kind: kind,
            issuedAt: Date(timeIntervalSince1970: 1_772_443_800), sourceODS: "RR801", destinationODS: "383",
            referralIdentifier: "ref-1", patient: patient)
        notice.encounterIdentifier = "stay-1"
        notice.liaison = ADWPractitioner(familyName: "Nowak", givenName: "Ewa")
        notice.liaison?.role = "Discharge co-ordinator"
        notice.leadClinician = ADWPractitioner(familyName: "Okafor", givenName: "Chidi")
        notice.hospital = ADWOrganization(ods: "RR801", name: "A Hospital")
        notice.localAuthority = ADWOrganization(ods: "383", name: "A Council")
        notice.socialServicesTeam = "Hospital Team"
        notice.stay.ward = "Ward 12"
        guard !kind.isWithdrawal else {
            notice.withdrawalReason = .conditionDeteriorated
            return notice
        }
        notice.stay.admittedOn = CivilDate("2026-02-20")
        notice.stay.proposedDischargeOn = CivilDate("2026-03-09")
        notice.stay.admissionType = .emergency
        notice.stay.admissionReason = "Fall"
        notice.referralReason = "Line one\nline two\tand a tab"
        notice.supportingInformation = "5 < 6 & 7 > 2"
        notice.answers.patientConsulted = .yes
        notice.answers.carerConsulted = .noKnownCarer
        notice.answers.safeguardingConcerns = .no
        notice.answers.consent = .given
        notice.answers.thirdPartyConsent = .notApplicable
        notice.answers.continuingHealthCareConsidered = .yes
        notice.answers.continuingHealthCareOutcome = "Not eligible"
        return notice
    }
}

extension String {
    /// This text with the first `old` replaced.
    func replacingFirst(_ old: String, with new: String) -> String {
        guard let range = ranges(of: old).first else { return self }
        return replacingCharacters(in: range, by: new)
    }

    private func replacingCharacters(in range: Range<String.Index>, by new: String) -> String {
        var copy = self
        copy.replaceSubrange(range, with: new)
        return copy
    }
}

/// A small generator whose whole state is its seed, so that a failure can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
