import Domain

/// Text in the characters of Bacs: capital letters, digits, full stop, ampersand, solidus, hyphen and space.
enum BacsText {
    /// `text` in exactly `width` characters: capitals, anything that Bacs does not know as a space, cut or filled on the right.
    /// Accents are dropped from letters that have them, so that Zoë becomes ZOE and not ZO.
    static func field(_ text: String, width: Int) -> String {
        var bytes: [UInt8] = []
        for character in text where bytes.count < width {
            bytes.append(byte(for: character))
        }
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: width - bytes.count))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A number with zeros on the left; nil where it needs more digits or is negative.
    static func number(_ value: Int64, width: Int) -> String? {
        let digits = String(value)
        guard value >= 0, digits.utf8.count <= width else { return nil }
        return String(repeating: "0", count: width - digits.utf8.count) + digits
    }

    /// A day as Bacs writes it: a space, two digits of the year, three of the day of the year.
    static func day(_ date: CivilDate) -> String {
        let year = String(date.year % 100)
        let day = String(date.dayOfYear)
        return " " + String(repeating: "0", count: 2 - year.utf8.count) + year
            + String(repeating: "0", count: 3 - day.utf8.count) + day
    }

    static func isDigits(_ text: String) -> Bool {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    static func isAlphanumeric(_ text: String) -> Bool {
        text.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
        }
    }

    private static let punctuation: Set<UInt8> = [
        UInt8(ascii: "."), UInt8(ascii: "&"), UInt8(ascii: "/"), UInt8(ascii: "-"),
    ]

    private static func byte(for character: Character) -> UInt8 {
        // A letter with an accent is one character; its base letter is the first scalar of its decomposition.
        let base = character.asciiValue ?? letterBase(of: character)
        guard let base else { return UInt8(ascii: " ") }
        switch base {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): return base - 32
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): return base
        default: return punctuation.contains(base) ? base : UInt8(ascii: " ")
        }
    }

    private static func letterBase(of character: Character) -> UInt8? {
        guard let index = accented.firstIndex(of: character) else { return nil }
        let offset = accented.distance(from: accented.startIndex, to: index)
        return plain[offset]
    }

    /// Letters with accents as they occur in names in Leeds, and the letter each becomes at the same place below.
    private static let accented: [Character] = Array(
        "ÀÁÂÃÄÅĀĂĄàáâãäåāăąÇĆČçćčĎďÈÉÊËĒĖĘĚèéêëēėęěĞğÌÍÎÏĪİìíîïīı"
            + "ŁłÑŃŇñńňÒÓÔÕÖØŌŐòóôõöøōőŘřŚŞŠśşšŤťÙÚÛÜŪŮŰùúûüūůűÝŸýÿŹŻŽź"
            + "żž")
    private static let plain: [UInt8] = Array(
        ("AAAAAAAAAAAAAAAAAACCCCCCDDEEEEEEEEEEEEEEEEGGIIIIIIIIIIII"
            + "LLNNNNNNOOOOOOOOOOOOOOOORRSSSSSSTTUUUUUUUUUUUUUUYYYYZZZZ"
            + "ZZ").utf8)
}
