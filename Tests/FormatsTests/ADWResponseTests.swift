import Domain
import FoundationEssentials
import Testing

@testable import Formats

@Suite("Every notice can be answered in the sender's own format")
struct ADWResponseTests {
    @Test(
        "an answer reads back the same and quotes the notice",
        arguments: [
            ADWNoticeKind.assessment, .discharge, .withdrawal(.allNotices),
        ], [true, false])
    func roundTrip(_ kind: ADWNoticeKind, isAccepted: Bool) throws {
        let notice = Fixtures.fullNotice(kind: kind)
        var contact = ADWPractitioner(familyName: "Begum", givenName: "Shabnam")
        contact.contact.email = "team@example.invalid"
        contact.contact.phone = "0113 496 0002"
        let answer = ADWResponse(
            to: notice, bundleID: "b2", messageID: "7e3ac0de-0000-4000-8000-000000000001", isAccepted: isAccepted,
            issuedAt: Date(timeIntervalSince1970: 1_772_450_000), reason: "Because", contact: contact)
        let (read, report) = ADWResponse.read(answer.write(about: notice))
        #expect(report.issues == [])
        #expect(read == answer)
        #expect(read?.answers.messageID == notice.messageID)
        #expect(read?.destinationODS == notice.sourceODS)
    }

    @Test("the codes of the answers are the published ones")
    func codes() {
        let codes = [ADWNoticeKind.assessment, .discharge, .withdrawal(.dischargeNotice)].flatMap { kind in
            [true, false].map { ADWResponse.eventCode(for: kind, isAccepted: $0) }
        }
        #expect(
            codes == [
                "975711000000108", "975721000000102", "975821000000109", "975831000000106", "1025651000000109",
                "1025641000000106",
            ])
    }

    @Test("a notice is not taken for an answer, nor an answer for a notice")
    func notMixedUp() {
        let notice = Fixtures.fullNotice(kind: .assessment)
        let answer = ADWResponse(
            to: notice, bundleID: "b", messageID: "m", isAccepted: true, issuedAt: notice.issuedAt)
        #expect(ADWResponse.read(notice.write()).response == nil)
        #expect(ADWNotice.read(answer.write(about: notice)).notice == nil)
    }
}
