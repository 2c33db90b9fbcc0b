/// The NHS's ethnic category codes, as hospitals record them (UK Core, 2001 census style).
package enum EthnicCategory: String, Sendable, Codable, CaseIterable {
    case whiteBritish = "A"
    case whiteIrish = "B"
    case otherWhite = "C"
    case whiteAndBlackCaribbean = "D"
    case whiteAndBlackAfrican = "E"
    case whiteAndAsian = "F"
    case otherMixed = "G"
    case indian = "H"
    case pakistani = "J"
    case bangladeshi = "K"
    case otherAsian = "L"
    case caribbean = "M"
    case african = "N"
    case otherBlack = "P"
    case chinese = "R"
    case otherGroup = "S"
    case notStated = "Z"
    case notKnown = "99"

    /// The nearest value of the Client Level Data list. Not stated may mean refused or never asked: it becomes undeclared,
    /// since a refusal must have been said.
    package var ethnicity: Ethnicity {
        switch self {
        case .whiteBritish: .whiteBritish
        case .whiteIrish: .whiteIrish
        case .otherWhite: .otherWhite
        case .whiteAndBlackCaribbean: .whiteAndBlackCaribbean
        case .whiteAndBlackAfrican: .whiteAndBlackAfrican
        case .whiteAndAsian: .whiteAndAsian
        case .otherMixed: .otherMixed
        case .indian: .indian
        case .pakistani: .pakistani
        case .bangladeshi: .bangladeshi
        case .otherAsian: .otherAsian
        case .caribbean: .caribbean
        case .african: .african
        case .otherBlack: .otherBlack
        case .chinese: .chinese
        case .otherGroup: .otherGroup
        case .notStated, .notKnown: .notKnown
        }
    }
}
