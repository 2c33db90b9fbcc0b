import Foundation

/// Referrals of our own in R4 and HL7 version 2. Everyone in them is made up.
enum ReferralFixtures {
    /// A message of the Booking and Referral Standard, in XML.
    static let bars = """
        <?xml version="1.0" encoding="UTF-8"?>
        <Bundle xmlns="http://hl7.org/fhir">
          <id value="10000000-0000-4000-8000-000000000001"/>
          <type value="message"/>
          <timestamp value="2026-03-02T09:30:00+00:00"/>
          <entry>
            <fullUrl value="urn:uuid:20000000-0000-4000-8000-000000000001"/>
            <resource><MessageHeader>
              <meta><lastUpdated value="2026-03-02T09:30:00+00:00"/></meta>
              <eventCoding>
                <system value="https://fhir.nhs.uk/CodeSystem/message-events-bars"/>
                <code value="servicerequest-request"/>
              </eventCoding>
              <destination><endpoint value="http://fhir.nhs.uk/Id/dos-service-id|2000383"/></destination>
              <source><endpoint value="http://fhir.nhs.uk/Id/dos-service-id|2000801"/></source>
              <reason><coding><code value="new"/></coding></reason>
              <focus><reference value="urn:uuid:20000000-0000-4000-8000-000000000002"/></focus>
            </MessageHeader></resource>
          </entry>
          <entry>
            <fullUrl value="urn:uuid:20000000-0000-4000-8000-000000000002"/>
            <resource><ServiceRequest>
              <identifier><value value="bars-7"/></identifier>
              <status value="active"/>
              <intent value="plan"/>
              <category><coding>
                <system value="https://fhir.nhs.uk/CodeSystem/message-category-servicerequest"/><code value="referral"/>
              </coding></category>
              <subject><reference value="urn:uuid:20000000-0000-4000-8000-000000000003"/></subject>
              <encounter><reference value="urn:uuid:20000000-0000-4000-8000-000000000004"/></encounter>
              <authoredOn value="2026-03-02T09:00:00+00:00"/>
            </ServiceRequest></resource>
          </entry>
          <entry>
            <fullUrl value="urn:uuid:20000000-0000-4000-8000-000000000003"/>
            <resource><Patient>
              <extension url="https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory">
                <valueCodeableConcept><coding><code value="J"/></coding></valueCodeableConcept>
              </extension>
              <identifier>
                <system value="https://fhir.nhs.uk/Id/nhs-number"/><value value="9990000018"/>
              </identifier>
              <name><use value="official"/><family value="Ó Súilleabháin"/><given value="Máire"/><given value="Bríd"/></name>
              <gender value="female"/>
              <birthDate value="1948-02-29"/>
              <address><postalCode value="LS9 7TF"/></address>
            </Patient></resource>
          </entry>
          <entry>
            <fullUrl value="urn:uuid:20000000-0000-4000-8000-000000000004"/>
            <resource><Encounter>
              <period><start value="2026-02-20"/><end value="2026-03-09T12:00:00+00:00"/></period>
              <serviceProvider><reference value="urn:uuid:20000000-0000-4000-8000-000000000005"/></serviceProvider>
            </Encounter></resource>
          </entry>
          <entry>
            <fullUrl value="urn:uuid:20000000-0000-4000-8000-000000000005"/>
            <resource><Organization>
              <identifier>
                <system value="https://fhir.nhs.uk/Id/ods-organization-code"/><value value="RR801"/>
              </identifier>
            </Organization></resource>
          </entry>
        </Bundle>
        """

    /// The same message in JSON, written by hand so that it shares no mistake with the XML.
    static let barsJSON = #"""
        {"resourceType":"Bundle","id":"10000000-0000-4000-8000-000000000001","type":"message",
         "timestamp":"2026-03-02T09:30:00+00:00","entry":[
          {"fullUrl":"urn:uuid:20000000-0000-4000-8000-000000000001","resource":{"resourceType":"MessageHeader",
            "meta":{"lastUpdated":"2026-03-02T09:30:00+00:00"},
            "eventCoding":{"system":"https://fhir.nhs.uk/CodeSystem/message-events-bars","code":"servicerequest-request"},
            "destination":[{"endpoint":"http://fhir.nhs.uk/Id/dos-service-id|2000383"}],
            "source":{"endpoint":"http://fhir.nhs.uk/Id/dos-service-id|2000801"},
            "reason":{"coding":[{"code":"new"}]},
            "focus":[{"reference":"urn:uuid:20000000-0000-4000-8000-000000000002"}]}},
          {"fullUrl":"urn:uuid:20000000-0000-4000-8000-000000000002","resource":{"resourceType":"ServiceRequest",
            "identifier":[{"value":"bars-7"}],"status":"active","intent":"plan",
            "category":[{"coding":[{"system":"https://fhir.nhs.uk/CodeSystem/message-category-servicerequest",
              "code":"referral"}]}],
            "subject":{"reference":"urn:uuid:20000000-0000-4000-8000-000000000003"},
            "encounter":{"reference":"urn:uuid:20000000-0000-4000-8000-000000000004"},
            "authoredOn":"2026-03-02T09:00:00+00:00"}},
          {"fullUrl":"urn:uuid:20000000-0000-4000-8000-000000000003","resource":{"resourceType":"Patient",
            "extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory",
              "valueCodeableConcept":{"coding":[{"code":"J"}]}}],
            "identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],
            "name":[{"use":"official","family":"\u00d3 S\u00FAilleabh\u00e1in","given":["Máire","Bríd"],
              "_given":[null,{"id":"second"}]}],
            "gender":"female","birthDate":"1948-02-29","address":[{"postalCode":"LS9 7TF"}]}},
          {"fullUrl":"urn:uuid:20000000-0000-4000-8000-000000000004","resource":{"resourceType":"Encounter",
            "period":{"start":"2026-02-20","end":"2026-03-09T12:00:00+00:00"},
            "serviceProvider":{"reference":"urn:uuid:20000000-0000-4000-8000-000000000005"}}},
          {"fullUrl":"urn:uuid:20000000-0000-4000-8000-000000000005","resource":{"resourceType":"Organization",
            "identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RR801"}]}}]}
        """#

    /// A new referral as a hospital's patient administration system sends it.
    static let hl7 =
        [
            #"MSH|^~\&|TRUST_PAS|TRUST|TAKEUP|LEEDS|20260302093000||REF^I12|msg-1|P|2.4|||AL|NE|GBR"#,
            "EVN|I12|20260302093000",
            "RF1|A||320|||^^ref-9||||^^ext-9",
            "PID|||MRN7^^^TRUST^MRN~9990000018^^^^NHS||KHAN^AMNA^BIBI^^MRS||19480229|2|||"
                + #"1 High Street^^Leeds^^LS9 7TF^^HOME||0113 496 0000^^^HOME|||||||||J"#,
            "PV1||I|Ward 7^^^RR801" + String(repeating: "|", count: 41) + "20260220|20260309",
        ].joined(separator: "\r") + "\r"

    static func bytes(_ text: String, replacing changes: [String: String] = [:]) -> [UInt8] {
        var text = text
        for (old, new) in changes {
            precondition(text.contains(old), "there is no \(old)")
            text = text.replacing(old, with: new)
        }
        return Array(text.utf8)
    }
}
