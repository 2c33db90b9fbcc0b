package import FoundationEssentials

/// The answer to a message of HL7 version 2: ACK with MSA, and ERR for what was found (v2.4, section 2.9.2).
package enum HL7Acknowledgement {
    /// What became of the message (table 0008).
    package enum Code: String, Sendable {
        case accepted = "AA"
        /// What it says is wrong.
        case error = "AE"
        /// It is of a kind that is not taken.
        case rejected = "AR"
    }

    /// The media type of version 2 as text, as HL7 over HTTP names it.
    package static let mediaType = "application/hl7-v2"

    /// The longest control id of our own (MSH-10), in characters.
    package static let controlIDCharactersMax = 20
    /// The longest text (MSA-3), in characters.
    package static let textCharactersMax = 80

    /// The answer, segments ended by CR; `controlID` and `text` are cut to their limits. The same answer always gives the same bytes.
    package static func write(
        _ code: Code, to envelope: HL7Envelope, controlID: String, text: String, report: ValidationReport, at now: Date
    ) -> [UInt8] {
        let version = envelope.version ?? "2.4"
        // The structure's name is a component of its own from 2.3.1 on.
        let type = ["2.1", "2.2", "2.3"].contains(version) ? "ACK" : "ACK^\(escaped(envelope.trigger))^ACK"
        var segments = [
            [
                "MSH|^~\\&", escaped(envelope.receivingApplication), escaped(envelope.receivingFacility),
                escaped(envelope.sendingApplication), escaped(envelope.sendingFacility), HL7Time.format(now), "", type,
                String(controlID.prefix(controlIDCharactersMax)), escaped(envelope.processing ?? "P"), escaped(version),
                "", "", "", "", "", "UNICODE UTF-8",
            ].joined(separator: "|"),
            ["MSA", code.rawValue, escaped(envelope.controlID), escaped(String(text.prefix(textCharactersMax)))].joined(
                separator: "|"),
        ]
        if isOfVersion25(version) {
            segments += report.issues.map(error)
        } else if !report.isClean {
            // Before 2.5 there is one segment, whose first field repeats.
            segments.append("ERR|" + report.issues.map(olderError).joined(separator: "~"))
        }
        return Array((segments.joined(separator: "\r") + "\r").utf8)
    }

    /// From 2.5 on place, code and severity have fields of their own.
    private static func isOfVersion25(_ version: String) -> Bool {
        let minor = version.split(separator: ".").dropFirst().first.flatMap { Int($0) } ?? 4
        return minor >= 5
    }

    private static func error(_ issue: ValidationIssue) -> String {
        let place = HL7Place(issue.path)
        let severity = issue.severity == .error ? "E" : "W"
        return [
            "ERR", "", place.location, "\(code(of: issue).number)^\(code(of: issue).text)^HL70357", severity, "", "",
            "",
            escaped("\(issue.path): \(issue.fix)"),
        ].joined(separator: "|")
    }

    private static func olderError(_ issue: ValidationIssue) -> String {
        let place = HL7Place(issue.path)
        let code = code(of: issue)
        return "\(place.segment)^1^\(place.field)^\(code.number)&\(escaped("\(issue.path): \(issue.fix)"))&HL70357"
    }

    /// The code of table 0357 that comes nearest.
    private static func code(of issue: ValidationIssue) -> (number: Int, text: String) {
        switch issue.rule {
        case "required" where issue.path.count == 3: (100, "Segment sequence error")
        case "required": (101, "Required field missing")
        case "not-supported" where issue.path == "MSH-12": (203, "Unsupported version id")
        case "not-supported": (200, "Unsupported message type")
        case "code": (103, "Table value not found")
        case "date", "instant": (102, "Data type error")
        case "referral.unknown": (204, "Unknown key identifier")
        default: (207, "Application internal error")
        }
    }

    /// Delimiters and line ends as the standard escapes them.
    private static func escaped(_ text: String?) -> String {
        (text ?? "").unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\\": result += "\\E\\"
            case "|": result += "\\F\\"
            case "^": result += "\\S\\"
            case "&": result += "\\T\\"
            case "~": result += "\\R\\"
            case "\r", "\n": result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}

/// A place such as `PID-5.1`, taken apart.
private struct HL7Place {
    let segment: Substring
    let field: String
    let component: String

    init(_ path: String) {
        segment = path.prefix { $0 != "-" }.prefix(3)
        let numbers = path.split(separator: "-").dropFirst().first?.split(separator: ".").map(String.init) ?? []
        field = numbers.first ?? ""
        component = numbers.dropFirst().first ?? ""
    }

    /// ERL: segment, its number, field, its repetition, component.
    var location: String {
        guard !field.isEmpty else { return "\(segment)^1" }
        return component.isEmpty ? "\(segment)^1^\(field)" : "\(segment)^1^\(field)^1^\(component)"
    }
}
