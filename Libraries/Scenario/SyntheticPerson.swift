package import Domain

/// Someone who does not exist.
package struct SyntheticPerson: Hashable, Sendable {
    /// A valid number of the never-issued range.
    package let nhsNumber: NHSNumber
    package let givenName: String
    package let familyName: String
    package let gender: Gender
    package let bornOn: CivilDate
    package let ethnicCategory: EthnicCategory
    /// The language they prefer (ISO 639-1), and whether they need an interpreter.
    package let language: String
    package let needsInterpreter: Bool
    package let addressLine: String
    package let postcode: String
    /// The electoral ward. A notice does not carry it: whoever needs it looks the postcode up.
    package let ward: String
    package let phone: String
    /// Someone who looks after them, where there is anyone: family name and given name.
    package let carer: PersonName?

    /// A name.
    package struct PersonName: Hashable, Sendable {
        package let given: String
        package let family: String
    }

    init(number: NHSNumber, on day: CivilDate, using generator: inout SeededGenerator) {
        let culture = generator.pick(Culture.all.map { ($0, weight: $0.weight) })
        let isFemale = generator.chance(56)
        nhsNumber = number
        gender = isFemale ? .female : .male
        givenName = generator.pick(isFemale ? culture.womensNames : culture.mensNames)
        familyName = generator.pick(culture.familyNames)
        ethnicCategory = generator.pick(culture.categories)
        needsInterpreter = culture.language != "en" && generator.chance(25)
        language = needsInterpreter || generator.chance(30) ? culture.language : "en"
        // Four in ten are of working age, as among those whom hospitals refer for long-term support.
        let age = generator.chance(40) ? generator.number(18...64) : generator.number(65...98)
        bornOn = day.adding(years: -age).adding(days: -generator.number(0...364))
        let place = generator.pick(LeedsWard.all)
        ward = place.name
        postcode = Self.postcode(in: place.district, using: &generator)
        addressLine = "\(generator.number(1...180)) \(generator.pick(LeedsWard.streets))"
        phone = Self.dramaNumber(using: &generator)
        carer =
            generator.chance(45)
            ? PersonName(given: generator.pick(culture.womensNames + culture.mensNames), family: familyName) : nil
    }

    /// A postcode that looks like one and is none: the last two letters are of those that no inward code uses.
    private static func postcode(in district: String, using generator: inout SeededGenerator) -> String {
        let unused = Array("CIKMOV")
        return "\(district) \(generator.number(1...9))\(generator.pick(unused))\(generator.pick(unused))"
    }

    /// A Leeds number of the thousand that the regulator keeps free for drama: 0113 496 0000 to 0999.
    private static func dramaNumber(using generator: inout SeededGenerator) -> String {
        "0113 496 0\(String(generator.number(1_000...1_999)).dropFirst())"
    }
}
