/// A training session on direct payments.
package struct TrainingSession: Hashable, Sendable, Codable, Identifiable {
    /// Which session.
    package let id: TrainingSessionID
    /// What it is called.
    package let title: String
    /// The day on which it is, or was, held.
    package let heldOn: CivilDate
    /// Who came, once it was delivered.
    package var attendees: [Attendee]?

    /// Someone who came.
    package struct Attendee: Hashable, Sendable, Codable {
        /// Who.
        package let staffID: StaffID
        /// What they do.
        package let role: StaffRole
        /// The team they came from.
        package let team: String

        /// This attendee.
        package init(staffID: StaffID, role: StaffRole, team: String) {
            self.staffID = staffID
            self.role = role
            self.team = team
        }
    }

    /// The most people that one session takes.
    package static let attendeesMax = 500

    /// A session that is planned.
    package init(id: TrainingSessionID, title: String, heldOn: CivilDate) throws(EngagementError) {
        self.id = id
        self.title = try EngagementName.checked(title)
        self.heldOn = heldOn
    }

    /// The session with its attendance, recorded on `date`. A session to which nobody came is delivered all the same.
    package func delivered(to people: [Attendee], recordedOn date: CivilDate) throws(EngagementError) -> TrainingSession
    {
        guard attendees == nil else { throw .alreadyDelivered }
        guard date >= heldOn else { throw .notYetHeld }
        guard people.count <= Self.attendeesMax else { throw .tooManyAttendees }
        guard Set(people.map(\.staffID)).count == people.count else { throw .attendeeTwice }
        var next = self
        next.attendees = people
        return next
    }

    /// Everyone in `role` who came to at least one of the sessions that were held by `date`.
    package static func trained(in sessions: [TrainingSession], role: StaffRole, by date: CivilDate) -> Set<StaffID> {
        var people: Set<StaffID> = []
        for session in sessions where session.heldOn <= date {
            for attendee in session.attendees ?? [] where attendee.role == role { people.insert(attendee.staffID) }
        }
        return people
    }
}

/// What a member of staff does.
package enum StaffRole: String, Sendable, Codable, CaseIterable {
    case socialWorker = "social-worker"
    case socialWorkAssistant = "social-work-assistant"
    case occupationalTherapist = "occupational-therapist"
    case teamManager = "team-manager"
    case directPaymentsOfficer = "direct-payments-officer"
    case finance
    case other
}
