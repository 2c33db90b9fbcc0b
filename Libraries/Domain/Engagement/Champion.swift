/// Someone who speaks for direct payments in their own team.
package struct Champion: Hashable, Sendable, Codable, Identifiable {
    /// Which champion.
    package let id: ChampionID
    /// The directorate, as the council names it.
    package let directorate: String
    /// The team.
    package let team: String
    /// The first day.
    package let recruitedOn: CivilDate
    /// The last day, once they have stood down.
    package var stoodDownOn: CivilDate?

    /// A champion from `recruitedOn` on. Directorate and team must have a name of at most ``nameLengthMax`` characters.
    package init(id: ChampionID, directorate: String, team: String, recruitedOn: CivilDate) throws(EngagementError) {
        self.id = id
        self.directorate = try EngagementName.checked(directorate)
        self.team = try EngagementName.checked(team)
        self.recruitedOn = recruitedOn
    }

    /// Whether they are a champion on `date`.
    package func isActive(on date: CivilDate) -> Bool {
        recruitedOn <= date && date <= stoodDownOn ?? date
    }

    /// This champion with a last day.
    package func standingDown(on date: CivilDate) throws(EngagementError) -> Champion {
        guard stoodDownOn == nil else { throw .alreadyStoodDown }
        guard date >= recruitedOn else { throw .endsBeforeStart }
        var next = self
        next.stoodDownOn = date
        return next
    }

    /// The teams of `teams` that have no champion on `date`, in their order.
    package static func gaps(in teams: [String], champions: [Champion], on date: CivilDate) -> [String] {
        let covered = Set(champions.filter { $0.isActive(on: date) }.map(\.team))
        return teams.filter { !covered.contains($0) }
    }
}

/// Why something of the engagement work is refused.
package enum EngagementError: String, Error, Sendable, CustomStringConvertible {
    case nameMissing
    case nameTooLong
    case alreadyStoodDown
    case endsBeforeStart
    case attendeeTwice
    case tooManyAttendees
    case notYetHeld
    case alreadyDelivered

    /// What is wrong, in plain words.
    package var description: String {
        switch self {
        case .nameMissing: "a name is missing"
        case .nameTooLong: "a name is longer than \(EngagementName.lengthMax) characters"
        case .alreadyStoodDown: "the champion has stood down already"
        case .endsBeforeStart: "the last day lies before the first"
        case .attendeeTwice: "someone is on the attendance list twice"
        case .tooManyAttendees: "a session takes at most \(TrainingSession.attendeesMax) people"
        case .notYetHeld: "the session has not been held yet"
        case .alreadyDelivered: "the attendance of this session was recorded already"
        }
    }
}

/// The names that the engagement work takes: of a directorate, a team, a session.
package enum EngagementName {
    /// The most characters that a name has.
    package static let lengthMax = 200

    /// The name without spaces around it.
    static func checked(_ text: String) throws(EngagementError) -> String {
        let isSpace = { (character: Character) in character.isWhitespace }
        let trimmed = String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
        guard !trimmed.isEmpty else { throw .nameMissing }
        guard trimmed.count <= lengthMax else { throw .nameTooLong }
        return trimmed
    }
}
