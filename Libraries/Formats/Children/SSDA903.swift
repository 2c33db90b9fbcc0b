internal import Domain

/// The return about children looked after (DfE, SSDA903): tables in CSV, whose header row says which each is, or one file of XML.
package enum SSDA903 {
    /// The tables that bear on needs as an adult, and the others, of which only births are read.
    enum Table: CaseIterable {
        case header, episodes, careLeavers, deprivationOfLiberty, other

        /// Of each other table, a column that it alone has.
        private static let others = [
            "REVIEW", "DUC", "SDQ_SCORE", "DATE_INT", "MIS_START", "PREV_PERM", "DATE_PLACED", "SW_ID",
        ]

        /// The table with these columns, by those that only it has.
        static func of(_ columns: [String]) -> Table? {
            func has(_ names: String...) -> Bool { names.allSatisfy(columns.contains) }
            if has("CHILD", "DECOM", "REC") { return .episodes }
            if has("CHILD", "IN_TOUCH", "ACTIV") { return .careLeavers }
            if has("CHILD", "DOLO_START") { return .deprivationOfLiberty }
            if has("CHILD", "SEX", "DOB", "ETHNIC") { return .header }
            return has("CHILD") && others.contains { has($0) } ? .other : nil
        }
    }

    /// Reads the files of one return together: a child's rows may stand in several. Each file's place in findings is its name.
    package static func read(_ files: [(name: String, bytes: [UInt8])]) -> YoungPeopleReading {
        var gathering = SSDA903Gathering()
        for file in files {
            if file.bytes.first(where: { !" \t\r\n".utf8.contains($0) && $0 < 0x80 }) == UInt8(ascii: "<") {
                gathering.readXML(file.bytes, name: file.name)
            } else {
                gathering.readCSV(file.bytes, name: file.name)
            }
        }
        return gathering.reading
    }
}

/// Gathers what all files of a return say of each child.
private struct SSDA903Gathering {
    private var people: [String: YoungPerson] = [:]
    private var order: [String] = []
    /// The newest episode of each child, and how it ended: it says where they are now.
    private var newest: [String: (began: CivilDate, reason: String, ended: CivilDate?)] = [:]
    private var report = ValidationReport()

    var reading: YoungPeopleReading {
        var reading = YoungPeopleReading()
        reading.report = report
        reading.people = order.compactMap { id in
            guard var person = people[id] else { return nil }
            if let last = newest[id] {
                person.newestBeganOn = last.began
                person.read(episodeEnd: last.reason, on: last.ended)
            }
            return person
        }
        reading.childCount = reading.people.count
        return reading
    }

    // MARK: - CSV

    mutating func readCSV(_ bytes: [UInt8], name: String) {
        var columns: [String: Int] = [:]
        var table: SSDA903.Table?
        var isFirst = true
        do {
            try CSVReader.read(bytes) { record in
                if isFirst {
                    isFirst = false
                    let names = record.fields.map { $0.trimmingWhitespace.uppercased() }
                    columns = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
                    table = SSDA903.Table.of(names)
                    if table == nil {
                        report.add(
                            .error, "ssda903.table", at: name,
                            fix: "begin the table with its header row, with the columns of the return")
                    }
                } else if let table {
                    read(SSDA903Row(record: record, columns: columns, file: name), table)
                }
            }
        } catch {
            report.add(
                .error, error.shortLabel, at: error.line.map { "\(name) row \($0)" } ?? name, fix: error.fix)
        }
    }

    private mutating func read(_ row: SSDA903Row, _ table: SSDA903.Table) {
        guard let id = row.value("CHILD") else {
            report.add(.error, "required", at: row.place("CHILD"), fix: "give the child's id")
            return
        }
        if let fix = ChildID.fault(of: id) {
            report.add(.error, "child-id", at: row.place("CHILD"), fix: fix)
            return
        }
        if people[id] == nil {
            people[id] = YoungPerson(childID: id)
            order.append(id)
        }
        let born = row.date("DOB", &report)
        change(id) { if $0.bornOn == nil { $0.bornOn = born } }
        switch table {
        case .header:
            change(id) { $0.gender = row.value("SEX") == "1" ? .male : row.value("SEX") == "2" ? .female : .unknown }
        case .episodes: readEpisode(of: id, row)
        case .careLeavers:
            change(id) {
                $0.isCareLeaver = true
                if row.value("ACTIV") == "G4" { $0.signs.insert(.notWorkingThroughIllness) }
            }
        case .deprivationOfLiberty: change(id) { _ = $0.signs.insert(.deprivedOfLiberty) }
        case .other: break
        }
    }

    private mutating func readEpisode(of id: String, _ row: SSDA903Row) {
        let began = row.date("DECOM", &report)
        let ended = row.date("DEC", &report)
        guard let began else {
            if row.value("DECOM") == nil {
                report.add(.error, "required", at: row.place("DECOM"), fix: "say when the episode began")
            }
            return
        }
        if let ended, ended < began {
            report.add(.error, "period", at: row.place("DEC"), fix: "correct the episode: it ends before it begins")
        }
        if let need = row.value("CIN"), !SSDA903Codes.needs.contains(need) {
            report.add(.warning, "code", at: row.place("CIN"), fix: "use a category of need, N1 to N8")
        }
        change(id) { $0.read(status: row.value("LS"), need: row.value("CIN"), placement: row.value("PLACE")) }
        note(id, began: began, reason: row.value("REC") ?? "", ended: ended)
    }

