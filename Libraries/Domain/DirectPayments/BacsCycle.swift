package import FoundationEssentials

/// The three working days of a Bacs payment: submitted, processed, and in the account.
package struct BacsCycle: Hashable, Sendable {
    /// Day 1: the file reaches Bacs, by 22:30 in London.
    package let submission: CivilDate
    /// Day 2: Bacs passes it on. This is the processing day that the file carries.
    package let processing: CivilDate
    /// Day 3: the money arrives.
    package let arrival: CivilDate

    /// The latest minute of day 1 at which a file is taken, in minutes since midnight in London: 22:30.
    package static let cutOffMinuteOfDay = 22 * 60 + 30

    /// The cycle whose money arrives on `date`; nil where that is no working day.
    package init?(arrivingOn date: CivilDate) {
        guard date.isWorkingDay else { return nil }
        arrival = date
        processing = date.adding(workingDays: -1)
        submission = date.adding(workingDays: -2)
    }

    /// The cycle whose money is there by `date`: it arrives then or on the last working day before.
    package init(arrivingBy date: CivilDate) {
        arrival = date.workingDayOnOrBefore
        processing = arrival.adding(workingDays: -1)
        submission = arrival.adding(workingDays: -2)
    }

    /// The first cycle that a file ready at `instant` still makes.
    package init(readyAt instant: Date) {
        let today = LondonTime.date(of: instant)
        let isInTime = today.isWorkingDay && LondonTime.minuteOfDay(of: instant) <= Self.cutOffMinuteOfDay
        submission = isInTime ? today : today.adding(workingDays: 1)
        processing = submission.adding(workingDays: 1)
        arrival = submission.adding(workingDays: 2)
    }

    /// Whether a file that is ready at `instant` can still be submitted for this cycle.
    package func canBeMet(at instant: Date) -> Bool {
        BacsCycle(readyAt: instant).submission <= submission
    }
}
