import Domain
import Foundation
import Testing

@testable import Formats

@Suite("The children in need census")
struct CINCensusTests {
    /// A census of our own with one child.
    private static let census = """
        <?xml version="1.0" encoding="UTF-8"?>
        <Message>
          <Header>
            <CollectionDetails><Collection>CIN</Collection><Year>2026</Year><ReferenceDate>2026-03-31</ReferenceDate></CollectionDetails>
            <Source><SourceLevel>L</SourceLevel><LEA>383</LEA><SerialNo>001</SerialNo><DateTime>2026-05-23T11:14:05</DateTime></Source>
          </Header>
          <Children>
            <Child>
              <ChildIdentifiers>
                <LAchildID>LCS-1</LAchildID><UPN>A123456789123</UPN><PersonBirthDate>2008-11-05</PersonBirthDate>
                <GenderCurrent>2</GenderCurrent>
              </ChildIdentifiers>
              <ChildCharacteristics>
                <Ethnicity>APKN</Ethnicity><Disabilities><Disability>LD</Disability></Disabilities>
              </ChildCharacteristics>
              <CINdetails>
                <CINreferralDate>2024-01-10</CINreferralDate><ReferralSource>5A</ReferralSource>
                <PrimaryNeedCode>N2</PrimaryNeedCode>
                <Assessments>
                  <AssessmentActualStartDate>2024-01-12</AssessmentActualStartDate>
                  <FactorsIdentifiedAtAssessment><AssessmentFactors>5A</AssessmentFactors></FactorsIdentifiedAtAssessment>
                </Assessments>
                <ReferralNFA>false</ReferralNFA>
              </CINdetails>
            </Child>
          </Children>
        </Message>
        """

    private func read(_ changes: [String: String] = [:]) -> YoungPeopleReading {
        YoungPeopleReading.read([("census.xml", ReferralFixtures.bytes(Self.census, replacing: changes))])
    }

    @Test("a child gives birth, gender and every sign")
    func child() throws {
        let reading = read()
        #expect(reading.report.isClean, "\(reading.report.issues)")
        let person = try #require(reading.people.first)
        #expect(person.childID == "LCS-1" && person.bornOn == CivilDate("2008-11-05") && person.gender == .female)
        #expect(person.signs == [.childsDisability, .recordedDisability, .learningDisability])
        #expect(!person.isWithAdultCare && person.diedOn == nil)
    }

    @Test("no disability is no sign, and a closure to adult care is one of its own")
    func signs() {
        let reading = read([
            "<Disability>LD<": "<Disability>NONE<", "N2": "N4", ">5A</Ass": ">2A</Ass",
            "</PrimaryNeedCode>":
                "</PrimaryNeedCode><CINclosureDate>2026-01-01</CINclosureDate><ReasonForClosure>RC6</ReasonForClosure>",
        ])
        #expect(reading.people.first?.signs == [])
        #expect(reading.people.first?.isWithAdultCare == true)
    }