    private mutating func note(_ id: String, began: CivilDate, reason: String, ended: CivilDate?) {
        if let known = newest[id], known.began > began { return }
        newest[id] = (began, reason, ended)
    }

    private mutating func change(_ id: String, _ body: (inout YoungPerson) -> Void) {
        guard var person = people[id] else { return }
        body(&person)
        people[id] = person
    }

    // MARK: - XML

    mutating func readXML(_ bytes: [UInt8], name: String) {
        var number = 0
        do {
            let root = try XMLReader.read(bytes, limits: CINCensus.limits, handingOut: ["EXPSSDA903", "CHILD"]) {
                child in
                number += 1
                readChild(child, at: "\(name)/EXPSSDA903/CHILD[\(number)]")
            }
            if root.name != "EXPSSDA903" {
                report.add(
                    .error, "schema.root", at: "\(name)/\(root.name)", fix: "send the return: its root is EXPSSDA903")
            }
        } catch {
            report.add(
                .error, error.shortLabel, at: error.line.map { "\(name) line \($0)" } ?? name, fix: error.description)
        }
    }

    private mutating func readChild(_ child: XMLElement, at path: String) {
        func text(_ element: XMLElement?, _ name: String) -> String? {
            element?.first(name).map(\.text.trimmingWhitespace).flatMap { $0.isEmpty ? nil : $0 }
        }
        let header = child.first("HEADER")
        guard let id = text(header, "CHILDID") ?? text(header, "CHILD") else {
            report.add(.error, "required", at: "\(path)/HEADER/CHILDID", fix: "give the child's id")
            return
        }
        if let fix = ChildID.fault(of: id) {
            report.add(.error, "child-id", at: "\(path)/HEADER/CHILDID", fix: fix)
            return
        }
        if people[id] == nil {
            people[id] = YoungPerson(childID: id)
            order.append(id)
        }
        let born = date(text(header, "DOB"), at: "\(path)/HEADER/DOB")
        change(id) {
            if $0.bornOn == nil { $0.bornOn = born }
            $0.gender = text(header, "SEX") == "1" ? .male : text(header, "SEX") == "2" ? .female : .unknown
        }
        for (index, episode) in child.all("EPISODE").enumerated() {
            let place = "\(path)/EPISODE[\(index + 1)]"
            change(id) {
                $0.read(status: text(episode, "LS"), need: text(episode, "CIN"), placement: text(episode, "PL"))
            }
            if let began = date(text(episode, "DECOM"), at: place + "/DECOM") {
                note(
                    id, began: began, reason: text(episode, "REC") ?? "",
                    ended: date(text(episode, "DEC"), at: place + "/DEC"))
            }
        }
    }

    private mutating func date(_ text: String?, at place: String) -> CivilDate? {
        guard let text else { return nil }
        guard let date = SSDA903Codes.date(text) ?? CivilDate(text) else {
            report.add(.error, "date", at: place, fix: "write the date as dd/MM/yyyy, a day that exists")
            return nil
        }
        return date
    }
}

extension YoungPerson {
    /// What an episode says: legal status, category of need, placement.
    mutating func read(status: String?, need: String?, placement: String?) {
        if need == "N2" { signs.insert(.childsDisability) }
        if ["V3", "V4"].contains(status) { signs.insert(.shortBreaks) }
        if ["R1", "R2", "S1", "K2"].contains(placement) { signs.insert(.residentialPlacement) }
    }

    /// How the newest episode ended.
    mutating func read(episodeEnd reason: String, on day: CivilDate?) {
        switch reason {
        case "E2": diedOn = day
        case "E3": hasMovedAway = true
        case "E7": isWithAdultCare = true
        // X1: another episode follows, and this return does not tell of it yet.
        case "", "X1": break
        default: hasLeftCare = true
        }
    }
}

/// One row of a table.
private struct SSDA903Row {
    let record: CSVRecord
    let columns: [String: Int]
    let file: String

    func value(_ column: String) -> String? {
        guard let index = columns[column], record.fields.indices.contains(index) else { return nil }
        let text = record.fields[index].trimmingWhitespace
        return text.isEmpty ? nil : text
    }

    func place(_ column: String) -> String { "\(file) row \(record.line), \(column)" }

    func date(_ column: String, _ report: inout ValidationReport) -> CivilDate? {
        guard let text = value(column) else { return nil }
        guard let date = SSDA903Codes.date(text) else {
            report.add(.error, "date", at: place(column), fix: "write the date as dd/MM/yyyy, a day that exists")
            return nil
        }
        return date
    }
}

/// Codes and forms of the return.
private enum SSDA903Codes {
    static let needs = Set((1...8).map { "N\($0)" })

    /// A day as `dd/MM/yyyy`.
    static func date(_ text: String) -> CivilDate? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 2, parts[1].utf8.count == 2, parts[2].utf8.count == 4 else {
            return nil
        }
        return CivilDate("\(parts[2])-\(parts[1])-\(parts[0])")
    }
}
