package import Domain

/// What came of reading a return of children's services.
package struct YoungPeopleReading: Sendable {
    /// Who is in it and could be read, in the order of the return.
    package internal(set) var people: [YoungPerson] = []
    /// Everything that was found.
    package internal(set) var report = ValidationReport()
    /// Which return it is.
    package internal(set) var format = ReferralFormat.ssda903
    /// The day that the return describes; nil where it does not say (SSDA903).
    package internal(set) var describedDay: CivilDate?
    /// How many children the return tells of, those included who could not be read.
    package internal(set) var childCount = 0
}

extension YoungPeopleReading {
    /// Reads one return: a children in need census, a daily feed to the DfE (JSON), or the tables (or the one file) of SSDA903. Which it is, is seen from the
    /// files.
    package static func read(_ files: [(name: String, bytes: [UInt8])]) -> YoungPeopleReading {
        if files.count == 1, isJSON(files[0].bytes) { return ChildrenSocialCareData.read(files[0].bytes) }
        let censuses = files.filter { isCensus($0.bytes) }
        guard !censuses.isEmpty else { return SSDA903.read(files) }
        guard files.count == 1 else {
            var reading = YoungPeopleReading()
            reading.report.add(
                .error, "children.mixed", at: censuses[0].name,
                fix: "give a census alone, and the tables of SSDA903 together")
            return reading
        }
        return CINCensus.read(censuses[0].bytes)
    }

    private static func isJSON(_ bytes: [UInt8]) -> Bool {
        let first = bytes.first { !" \t\r\n".utf8.contains($0) }
        return first == UInt8(ascii: "[") || first == UInt8(ascii: "{")
    }

    /// Whether the root is that of the census; nothing but a declaration and comments stands before it.
    private static func isCensus(_ bytes: [UInt8]) -> Bool {
        let start = String(decoding: bytes.prefix(4_096), as: UTF8.self)
        guard let message = start.firstRange(of: "<Message") else { return false }
        return start.firstRange(of: "<EXPSSDA903").map { message.lowerBound < $0.lowerBound } ?? true
    }
}
