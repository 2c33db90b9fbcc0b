import Domain
import FoundationEssentials
import ServiceKit

/// An attendance list as a spreadsheet writes it: a header and one line for each person, `staff,role,team`.
enum AttendanceFile {
    static let bytesMax = 1_000_000
    private static let header = "staff,role,team"

    /// Throws with every line that is wrong, not only the first.
    static func read(_ path: String) throws -> [TrainingSession.Attendee] {
        let bytes = try InputFile.read(path, upTo: bytesMax)
        let text = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first.map({ $0.trimmingPrefix("\u{FEFF}") }) == header[...] else {
            throw CommandFailure(.badInput, "\(path) must begin with the line \(header).")
        }
        var attendees: [TrainingSession.Attendee] = []
        var problems: [String] = []
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            do throws(AttendanceLineError) {
                attendees.append(try attendee(line))
            } catch {
                problems.append("line \(index + 1): \(error.rawValue)")
            }
        }
        guard problems.isEmpty else {
            throw CommandFailure(
                .badInput, "\(path) has \(problems.count == 1 ? "a problem" : "\(problems.count) problems").",
                why: problems.joined(separator: "; ") + ".")
        }
        return attendees
    }

    private enum AttendanceLineError: String, Error {
        case columns = "expected three columns"
        case staff = "the first column is no staff id"
        case role = "the second column is no role that Takeup knows"
        case team = "the team is missing or longer than 200 characters"
    }

    private static func attendee(_ line: Substring) throws(AttendanceLineError) -> TrainingSession.Attendee {
        let columns = line.split(separator: ",", omittingEmptySubsequences: false)
        guard columns.count == 3 else { throw .columns }
        guard let staffID = StaffID(String(columns[0])) else { throw .staff }
        guard let role = StaffRole(rawValue: String(columns[1])) else { throw .role }
        guard (1...EngagementName.lengthMax).contains(columns[2].count) else { throw .team }
        return TrainingSession.Attendee(staffID: staffID, role: role, team: String(columns[2]))
    }
}
