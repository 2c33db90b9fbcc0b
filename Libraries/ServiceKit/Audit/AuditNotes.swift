package import Domain
import FoundationEssentials
import Safeguards
import Synchronization

/// What one piece of work tells the audit: which records it showed or changed, and whose they are.
final class AuditNotes: Sendable {
    private struct Note {
        let record: String
        var people: Set<UUID>
        var change: RecordChange?
    }

    private let noted = Mutex<[Note]>([])

    var isEmpty: Bool { noted.withLock(\.isEmpty) }

    /// Which note it is.
    @discardableResult
    func add(_ record: String, of people: [PersonID]) -> Int {
        noted.withLock {
            $0.append(Note(record: record, people: Set(people.map(\.uuid))))
            return $0.count - 1
        }
    }

    /// Says of a note what was changed, and whose record it has become.
    func complete(_ place: Int, with change: RecordChange, of people: [PersonID]) {
        noted.withLock {
            $0[place].change = change
            $0[place].people.formUnion(people.map(\.uuid))
        }
    }

    /// Work that may show people says what it showed, or does not count.
    func requireNote(where permission: Permission) throws(CommandFailure) {
        guard permission.showsPeople, isEmpty else { return }
        throw CommandFailure(
            .internalBug, "Nothing was done, because the audit would not know of what (\(permission.rawValue)).")
    }

    /// The entries that say it. One person's record goes to that person's stream. A list, and what is about nobody, goes to the
    /// stream of whoever acts, and names everybody on it.
    func entries(
        by actor: UUID, _ permission: Permission, _ outcome: AuditOutcome, at now: Date
    ) throws -> [AuditEntry] {
        var entries: [AuditEntry] = []
        func add(
            _ stream: AuditStream, _ record: String, _ people: [UUID] = [], _ change: RecordChange? = nil
        ) throws {
            var random = SystemRandomNumberGenerator()
            let id = UUID.v7(at: now, using: &random)
            // What was rehearsed or refused changed nothing.
            let sealed = outcome == .done ? try change?.closed(in: id) : nil
            entries.append(
                try AuditEntry(
                    id: id, stream: stream, at: now, action: permission.rawValue, purpose: permission.purpose.rawValue,
                    record: outcome.words + record, people: people, before: sealed?.before, after: sealed?.after))
        }
        let notes = noted.withLock { $0 }
        if notes.isEmpty { try add(.actor(actor), "") }
        for note in notes {
            let people = Array(note.people)
            // What was changed is where its key belongs: a pay run's is not in the stream of the one person on it.
            if people.count == 1, note.change.map({ $0.seal.owner == people[0] }) ?? true {
                try add(.person(people[0]), note.record, [], note.change)
                continue
            }
            for start in stride(from: 0, to: max(1, people.count), by: AuditEntry.peopleMax) {
                try add(
                    .actor(actor), note.record, Array(people[start...].prefix(AuditEntry.peopleMax)),
                    start == 0 ? note.change : nil)
            }
        }
        return entries
    }
}

/// What became of the work that an entry tells of.
enum AuditOutcome {
    case done, rehearsed, refused

    var words: String {
        switch self {
        case .done: ""
        case .rehearsed: "rehearsed: "
        case .refused: "refused: "
        }
    }
}

extension Work {
    /// Tells the audit that this work shows or changes a record, for example `case 0197...`, and whose it is: nobody's, one
    /// person's, or everybody's who is on a list. Every work that a permission to see people allows has to say it.
    package func note(_ record: String, of people: [PersonID]) { notes.add(record, of: people) }

    /// The same for one person.
    package func note(_ record: String, of person: PersonID) { note(record, of: [person]) }
}
