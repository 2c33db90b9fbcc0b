/// Ethnicity as the Client Level Data of adult social care records it (release 2, 2021 census style); the raw value is the
/// exact text of that list.
package enum Ethnicity: String, Sendable, Codable, CaseIterable {
    case whiteBritish = "White: English, Welsh, Scottish, Northern Irish or British"
    case whiteIrish = "White: Irish"
    case gypsyOrIrishTraveller = "White: Gypsy or Irish Traveller"
    case roma = "White: Roma"
    case otherWhite = "White: Any other White background"
    case whiteAndBlackCaribbean = "Mixed or multiple ethnic groups: White and Black Caribbean"
    case whiteAndBlackAfrican = "Mixed or multiple ethnic groups: White and Black African"
    case whiteAndAsian = "Mixed or multiple ethnic groups: White and Asian"
    case otherMixed = "Mixed or multiple ethnic groups: Any other Mixed or multiple ethnic background"
    case indian = "Asian or Asian British: Indian"
    case pakistani = "Asian or Asian British: Pakistani"
    case bangladeshi = "Asian or Asian British: Bangladeshi"
    case chinese = "Asian or Asian British: Chinese"
    case otherAsian = "Asian or Asian British: Any other Asian background"
    case african = "Black, Black British, Caribbean or African: African"
    case caribbean = "Black, Black British, Caribbean or African: Caribbean"
    case otherBlack =
        "Black, Black British, Caribbean or African: Any other Black, Black British or Caribbean background"
    case arab = "Other ethnic group: Arab"
    case otherGroup = "Other ethnic group: Any other ethnic group"
    case refused = "No data: Refused"
    case notKnown = "No data: Undeclared or not known"

    /// The group for reporting: the part before the colon.
    package var group: EthnicGroup {
        switch self {
        case .whiteBritish, .whiteIrish, .gypsyOrIrishTraveller, .roma, .otherWhite: .white
        case .whiteAndBlackCaribbean, .whiteAndBlackAfrican, .whiteAndAsian, .otherMixed: .mixed
        case .indian, .pakistani, .bangladeshi, .chinese, .otherAsian: .asian
        case .african, .caribbean, .otherBlack: .black
        case .arab, .otherGroup: .other
        case .refused, .notKnown: .noData
        }
    }
}

/// The ethnic groups that tables show.
package enum EthnicGroup: String, Sendable, Codable, CaseIterable {
    case white = "White"
    case mixed = "Mixed or multiple ethnic groups"
    case asian = "Asian or Asian British"
    case black = "Black, Black British, Caribbean or African"
    case other = "Other ethnic group"
    case noData = "No data"
}
