/// What an element of the children in need census may hold. Source: the DfE's schema of the 2024 collection.
indirect enum CINType: Sendable {
    /// Text of at least one character.
    case text
    /// Any text.
    case anyText
    case date, dateTime, year, boolean, positiveInteger
    /// One of these codes.
    case code(Set<String>)
    /// Text of a form, and how it is described.
    case form(String, @Sendable (String) -> Bool)
    /// Elements in this order.
    case elements([CINElement])
}

/// An element, and how often it stands there.
struct CINElement: Sendable {
    let name: String
    let type: CINType
    let isRequired: Bool
    let repeats: Bool

    static func one(_ name: String, _ type: CINType) -> CINElement {
        CINElement(name: name, type: type, isRequired: true, repeats: false)
    }
    static func atMostOne(_ name: String, _ type: CINType) -> CINElement {
        CINElement(name: name, type: type, isRequired: false, repeats: false)
    }
    static func many(_ name: String, _ type: CINType) -> CINElement {
        CINElement(name: name, type: type, isRequired: true, repeats: true)
    }
    static func any(_ name: String, _ type: CINType) -> CINElement {
        CINElement(name: name, type: type, isRequired: false, repeats: true)
    }
}

/// The census, declared.
enum CINSchema {
    static let header = CINType.elements([
        .atMostOne(
            "CollectionDetails",
            .elements([
                .atMostOne("Collection", .code(["CIN"])), .atMostOne("Year", .year),
                .atMostOne("ReferenceDate", .date),
            ])),
        .any(
            "Source",
            .elements([
                .atMostOne("SourceLevel", .code(["L"])), .one("LEA", .form("three digits") { isDigits($0, 3...3) }),
                .atMostOne("SoftwareCode", .anyText), .atMostOne("Release", .anyText),
                .atMostOne("SerialNo", .form("three digits or more") { isDigits($0, 3...12) }),
                .atMostOne("DateTime", .dateTime),
            ])),
    ])

    static let child = CINType.elements([
        .one("ChildIdentifiers", identifiers), .one("ChildCharacteristics", characteristics),
        .many("CINdetails", details),
    ])

    private static let identifiers = CINType.elements([
        .one("LAchildID", .text), .atMostOne("UPN", pupilNumber), .atMostOne("FormerUPN", pupilNumber),
        .atMostOne("UPNunknown", .code(Set((1...7).map { "UN\($0)" }))), .atMostOne("PersonBirthDate", .date),
        .atMostOne("ExpectedPersonBirthDate", .date), .one("GenderCurrent", .code(["0", "1", "2", "9"])),
        .atMostOne("PersonDeathDate", .date),
    ])

    private static let characteristics = CINType.elements([
        .one("Ethnicity", .code(ethnicities)),
        .atMostOne("Disabilities", .elements([.many("Disability", .code(disabilities))])),
    ])

    private static let details = CINType.elements([
        .one("CINreferralDate", .date), .one("ReferralSource", .code(referralSources)),
        .atMostOne("PrimaryNeedCode", .code(Set((0...9).map { "N\($0)" }))), .atMostOne("CINclosureDate", .date),
        .atMostOne("ReasonForClosure", .code(Set((1...9).map { "RC\($0)" }))), .atMostOne("DateOfInitialCPC", .date),
        .any("Assessments", assessments),
        .any("CINPlanDates", .elements([.one("CINPlanStartDate", .date), .atMostOne("CINPlanEndDate", .date)])),
        .any(
            "Section47",
            .elements([
                .one("S47ActualStartDate", .date), .atMostOne("InitialCPCtarget", .date),
                .atMostOne("DateOfInitialCPC", .date), .one("ICPCnotRequired", .boolean),
            ])),
        .one("ReferralNFA", .boolean), .any("ChildProtectionPlans", protectionPlans),
    ])

    private static let assessments = CINType.elements([
        .one("AssessmentActualStartDate", .date), .atMostOne("AssessmentInternalReviewDate", .date),
        .atMostOne("AssessmentAuthorisationDate", .date),
        .atMostOne(
            "FactorsIdentifiedAtAssessment", .elements([.many("AssessmentFactors", .code(assessmentFactors))])),
    ])

    private static let protectionPlans = CINType.elements([
        .one("CPPstartDate", .date), .atMostOne("CPPendDate", .date), .one("InitialCategoryOfAbuse", .code(abuse)),
        .one("LatestCategoryOfAbuse", .code(abuse)), .one("NumberOfPreviousCPP", .positiveInteger),
        .atMostOne("Reviews", .elements([.many("CPPreviewDate", .date)])),
    ])

    private static let pupilNumber = CINType.form("a letter and twelve digits, the last of which may be a letter") {
        text in
        guard text.utf8.count == 13, let first = text.first, let last = text.last else { return false }
        return first.isASCII && first.isLetter && isDigits(String(text.dropFirst().dropLast()), 11...11)
            && last.isASCII && (last.isLetter || last.isNumber)
    }

    private static func isDigits(_ text: String, _ count: ClosedRange<Int>) -> Bool {
        count.contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
    }

    private static func words(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }

    private static let ethnicities = words(
        "WBRI WIRI WIRT WOTH WROM MWBC MWBA MWAS MOTH AIND APKN ABAN AOTH BCRB BAFR BOTH CHNE OOTH REFU NOBT")
    private static let disabilities = words("NONE MOB HAND PC INC COMM LD HEAR VIS BEH CON AUT DDA")
    private static let referralSources = words("1A 1B 1C 1D 2A 2B 3A 3B 3C 3D 3E 3F 4 5A 5B 5C 5D 6 7 8 9 10")
    private static let abuse = words("NEG PHY SAB EMO MUL")
    private static let assessmentFactors = words(
        "1A 1B 1C 2A 2B 2C 3A 3B 3C 4A 4B 4C 5A 5B 5C 6A 6B 6C 7A 8B 8C 8D 8E 8F 9A 10A 11A 12A 13A 14A 15A 16A 17A "
            + "18B 18C 19B 19C 20 21 22A 23A 24A")
}
