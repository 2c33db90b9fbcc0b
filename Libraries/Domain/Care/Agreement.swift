package import FoundationEssentials

/// The SHA-256 of a text as 64 lower-case hexadecimal digits. It is computed where the text is; the domain only compares.
package struct TextSHA256: Hashable, Sendable, LosslessStringConvertible, Codable {
    /// The digits.
    package let description: String

    /// Reads 64 hexadecimal digits in lower case; nil for anything else.
    package init?(_ text: String) {
        let isHexadecimal = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
        guard text.utf8.count == 64, isHexadecimal else { return nil }
        description = text
    }

    /// Reads the digits.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let hash = TextSHA256(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected a SHA-256 in hexadecimal")
        }
        self = hash
    }

    /// Writes the digits.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// In what capacity someone signs an agreement.
package enum SignerRole: String, Sendable, Codable, CaseIterable {
    /// The person themselves (section 31).
    case adult
    /// Someone the person chose to receive the money (section 31).
    case nominatedPerson = "nominated-person"
    /// Someone who acts for a person without capacity (section 32).
    case authorisedPerson = "authorised-person"

    /// The section under which this role may sign.
    package var section: CareActSection { self == .authorisedPerson ? .adultWithoutCapacity : .adultWithCapacity }
}

/// A version of an agreement's text, ready to be shown.
package struct AgreementDraft: Hashable, Sendable, Codable {
    /// Which agreement.
    package let agreementID: AgreementID
    /// 1 for the first text, one more for each that replaces it.
    package let version: Int
    /// The hash of the exact text that will be shown.
    package let textSHA256: TextSHA256
    /// What the text says about money.
    package let budget: WeeklyBudget
    /// The first day of the first payment period.
    package let startsOn: CivilDate
    /// The last day that is paid for, where the agreement has an end.
    package let endsOn: CivilDate?

    /// This draft.
    package init(
        agreementID: AgreementID, version: Int, textSHA256: TextSHA256, budget: WeeklyBudget, startsOn: CivilDate,
        endsOn: CivilDate? = nil
    ) {
        self.agreementID = agreementID
        self.version = version
        self.textSHA256 = textSHA256
        self.budget = budget
        self.startsOn = startsOn
        self.endsOn = endsOn
    }
}

/// That someone signed the text they were shown.
package struct AgreementSignature: Hashable, Sendable, Codable {
    /// In what capacity.
    package let role: SignerRole
    /// The hash of the text that was on the page.
    package let shownTextSHA256: TextSHA256
    /// When.
    package let signedAt: Date

    /// This signature.
    package init(role: SignerRole, shownTextSHA256: TextSHA256, signedAt: Date) {
        self.role = role
        self.shownTextSHA256 = shownTextSHA256
        self.signedAt = signedAt
    }
}

/// An agreement as it stands.
package struct Agreement: Hashable, Sendable, Codable {
    /// The newest text.
    package var draft: AgreementDraft
    /// When that text was drafted.
    package var draftedAt: Date
    /// Who signed it for the person; one entry for each role.
    package var signatures: [AgreementSignature]
    /// Who signed it for the council, and when.
    package var countersignature: Countersignature?

    /// The council's signature.
    package struct Countersignature: Hashable, Sendable, Codable {
        /// Who signed.
        package let staffID: StaffID
        /// When.
        package let signedAt: Date
    }

    /// Whether both sides have signed the newest text.
    package var isInForce: Bool { !signatures.isEmpty && countersignature != nil }

    /// Why no payment may be made against this agreement, whose text now has the hash `current`; nil where one may.
    package func paymentRefusal(currentTextSHA256 current: TextSHA256) -> PaymentRefusal? {
        guard !signatures.isEmpty else { return .notSigned }
        guard countersignature != nil else { return .notCountersigned }
        guard signatures.allSatisfy({ $0.shownTextSHA256 == current }), draft.textSHA256 == current else {
            return .textChanged
        }
        return nil
    }
}

/// Why an agreement cannot be paid against.
package enum PaymentRefusal: String, Error, Sendable, Codable, CaseIterable, CustomStringConvertible {
    case notSigned = "not-signed"
    case notCountersigned = "not-countersigned"
    case textChanged = "text-changed"

    /// What to do about it.
    package var description: String {
        switch self {
        case .notSigned: "the agreement is not signed"
        case .notCountersigned: "the council has not signed the agreement"
        case .textChanged: "the agreement’s text is not the text that was signed; sign again on material change"
        }
    }
}
