package import Domain
package import FoundationEssentials

/// Someone became a direct payments champion.
package struct ChampionRecruited: EventPayload {
    /// Where it is published.
    package static let topic = Topic.engagement
    /// What happened.
    package static let event = "champion-recruited"

    /// Which champion.
    package let championID: ChampionID
    /// The directorate they work in.
    package let directorate: ShortText
    /// The team they work in.
    package let team: ShortText
    /// The day they became one.
    package let recruitedOn: CivilDate

    /// The champion it is about.
    package var key: UUID { championID.uuid }

    /// The event with these facts.
    package init(
        championID: ChampionID, directorate: ShortText, team: ShortText, recruitedOn: CivilDate
    ) {
        self.championID = championID
        self.directorate = directorate
        self.team = team
        self.recruitedOn = recruitedOn
    }
}

/// A training session was held.
package struct TrainingDelivered: EventPayload {
    /// Where it is published.
    package static let topic = Topic.engagement
    /// What happened.
    package static let event = "training-delivered"

    /// Which session.
    package let sessionID: TrainingSessionID
    /// What it was about.
    package let title: ShortText
    /// The day it was held.
    package let heldOn: CivilDate
    /// Who attended, at most 500.
    package let attendees: [Attendee]

    /// The session it is about.
    package var key: UUID { sessionID.uuid }

    /// The event with these facts.
    package init(
        sessionID: TrainingSessionID, title: ShortText, heldOn: CivilDate, attendees: [Attendee]
    ) {
        self.sessionID = sessionID
        self.title = title
        self.heldOn = heldOn
        self.attendees = attendees
    }

    /// One who attended.
    package struct Attendee: Codable, Sendable, Hashable {
        /// Who it was.
        package let staffID: StaffID
        /// Their role.
        package let role: StaffRole
        /// The team they work in.
        package let team: ShortText

        /// An attendee with these facts.
        package init(staffID: StaffID, role: StaffRole, team: ShortText) {
            self.staffID = staffID
            self.role = role
            self.team = team
        }
    }
}
