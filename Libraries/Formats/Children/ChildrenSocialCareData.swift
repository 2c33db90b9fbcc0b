internal import Domain
internal import JSON

/// The daily feed of children's social care data to the DfE (API version 1, JSON): an array of children. Places are JSON pointers.
package enum ChildrenSocialCareData {
    static let limits = JSONLimits(bytesMax: 256 * 1_024 * 1_024, depthMax: 32, valuesMax: 50_000_000)

    /// Reads a feed. A child in whom something is wrong is told of and left out; the others are read. A child who is purged is in
    /// no referral of this feed.
    package static func read(_ bytes: [UInt8]) -> YoungPeopleReading {
        var reading = YoungPeopleReading()
        reading.format = .dfe
        do {
            try bytes.withUnsafeBytes { data in
                let tape = try JSONTape.parse(data, limits: limits)
                read(JSONNode(tape: tape, index: 0, pointer: ""), into: &reading)
            }
        } catch let error as JSONError {
            reading.report.add(
                .error, "json." + error.rawValue, at: "file", fix: "the JSON cannot be read; send it again, whole")
        } catch {
            reading.report.add(.error, "json", at: "file", fix: "the JSON cannot be read; send it again, whole")
        }
        return reading
    }

    private static func read(_ root: JSONNode, into reading: inout YoungPeopleReading) {
        guard let children = root.items else {
            reading.report.add(.error, "json.array", at: "/", fix: "send an array of children")
            return
        }
        for child in children {
            reading.childCount += 1
            var reader = ChildReader(child: child)
            let person = reader.read()
            reading.report.add(contentsOf: reader.report)
            if let person, !reader.report.hasErrors { reading.people.append(person) }
        }
    }
}

/// Reads one child.
private struct ChildReader {
    let child: JSONNode
    var report = ValidationReport()
    /// The newest placement: it says where they are now.
    private var newest: (began: CivilDate, reason: String, ended: CivilDate?)?

    init(child: JSONNode) { self.child = child }

    mutating func read() -> YoungPerson? {
        guard let id = identifier() else { return nil }
        guard !child.isPurged else { return nil }
        var person = YoungPerson(childID: id)
        if let details = child["child_details"], !details.isPurged { read(details, into: &person) }
        for episode in child["social_care_episodes"]?.items ?? [] where !episode.isPurged {
            read(episode: episode, into: &person)
        }
        if let newest { person.read(episodeEnd: newest.reason, on: newest.ended) }
        return person
    }

    private mutating func identifier() -> String? {
        guard let node = child["la_child_id"], let text = node.text else {
            report.add(
                .error, "required", at: child.pointer + "/la_child_id", fix: "give the council's id of the child")
            return nil
        }
        let isRight = (1...20).contains(text.utf8.count) && text.utf8.allSatisfy { isLetterOrDigit($0) }
        if !isRight { report.add(.error, "form", at: node.pointer, fix: "write 1 to 20 letters and digits") }
        return isRight ? text : nil
    }

    private mutating func read(_ details: JSONNode, into person: inout YoungPerson) {
        person.familyName = short(details["surname"])
        person.givenName = short(details["first_name"])
        person.postcode = short(details["postcode"])
        person.bornOn = date(details["date_of_birth"])
        switch details["sex"]?.text {
        case "M", "1": person.gender = .male
        case "F", "2": person.gender = .female
        default: person.gender = .unknown
        }
        let disabilities = details["disabilities"]?.items?.compactMap(\.text) ?? []
        if disabilities.contains(where: { $0 != "NONE" }) { person.signs.insert(.recordedDisability) }
    }

    private mutating func read(episode: JSONNode, into person: inout YoungPerson) {
        if let began = date(episode["referral_date"]), began > person.newestBeganOn ?? .min {
            person.newestBeganOn = began
        }
        _ = date(episode["closure_date"])
        if episode["closure_reason"]?.text == "RC6" { person.isWithAdultCare = true }
        for assessment in episode["child_and_family_assessments"]?.items ?? [] where !assessment.isPurged {
            for factor in assessment["factors"]?.items?.compactMap(\.text) ?? [] {
                if factor == "5A" { person.signs.insert(.learningDisability) }
                if factor == "6A" { person.signs.insert(.physicalDisability) }
            }
        }
        for placement in episode["child_looked_after_placements"]?.items ?? [] where !placement.isPurged {
            read(placement: placement, into: &person)
        }
        if let leaver = episode["care_leavers"], !leaver.isPurged {
            person.isCareLeaver = true
            if leaver["activity"]?.text == "G4" { person.signs.insert(.notWorkingThroughIllness) }
        }
    }

    private mutating func read(placement: JSONNode, into person: inout YoungPerson) {
        person.read(status: nil, need: nil, placement: placement["placement_type"]?.text)
        let ended = date(placement["end_date"])
        guard let began = date(placement["start_date"]) else { return }
        if let newest, newest.began > began { return }
        newest = (began, placement["end_reason"]?.text ?? "", ended)
    }

    private mutating func short(_ node: JSONNode?) -> String? {
        node.flatMap { report.short($0.text, at: $0.pointer, max: ADWLimits.shortTextMax) }
    }

    private mutating func date(_ node: JSONNode?) -> CivilDate? {
        guard let node, !node.isNull else { return nil }
        guard let date = node.text.flatMap({ CivilDate($0) }) else {
            report.add(.error, "date", at: node.pointer, fix: "write the date as yyyy-MM-dd, a day that exists")
            return nil
        }
        return date
    }

    private func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}

/// A value of a document, with its place.
private struct JSONNode {
    let tape: JSONTape
    let index: Int
    let pointer: String

    subscript(_ name: String) -> JSONNode? {
        tape.member(name, ofObject: index).map { JSONNode(tape: tape, index: $0, pointer: "\(pointer)/\(name)") }
    }

    /// The values of an array; nil where this is none.
    var items: [JSONNode]? {
        guard case .array(let count) = tape.kind(index) else { return nil }
        var next = index + 1
        return (0..<count).map { number in
            defer { next = tape.end(next) }
            return JSONNode(tape: tape, index: next, pointer: "\(pointer)/\(number)")
        }
    }

    /// A string that is not empty.
    var text: String? {
        guard case .string = tape.kind(index) else { return nil }
        let text = tape.string(index).trimmingWhitespace
        return text.isEmpty ? nil : text
    }

    var isNull: Bool { if case .null = tape.kind(index) { true } else { false } }

    /// The sender asks that what was sent before is deleted.
    var isPurged: Bool {
        guard let value = self["purge"], case .bool(true) = tape.kind(value.index) else { return false }
        return true
    }
}
