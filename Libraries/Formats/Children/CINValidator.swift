internal import Domain

/// Holds an element to what the schema demands of it; each finding's place is an XPath.
struct CINValidator {
    var report = ValidationReport()

    mutating func check(_ element: XMLElement, _ type: CINType, at path: String) {
        guard case .elements(let declared) = type else {
            if let child = element.children.first {
                report.add(
                    .error, "schema.no-elements", at: "\(path)/\(child.name)",
                    fix: "leave it out: only text belongs here")
            }
            checkValue(element.text, type, at: path)
            return
        }
        if element.text.contains(where: { !$0.isWhitespace }) {
            report.add(.error, "schema.text", at: path, fix: "leave the text between the elements out")
        }
        checkSequence(element.children, declared, at: path)
    }

    /// The children in the order declared. One that is unknown, or out of its order, is passed over.
    private mutating func checkSequence(_ children: [XMLElement], _ declared: [CINElement], at path: String) {
        let order = Dictionary(declared.enumerated().map { ($1.name, $0) }) { first, _ in first }
        let counts = Dictionary(grouping: children, by: \.name).mapValues(\.count)
        for element in declared where element.isRequired && counts[element.name] == nil {
            report.add(.error, "schema.required", at: "\(path)/\(element.name)", fix: "add the element")
        }
        var last = 0
        var seen: [String: Int] = [:]
        for child in children {
            let number = (seen[child.name] ?? 0) + 1
            seen[child.name] = number
            let place = "\(path)/\(child.name)" + (counts[child.name] == 1 ? "" : "[\(number)]")
            guard let index = order[child.name] else {
                // Later collections have elements that this one had not.
                report.add(.warning, "schema.unknown", at: place, fix: "nothing: the element is not read")
                continue
            }
            if index < last {
                report.add(.error, "schema.order", at: place, fix: "put the elements in the schema's order")
            }
            last = max(last, index)
            if number == 2, !declared[index].repeats {
                report.add(.error, "schema.repeated", at: place, fix: "give the element once")
            }
            check(child, declared[index].type, at: place)
        }
    }

    private mutating func checkValue(_ text: String, _ type: CINType, at path: String) {
        let value = text.trimmingWhitespace
        if let fix = Self.fault(of: value, type) { report.add(.error, "schema.value", at: path, fix: fix) }
    }

    /// What is wrong with a value, as what to do; nil for nothing.
    private static func fault(of value: String, _ type: CINType) -> String? {
        switch type {
        case .elements, .anyText: return nil
        case .text: return value.isEmpty ? "give a value" : nil
        case .date: return CivilDate(value) == nil ? "write the date as yyyy-MM-dd, a day that exists" : nil
        case .dateTime:
            return Instant.parse(value) ?? Instant.parse(value + "Z") == nil
                ? "write the time as yyyy-MM-ddTHH:mm:ss" : nil
        case .year: return value.utf8.count == 4 && Int(value) != nil ? nil : "write the year as four digits"
        case .boolean:
            return ["true", "false", "TRUE", "FALSE", "0", "1"].contains(value) ? nil : "write true or false"
        case .positiveInteger: return Int(value).map { $0 > 0 } == true ? nil : "write a whole number of at least 1"
        case .code(let codes): return codes.contains(value) ? nil : "use a code of the list"
        case .form(let form, let isRight): return isRight(value) ? nil : "write \(form)"
        }
    }
}

extension String {
    /// Without white space around it.
    var trimmingWhitespace: String {
        let start = drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}
