import Domain
import Foundation
import Testing

@testable import Formats

@Suite("The return about children looked after (SSDA903)")
struct SSDA903Tests {
    private static let header = """
        CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB
        1,2,05/11/2008,APKN,A123456789123,,
        2,1,29/02/2008,WBRI,,,

        """
    private static let episodes = """
        CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN
        1,01/02/2024,S,C2,N2,U1,PR1,,,,,,
        2,01/02/2022,S,V3,N1,U1,PR1,03/03/2023,E3,,,,
        2,04/05/2024,S,C2,N1,S1,PR1,,,,,,

        """

    private func read(_ files: [(String, String)]) -> YoungPeopleReading {
        YoungPeopleReading.read(files.map { ($0, Array($1.utf8)) })
    }

    private func person(_ id: String, _ reading: YoungPeopleReading) throws -> YoungPerson {
        try #require(reading.people.first { $0.childID == id })
    }

    @Test("the tables of a return are read together, whatever their order and their names")
    func together() throws {
        for files in [[("h", Self.header), ("e", Self.episodes)], [("e", Self.episodes), ("h", Self.header)]] {
            let reading = read(files)
            #expect(reading.report.isClean, "\(reading.report.issues)")
            #expect(Set(reading.people.map(\.childID)) == ["1", "2"])
            let first = try person("1", reading)
            #expect(
                first.bornOn == CivilDate("2008-11-05") && first.gender == .female && first.signs == [.childsDisability]
            )
            let second = try person("2", reading)
            #expect(second.bornOn == CivilDate("2008-02-29") && second.signs == [.shortBreaks, .residentialPlacement])
            #expect(!second.hasMovedAway, "what ended before the newest episode is past")
        }
    }

    @Test(
        "how the newest episode ended says where somebody is",
        arguments: ["E2", "E3", "E7", "E4A", "X1"])
    func ends(reason: String) throws {
        let reading = read([
            ("h", Self.header),
            ("e", Self.episodes.replacingOccurrences(of: "PR1,,,,,,\n2,", with: "PR1,31/03/2026,\(reason),,,,\n2,")),
        ])
        let person = try person("1", reading)
        #expect(person.diedOn == (reason == "E2" ? CivilDate("2026-03-31") : nil))
        #expect(person.hasMovedAway == (reason == "E3") && person.isWithAdultCare == (reason == "E7"))
    }

    @Test("care leavers and deprivations of liberty have tables of their own, and a table of no return is told")
    func otherTables() throws {
        let reading = read([
            ("oc3.csv", "CHILD,DOB,IN_TOUCH,ACTIV,ACCOM\n7,01/01/2006,YES,G4,U1\n8,01/01/2006,YES,F1,U1\n"),
            ("reviews.csv", "CHILD,DOB,REVIEW,REVIEW_CODE\n7,01/01/2006,01/02/2020,PN1\n"),
            ("dolo.csv", "CHILD,DOB,DOLO_START,DOLO_END\n9,01/01/2009,01/02/2026,\n"), ("x.csv", "A,B\n1,2\n"),
        ])
        #expect(try person("7", reading).signs == [.notWorkingThroughIllness])
        #expect(try person("7", reading).isCareLeaver && person("8", reading).signs.isEmpty)
        #expect(try person("9", reading).signs == [.deprivedOfLiberty])
        #expect(
            reading.report.issues.map(\.rule) == ["ssda903.table"] && reading.report.issues.map(\.path) == ["x.csv"])
    }

    @Test("every problem is told with file, row and column")
    func problems() {
        let reading = read([
            ("header.csv", Self.header.replacingOccurrences(of: "05/11/2008", with: "31/11/2008")),
            (
                "episodes.csv",
                Self.episodes.replacingOccurrences(of: "1,01/02/2024", with: ",01/02/2024")
                    .replacingOccurrences(of: "2,01/02/2022", with: "2,").replacingOccurrences(
                        of: ",N1,S1", with: ",X1,S1")
            ),
        ])
        #expect(
            reading.report.issues.map(\.path) == [
                "header.csv row 2, DOB", "episodes.csv row 2, CHILD", "episodes.csv row 3, DECOM",
                "episodes.csv row 4, CIN",
            ])
        #expect(reading.report.issues.map(\.rule) == ["date", "required", "required", "code"])
    }

    @Test(
        "an id at the limit is taken, one above it or with a # is not",
        arguments: ["1#2", String(repeating: "1", count: 101)])
    func childIDs(id: String) {
        func problems(_ id: String) -> [String] {
            let xml = "<EXPSSDA903><CHILD><HEADER><CHILDID>\(id)</CHILDID></HEADER></CHILD></EXPSSDA903>"
            return [("h", "CHILD,SEX,DOB,ETHNIC\n\(id),1,05/11/2008,WBRI\n"), ("x", xml)].flatMap {
                read([$0]).report.issues.map(\.rule)
            }
        }
        #expect(problems(id) == ["child-id", "child-id"])
        #expect(problems(String(repeating: "1", count: 100)).isEmpty)
    }

    @Test("a child whose birthday cannot be read is kept, and somebody has to look")
    func birthUnknown() throws {
        let reading = read([
            ("h", Self.header.replacingOccurrences(of: "05/11/2008", with: "2008")), ("e", Self.episodes),
        ])
        let standing = TurningEighteen.standing(of: try person("1", reading), on: CivilDate("2026-03-31") ?? .max)
        #expect(standing == .birthUnknown)
    }

    @Test("the form in XML says the same")
    func xml() throws {
        let text = """
            <EXPSSDA903>
              <CHILD><HEADER><CHILDID>1</CHILDID><SEX>2</SEX><DOB>05/11/2008</DOB></HEADER>
                <EPISODE><DECOM>01/02/2024</DECOM><LS>C2</LS><CIN>N2</CIN><PL>U1</PL></EPISODE></CHILD>
              <CHILD><HEADER><CHILDID>2</CHILDID><SEX>1</SEX><DOB>29/02/2008</DOB></HEADER>
                <EPISODE><DECOM>01/02/2022</DECOM><LS>V3</LS><CIN>N1</CIN><PL>U1</PL><DEC>03/03/2023</DEC><REC>E3</REC></EPISODE>
                <EPISODE><DECOM>04/05/2024</DECOM><LS>C2</LS><CIN>N1</CIN><PL>S1</PL></EPISODE></CHILD>
            </EXPSSDA903>
            """
        let fromXML = read([("return.xml", text)])
        #expect(fromXML.report.isClean, "\(fromXML.report.issues)")
        #expect(fromXML.people == read([("h", Self.header), ("e", Self.episodes)]).people)
    }

    @Test(
        "the published return gives the counts that others counted in it",
        .enabled(if: Samples.exist, "skipped: no samples"))
    func sample() throws {
        func file(_ name: String) throws -> (String, [UInt8]) {
            (name, [UInt8](try Data(contentsOf: Samples.folder.appending(path: "children/ssda903/\(name)"))))
        }
        let reading = YoungPeopleReading.read([try file("header.csv"), try file("episodes.csv"), try file("oc2.csv")])
        #expect(reading.childCount == 2_675)
        let window = (CivilDate("2026-04-01") ?? .max)...(CivilDate("2027-09-30") ?? .max)
        let turning = reading.people.filter { $0.bornOn.map { window.contains($0.after(years: 18)) } ?? false }
        #expect(turning.count == 339)
        #expect(turning.count { $0.signs.contains(.childsDisability) } == 40)
        let single = YoungPeopleReading.read([try file("SSDA903_2020_episodes.csv")])
        for (name, result) in [("header.csv + episodes.csv + oc2.csv", reading), ("SSDA903_2020_episodes.csv", single)]
        {
            let rules = Dictionary(grouping: result.report.issues, by: \.rule).map { "\($1.count) \($0)" }.sorted()
            print(
                "| children/ssda903/\(name) | \(result.report.hasErrors ? "with errors" : "accepted") | "
                    + "\(result.childCount) children | \(rules.joined(separator: ", ")) |")
        }
        #expect(!single.report.hasErrors && single.childCount == 2, "\(single.report.issues)")
    }
}