    @Test(
        "each breach of the schema is told with its XPath, and the child left out",
        arguments: [
            (["2008-11-05": "2008-11-31"], "schema.value", "/ChildIdentifiers/PersonBirthDate"),
            (["<LAchildID>LCS-1</LAchildID>": ""], "schema.required", "/ChildIdentifiers/LAchildID"),
            (["LCS-1": "LCS#1"], "child-id", "/ChildIdentifiers/LAchildID"),
            (["LCS-1": String(repeating: "1", count: 101)], "child-id", "/ChildIdentifiers/LAchildID"),
            (["A123456789123": "A12345678912"], "schema.value", "/ChildIdentifiers/UPN"),
            (["<GenderCurrent>2": "<GenderCurrent>3"], "schema.value", "/ChildIdentifiers/GenderCurrent"),
            (["APKN": "PAKI"], "schema.value", "/ChildCharacteristics/Ethnicity"),
            (["<Disability>LD</Disability>": ""], "schema.required", "/ChildCharacteristics/Disabilities/Disability"),
            ([">N2<": ">N10<"], "schema.value", "/CINdetails/PrimaryNeedCode"),
            (["<ReferralNFA>false": "<ReferralNFA>no"], "schema.value", "/CINdetails/ReferralNFA"),
            (["<ReferralNFA>false</ReferralNFA>": ""], "schema.required", "/CINdetails/ReferralNFA"),
            (["<UPN>": "stray<UPN>"], "schema.text", "/ChildIdentifiers"),
            ([">LCS-1<": "><b/>LCS-1<"], "schema.no-elements", "/ChildIdentifiers/LAchildID/b"),
            (
                [
                    "<ReferralSource>5A</ReferralSource>": "",
                    "<ReferralNFA>": "<ReferralSource>6</ReferralSource><ReferralNFA>",
                ],
                "schema.order", "/CINdetails/ReferralSource"
            ),
            (
                [
                    "<GenderCurrent>2</GenderCurrent>":
                        "<GenderCurrent>2</GenderCurrent><GenderCurrent>2</GenderCurrent>"
                ],
                "schema.repeated", "/ChildIdentifiers/GenderCurrent[2]"
            ),
        ] as [([String: String], String, String)])
    func breaches(changes: [String: String], rule: String, place: String) {
        let reading = read(changes)
        #expect(
            reading.report.issues.contains { $0.rule == rule && $0.path == "/Message/Children/Child[1]" + place },
            "\(reading.report.issues)")
        #expect(reading.people.isEmpty && reading.childCount == 1)
    }

    @Test("an element of a later collection is passed over with a warning")
    func laterElements() {
        let reading = read(["<ReferralNFA>": "<PreProceedingsandFGDM/><ReferralNFA>"])
        #expect(reading.report.issues.map(\.rule) == ["schema.unknown"])
        #expect(reading.people.count == 1)
    }

    @Test("what is wrong in one child leaves the others, and what is wrong in the header is told")
    func others() throws {
        let child = try #require(Self.census.range(of: "<Child>"))
        let end = try #require(Self.census.range(of: "</Child>"))
        let first = String(Self.census[child.lowerBound..<end.upperBound])
        let second = first.replacingOccurrences(of: "LCS-1", with: "LCS-2").replacingOccurrences(
            of: ">N2<", with: ">?<")
        let third = first.replacingOccurrences(of: "LCS-1", with: "LCS-3")
        let reading = read([first: first + second + third, "<LEA>383": "<LEA>38"])
        #expect(reading.people.map(\.childID) == ["LCS-1", "LCS-3"])
        #expect(
            Set(reading.report.issues.map(\.path)) == [
                "/Message/Children/Child[2]/CINdetails/PrimaryNeedCode", "/Message/Header/Source/LEA",
            ])
    }

    @Test("a census of many children takes the memory of one: more elements than one tree may have are read")
    func streamed() throws {
        let child = try #require(Self.census.range(of: "<Child>"))
        let end = try #require(Self.census.range(of: "</Child>"))
        let first = String(Self.census[child.lowerBound..<end.upperBound])
        let many = (1...9_000).map { first.replacingOccurrences(of: "LCS-1", with: "C\($0)") }.joined()
        let reading = read([first: many])
        #expect(reading.report.isClean && reading.people.count == 9_000)
        #expect(reading.people.last?.childID == "C9000")
    }

    @Test(
        "a census without children, another document and a broken one say so",
        arguments: [
            ("<Message><Children/></Message>", "schema.required"), ("<Message><Children>", "xml.malformed"),
            ("<!DOCTYPE Message><Message/>", "xml.document-type"),
        ])
    func broken(text: String, rule: String) {
        #expect(YoungPeopleReading.read([("c.xml", Array(text.utf8))]).report.issues.map(\.rule).contains(rule))
    }

    @Test(
        "the published files are read, or refused for what is wrong in them",
        .enabled(if: Samples.exist, "skipped: no samples"))
    func samples() throws {
        func sample(_ name: String) throws -> YoungPeopleReading {
            let file = Samples.folder.appending(path: "children/cin/\(name)")
            return YoungPeopleReading.read([(name, [UInt8](try Data(contentsOf: file)))])
        }
        let good = try sample("cin-2022.xml")
        #expect(good.report.isClean, "\(good.report.issues)")
        #expect(good.people.map(\.childID) == ["DfEX0000001"] && good.people.first?.diedOn == CivilDate("1980-10-08"))
        let broken = try sample("CIN2rows.xml")
        #expect(broken.report.issues.map(\.path) == ["/Message/Children/Child[1]/ChildIdentifiers"])
        #expect(broken.report.issues.map(\.rule) == ["schema.text"])
        for (name, reading) in [("cin-2022.xml", good), ("CIN2rows.xml", broken)] {
            print(
                "| children/cin/\(name) | \(reading.report.hasErrors ? "refused" : "accepted") | "
                    + "\(reading.report.issues.map(\.rule).joined(separator: ", ")) |")
        }
    }
}
