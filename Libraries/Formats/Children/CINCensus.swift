internal import Domain

/// The children in need census (DfE), child by child, so that a return of any length takes the memory of one child.
package enum CINCensus {
    /// How much of a return is read; the limit of elements is that of one child.
    package static var limits: XMLLimits {
        var limits = XMLLimits()
        limits.bytesMax = 256 * 1_024 * 1_024
        limits.valueBytesMax = 64 * 1_024
        return limits
    }

    /// Reads a return. A child in whom something is wrong is told of and left out; the others are read.
    package static func read(_ bytes: [UInt8], limits: XMLLimits = limits) -> YoungPeopleReading {
        var reading = YoungPeopleReading()
        reading.format = .cin
        var validator = CINValidator()
        do {
            let root = try XMLReader.read(bytes, limits: limits, handingOut: ["Message", "Children", "Child"]) {
                child in
                reading.childCount += 1
                var ofChild = CINValidator()
                ofChild.check(child, CINSchema.child, at: "/Message/Children/Child[\(reading.childCount)]")
                let id = child.first("ChildIdentifiers", "LAchildID")?.text.trimmingWhitespace ?? ""
                if !id.isEmpty, let fix = ChildID.fault(of: id) {
                    ofChild.report.add(
                        .error, "child-id",
                        at: "/Message/Children/Child[\(reading.childCount)]/ChildIdentifiers/LAchildID", fix: fix)
                }
                validator.report.add(contentsOf: ofChild.report)
                if !ofChild.report.hasErrors { reading.people.append(person(child)) }
            }
            check(root, reading.childCount, &validator)
            let day = root.first("Header", "CollectionDetails", "ReferenceDate")?.text.trimmingWhitespace
            reading.describedDay = day.flatMap { CivilDate($0) }
        } catch {
            validator.report.add(
                .error, error.shortLabel, at: error.line.map { "line \($0)" } ?? "file", fix: error.description)
        }
        reading.report = validator.report
        return reading
    }

    private static func check(_ root: XMLElement, _ childCount: Int, _ validator: inout CINValidator) {
        guard root.name == "Message" else {
            validator.report.add(
                .error, "schema.root", at: "/\(root.name)", fix: "send the census: its root is Message")
            return
        }
        if let header = root.first("Header") { validator.check(header, CINSchema.header, at: "/Message/Header") }
        if childCount == 0 {
            validator.report.add(
                .error, "schema.required", at: "/Message/Children/Child", fix: "add at least one child")
        }
    }

    private static func person(_ child: XMLElement) -> YoungPerson {
        let identifiers = child.first("ChildIdentifiers")
        func value(_ name: String) -> String? { identifiers?.first(name)?.text.trimmingWhitespace }
        var person = YoungPerson(childID: value("LAchildID") ?? "")
        person.bornOn = value("PersonBirthDate").flatMap { CivilDate($0) }
        person.diedOn = value("PersonDeathDate").flatMap { CivilDate($0) }
        person.gender = value("GenderCurrent") == "1" ? .male : value("GenderCurrent") == "2" ? .female : .unknown
        let disabilities = child.first("ChildCharacteristics", "Disabilities")?.all("Disability") ?? []
        if disabilities.contains(where: { $0.text.trimmingWhitespace != "NONE" }) {
            person.signs.insert(.recordedDisability)
        }
        for details in child.all("CINdetails") { read(details, into: &person) }
        return person
    }

    private static func read(_ details: XMLElement, into person: inout YoungPerson) {
        let began = details.first("CINreferralDate").flatMap { CivilDate($0.text.trimmingWhitespace) }
        if let began, began > person.newestBeganOn ?? .min { person.newestBeganOn = began }
        if details.first("PrimaryNeedCode")?.text.trimmingWhitespace == "N2" { person.signs.insert(.childsDisability) }
        if details.first("ReasonForClosure")?.text.trimmingWhitespace == "RC6" { person.isWithAdultCare = true }
        for assessment in details.all("Assessments") {
            for factor in assessment.first("FactorsIdentifiedAtAssessment")?.all("AssessmentFactors") ?? [] {
                switch factor.text.trimmingWhitespace {
                case "5A": person.signs.insert(.learningDisability)
                case "6A": person.signs.insert(.physicalDisability)
                default: break
                }
            }
        }
    }
}
