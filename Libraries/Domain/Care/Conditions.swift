/// Under which section of the Care Act 2014 a direct payment is made.
package enum CareActSection: String, Sendable, Codable, CaseIterable {
    /// Section 31: an adult with capacity to request it, for themselves or through a nominated person.
    case adultWithCapacity = "s31"
    /// Section 32: an authorised person for an adult without that capacity.
    case adultWithoutCapacity = "s32"
}

/// What must hold before a direct payment is made: the four conditions of section 31(3)-(7), the five of section 32(4)-(9),
/// and the written confirmation that no exclusion of Schedule 1 to SI 2014/2871 applies.
package enum DirectPaymentCondition: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
    /// s31, condition 1: capacity to ask, and a nominated person, if any, agrees to receive the money.
    case capacityToRequest = "capacity-to-request"
    /// s32, condition 1: where someone else is authorised under the Mental Capacity Act, they support the request.
    case otherAuthorisedPersonSupports = "other-authorised-person-supports"
    /// s31 and s32, condition 2: regulations do not prohibit it.
    case notProhibited = "not-prohibited"
    /// s32, condition 3: the authorised person will act in the adult's best interests.
    case actsInBestInterests = "acts-in-best-interests"
    /// s31 condition 3, s32 condition 4: capable of managing it, alone or with help that is available.
    case capableOfManaging = "capable-of-managing"
    /// s31 condition 4, s32 condition 5: an appropriate way to meet the needs.
    case appropriateWay = "appropriate-way"
    /// Nobody excluded: no drug or alcohol order, licence or release condition of the Schedule.
    case noExclusionApplies = "no-exclusion-applies"

    /// The conditions that must hold under `section`, in the order of the Act.
    package static func required(under section: CareActSection) -> [DirectPaymentCondition] {
        switch section {
        case .adultWithCapacity:
            [.capacityToRequest, .notProhibited, .capableOfManaging, .appropriateWay, .noExclusionApplies]
        case .adultWithoutCapacity:
            [
                .otherAuthorisedPersonSupports, .notProhibited, .actsInBestInterests, .capableOfManaging,
                .appropriateWay,
                .noExclusionApplies,
            ]
        }
    }
}

/// What was found for each condition. Every finding carries its evidence, since the decision can be challenged.
package struct ConditionChecklist: Hashable, Sendable, Codable {
    /// Under which section the request is made.
    package var section: CareActSection
    /// What was found; a condition without a finding is open.
    package var findings: [DirectPaymentCondition: Finding]

    /// One condition's finding.
    package struct Finding: Hashable, Sendable, Codable {
        /// Whether the condition holds.
        package var isMet: Bool
        /// On what the finding rests: a reference or a note, kept where the case is kept.
        package var evidence: String

        /// This finding.
        package init(isMet: Bool, evidence: String) {
            self.isMet = isMet
            self.evidence = evidence
        }
    }

    /// A checklist with these findings.
    package init(section: CareActSection, findings: [DirectPaymentCondition: Finding] = [:]) {
        self.section = section
        self.findings = findings
    }

    /// The conditions that nobody has answered, or answered without evidence.
    package var open: [DirectPaymentCondition] {
        DirectPaymentCondition.required(under: section).filter { condition in
            guard let finding = findings[condition] else { return true }
            return !finding.evidence.contains { !$0.isWhitespace }
        }
    }

    /// The conditions that were found not to hold.
    package var unmet: [DirectPaymentCondition] {
        DirectPaymentCondition.required(under: section).filter { findings[$0]?.isMet == false }
    }

    /// Whether every condition was found to hold, with evidence. Then the council must pay (section 31(2), 32(2)).
    package var allMet: Bool { open.isEmpty && unmet.isEmpty }
}
