import Crypto
import Domain
import Formats
import FoundationEssentials

/// What a return says of one young person, as it is kept and as it bears on their referral.
struct YoungPersonReferral: Sendable {
    let submission: Submission
    let reading: ReferralReading

    /// Nil where the return asks for nothing: nobody is to be referred, and there is no referral to take back.
    ///
    /// The message's id is made of the child and of what is said, so that it comes once however often a return is read.
    init?(
        _ person: YoungPerson, _ standing: TransitionStanding, known: KnownReferrals, of reading: YoungPeopleReading,
        from sender: String, describing day: CivilDate
    ) throws {
        guard let content = Self.content(standing) else { return nil }
        let identifier: String
        switch content {
        case .referral: identifier = known.identifierToRefer(person.childID)
        case .withdrawal:
            guard let open = known.open(person.childID) else { return nil }
            identifier = open
        }
        let record = try Record(person, standing).bytes
        let messageID = "\(person.childID):\(Hex.encode(SHA256.hash(record)))"
        var referred = ReferredPerson(
            familyName: person.familyName ?? "", givenNames: [person.givenName].compactMap(\.self))
        referred.postcode = person.postcode
        referred.bornOn = person.bornOn
        referred.gender = person.gender
        let message = ReferralMessage(
            source: .children, referralIdentifier: identifier,
            issuedAt: LondonTime.instant(on: day, hour: 0, minute: 0), person: referred, content: content)
        submission = Submission(sender: sender, channel: .commandLine, input: record)
        self.reading = ReferralReading(of: message, reading.format, messageID: messageID)
    }

    private static func content(_ standing: TransitionStanding) -> ReferralMessage.Content? {
        switch standing {
        // It asks for an assessment, as a hospital's notice of that name does; that children's services ask is its source.
        case .refer: .referral(ReferralMessage.Referral(kind: .assessmentNotice))
        case .movedAway: .withdrawal(.allNotices, .residentElsewhere)
        case .died: .withdrawal(.allNotices, .died)
        case .withAdultCare, .leftCare: .withdrawal(.allNotices, .other)
        case .later, .noSign, .birthUnknown, .past: nil
        }
    }
}

/// What is kept of a young person: what the return said, as far as it bears on their needs as an adult.
private struct Record: Encodable {
    let child: String
    let bornOn: String?
    let gender: String
    let familyName: String?
    let givenName: String?
    let postcode: String?
    let signs: [String]
    let newestBeganOn: String?
    let isToBeReferred: Bool

    init(_ person: YoungPerson, _ standing: TransitionStanding) {
        child = person.childID
        bornOn = person.bornOn?.description
        gender = person.gender.rawValue
        familyName = person.familyName
        givenName = person.givenName
        postcode = person.postcode
        signs = person.signs.map(\.rawValue).sorted()
        newestBeganOn = person.newestBeganOn?.description
        if case .refer = standing { isToBeReferred = true } else { isToBeReferred = false }
    }

    var bytes: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return [UInt8](try encoder.encode(self))
        }
    }
}
