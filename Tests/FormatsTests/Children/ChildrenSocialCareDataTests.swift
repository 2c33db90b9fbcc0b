import Domain
import Foundation
import Testing

@testable import Formats

@Suite("The daily feed of children's social care data (DfE API version 1)")
struct ChildrenSocialCareDataTests {
    private static let feed = #"""
        [{"la_child_id":"LCS1","mis_child_id":"m-1","purge":false,
          "child_details":{"first_name":"Amna","surname":"Khan","date_of_birth":"2008-11-05","sex":"F","ethnicity":"APKN",
            "disabilities":["LD","AUT"],"postcode":"LS9 7TF","purge":false},
          "social_care_episodes":[{"social_care_episode_id":"e1","referral_date":"2024-01-10","closure_date":null,
            "child_and_family_assessments":[{"start_date":"2024-01-12","factors":["2A","5A"],"purge":false}],
            "child_looked_after_placements":[
              {"start_date":"2024-02-01","placement_type":"S1","end_date":"2025-02-01","end_reason":"X1"},
              {"start_date":"2025-02-01","placement_type":"U1","end_reason":null}],"purge":false}]},
         {"la_child_id":"LCS2","child_details":{"date_of_birth":"2006-01-01","sex":"M","disabilities":["NONE"]},
          "social_care_episodes":[{"referral_date":"2020-01-10","care_leavers":{"activity":"G4","accommodation":"U"}}]}]
        """#

    private func read(_ changes: [String: String] = [:]) -> YoungPeopleReading {
        YoungPeopleReading.read([("feed.json", ReferralFixtures.bytes(Self.feed, replacing: changes))])
    }

    @Test("a child gives name, birth and every sign")
    func child() throws {
        let reading = read()
        #expect(reading.report.isClean && reading.format == .dfe && reading.childCount == 2, "\(reading.report.issues)")
        let first = try #require(reading.people.first)
        #expect(first.familyName == "Khan" && first.givenName == "Amna" && first.postcode == "LS9 7TF")
        #expect(first.bornOn == CivilDate("2008-11-05") && first.gender == .female)
        #expect(first.signs == [.recordedDisability, .learningDisability, .residentialPlacement])
        #expect(first.newestBeganOn == CivilDate("2024-01-10") && !first.hasLeftCare)
        let second = try #require(reading.people.last)
        #expect(second.isCareLeaver && second.signs == [.notWorkingThroughIllness])
    }

    @Test("the newest placement says where somebody is", arguments: ["E3", "E7", "E4A", "X1"])
    func ends(reason: String) throws {
        let ended = #""placement_type":"U1","end_date":"2026-01-05","end_reason":"\#(reason)""#
        let person = try #require(read([#""placement_type":"U1","end_reason":null"#: ended]).people.first)
        #expect(person.hasMovedAway == (reason == "E3") && person.isWithAdultCare == (reason == "E7"))
        #expect(person.hasLeftCare == (reason == "E4A"))
    }

    @Test("what is purged is as if it had not been sent")
    func purged() throws {
        #expect(read([#""mis_child_id":"m-1","purge":false"#: #""purge":true"#]).people.map(\.childID) == ["LCS2"])
        let details = try #require(read([#""LS9 7TF","purge":false"#: #""LS9 7TF","purge":true"#]).people.first)
        #expect(details.bornOn == nil && details.familyName == nil)
        let assessment = try #require(read([#"["2A","5A"],"purge":false"#: #"["2A","5A"],"purge":true"#]).people.first)
        #expect(!assessment.signs.contains(.learningDisability))
    }

    @Test("every problem is told with its JSON pointer, and the child left out")
    func problems() {
        let reading = read([
            "2008-11-05": "2008-11-31", "2024-01-12": "2024", #""LCS2""#: #""LCS 2""#, "2024-02-01": "soon",
        ])
        #expect(
            Set(reading.report.issues.map(\.path)) == [
                "/0/child_details/date_of_birth",
                "/0/social_care_episodes/0/child_looked_after_placements/0/start_date",
                "/1/la_child_id",
            ])
        #expect(reading.people.isEmpty && reading.childCount == 2)
    }

    @Test("a name at the limit is taken, one above it is not")
    func longNames() {
        #expect(read(["Khan": String(repeating: "K", count: 255)]).report.isClean)
        #expect(
            read(["Khan": String(repeating: "K", count: 256)]).report.issues.map(\.path) == ["/0/child_details/surname"]
        )
    }

    @Test("what is no feed says so", arguments: [("{}", "json.array"), ("[{", "json.malformed"), ("[{}]", "required")])
    func noFeed(text: String, rule: String) {
        #expect(YoungPeopleReading.read([("x.json", Array(text.utf8))]).report.issues.map(\.rule) == [rule])
    }
}
