package import Domain

/// Synthetic people of Leeds who come out of hospital, each with the notice that the hospital sends and the story of what
/// happens then. Everything follows from the seed: the same arguments give the same people, byte for byte, on every machine.
///
/// Nobody in it is real. NHS numbers are of the never-issued 999 range; postcodes have inward letters that no postcode has;
/// telephone numbers are of the range that is kept for drama.
package struct Scenario: Sendable {
    /// What everything follows from.
    package let seed: UInt64
    /// The people and their stories, in the order in which their notices are issued.
    package var stories: [Story]

    /// The most people that one scenario has.
    package static let peopleMax = 100_000

    /// `people` people whose notices are issued in the `days` days from `firstDay` on; at most ``peopleMax`` are made.
    ///
    /// Each story lasts some weeks: for every story to be over by a date, let the notices end about half a year before it.
    package init(
        seed: UInt64, people: Int, firstDay: CivilDate = CivilDate(year: 2025, month: 1, day: 6) ?? .min,
        days: Int = 180
    ) {
        self.seed = seed
        var generator = SeededGenerator(seed: seed)
        let count = min(max(0, people), Self.peopleMax)
        let issueDays = (0..<count)
            .map { _ in firstDay.adding(days: generator.number(0...max(0, days - 1))).workingDayOnOrAfter }
            .sorted()
        var numbers = NHSNumberSeries(using: &generator)
        stories = issueDays.enumerated().map { index, day in
            // A generator for each person, so that a change in one person's making does not make all others anew.
            var own = SeededGenerator(seed: seed &+ UInt64(index) &* 0xD134_2543_DE82_EF95)
            let person = SyntheticPerson(number: numbers.next(), on: day, using: &own)
            return Story(index: index, person: person, issuedOn: day, using: &own)
        }
    }
}

/// NHS numbers of the never-issued range, each once, in no visible order.
struct NHSNumberSeries {
    private var position: Int

    init(using generator: inout SeededGenerator) {
        position = generator.number(0...999_999)
    }

    mutating func next() -> NHSNumber {
        while true {
            // The stride shares no factor with a million, so every stem comes once before any comes again.
            position = (position + 381_967) % 1_000_000
            if let number = NHSNumber(stem: 999_000_000 + position) { return number }
        }
    }
}
