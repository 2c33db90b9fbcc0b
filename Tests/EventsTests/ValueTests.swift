import Foundation
import Testing

@testable import Events

@Suite("Values")
struct ValueTests {
    @Test(
        "a time is written in UTC to the millisecond",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-0.001, "1969-12-31T23:59:59.999Z"),
            (1_709_164_800, "2024-02-29T00:00:00.000Z"),
            (1.999_6, "1970-01-01T00:00:02.000Z"), (253_402_300_799.999, "9999-12-31T23:59:59.999Z"),
            (-62_135_596_800, "0001-01-01T00:00:00.000Z"), (1_764_113_472.04, "2025-11-25T23:31:12.040Z"),
        ])
    func timeText(_ seconds: Double, _ text: String) {
        #expect(EventTime.text(of: Date(timeIntervalSince1970: seconds)) == text)
        #expect(EventTime.parse(text.utf8) == EventTime.toMillisecond(Date(timeIntervalSince1970: seconds)))
    }

    @Test(
        "a time outside the years 1 to 9999 has no text",
        arguments: [253_402_300_800, -62_135_596_800.001, .nan, .infinity, -1e300])
    func timeOutOfRange(_ seconds: Double) {
        #expect(EventTime.text(of: Date(timeIntervalSince1970: seconds)) == nil)
    }

    @Test("offsets and decimals of RFC 3339 are read")
    func timeForms() {
        let expected = Date(timeIntervalSince1970: 1_764_113_472.5)
        for text in [
            "2025-11-25T23:31:12.5Z", "2025-11-26T00:31:12.500+01:00", "2025-11-25T18:01:12.500999999-05:30",
            "2025-11-25T23:31:12.50+00:00",
        ] {
            #expect(EventTime.parse(text.utf8) == expected, "\(text)")
        }
    }

    @Test(
        "what is no RFC 3339 time is refused",
        arguments: [
            "", "2025-11-25", "2025-11-25T23:31:12", "2025-11-25 23:31:12Z", "2025-11-25t23:31:12z",
            "2025-11-25T24:00:00Z",
            "2025-11-25T23:60:00Z", "2025-11-25T23:31:60Z", "2025-11-25T23:31:12.Z", "2025-11-25T23:31:12.1234567890Z",
            "2025-11-25T23:31:12-00:00", "2025-11-25T23:31:12+24:00", "2025-11-25T23:31:12+0100",
            "2025-13-01T00:00:00Z",
            "2023-02-29T00:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
            "12025-11-25T23:31:12Z", "2025-11-25T23:31:12ZZ", "２025-11-25T23:31:12Z",
        ])
    func notTimes(_ text: String) {
        #expect(EventTime.parse(text.utf8) == nil)
    }

    @Test("a code word is kebab case")
    func codeWords() {
        for word in [
            "a", "9", "four-weekly", "a-1-b", String(repeating: "a", count: 63), String(repeating: "a", count: 64),
        ] {
            #expect(CodeWord.allows(word), "\(word)")
        }
        for word in ["", "-", "-a", "a-", "a--b", "A", "a b", "a_b", "é", "a\n", String(repeating: "a", count: 65)] {
            #expect(!CodeWord.allows(word), "\(word)")
        }
    }

    @Test("a short text is one line of 1 to 200 characters")
    func shortTexts() {
        for text in ["x", " ", "é", String(repeating: "漢", count: 199), String(repeating: "漢", count: 200)] {
            #expect(ShortText.allows(text))
        }
        for text in ["", "a\nb", "\t", "\u{0}", "\u{7F}", "\u{85}", String(repeating: "x", count: 201)] {
            #expect(!ShortText.allows(text))
        }
        // Counted as JSON Schema counts: two scalars that Swift takes for one character.
        #expect(!ShortText.allows(String(repeating: "e\u{301}", count: 101)))
    }

    @Test("a rule that is broken is named and the text is not shown")
    func constrainedTextErrors() {
        let text = "Jane Citizen"
        let error = #expect(throws: ConstrainedTextError.self) { try CodeWord(text) }
        #expect(error?.description == "expected a code word in kebab case of at most 64 characters")
    }

    @Test("types are named after topic, event and version")
    func types() {
        #expect(PaymentPaid.type.description == "uk.takeup.payments.paid.v1")
        #expect(PaymentPaid.type.dataSchema == "payments/paid/v1.json")
        #expect(
            EventCatalogue.contract.types(on: .engagement).map(\.event) == ["champion-recruited", "training-delivered"])
        #expect(EventCatalogue.contract.types(on: .submissions).isEmpty)
    }
}
