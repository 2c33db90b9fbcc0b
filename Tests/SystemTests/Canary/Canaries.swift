import Domain
import Formats
import FoundationEssentials
import Scenario

/// Values that stand nowhere but in personal fields, and a search for them in whatever form.
struct Canaries: Sendable {
    /// Each with the field that it stands in.
    private(set) var values: [(field: String, value: String)] = []

    /// Puts one into every personal field of a notice; `number` tells people apart.
    mutating func fill(_ notice: inout ADWNotice, _ number: Int) {
        func canary(_ field: String) -> String {
            let value = "Kanarie\(field)x\(number)x"
            values.append((field, value))
            return value
        }
        notice.patient.familyName = canary("Family")
        notice.patient.givenNames = [canary("Given"), canary("Second")]
        notice.patient.hospitalNumber = canary("Hospital")
        notice.patient.address.lines = [canary("Street"), canary("Line")]
        notice.patient.address.city = canary("City")
        notice.patient.address.district = canary("District")
        notice.patient.contact.email = canary("Mail") + "@example.invalid"
        notice.patient.contact.phone = "0777\(1_234_567 + number)"
        values.append(("phone", "0777\(1_234_567 + number)"))
        var carer = ADWPractitioner(familyName: canary("Carer"), givenName: canary("CarerGiven"))
        carer.contact.phone = "0778\(1_234_567 + number)"
        values.append(("carer's phone", "0778\(1_234_567 + number)"))
        notice.patient.carer = carer
        notice.referralReason = canary("Reason")
        notice.supportingInformation = canary("Information")
        notice.stay.admissionReason = canary("Admission")
        if case .valid(let digits)? = notice.patient.nhsNumber { values.append(("NHS number", digits.digits)) }
        if let postcode = notice.patient.address.postcode { values.append(("postcode", postcode)) }
        if let born = notice.patient.bornOn { values.append(("birth", born.description)) }
    }

    /// One more.
    mutating func add(_ field: String, _ value: String) { values.append((field, value)) }

    /// What else is entered about people on the way: by `StoryDriver` and `DemoPayRuns`.
    mutating func addWhatIsEntered() {
        values += [
            ("signer", "as on the signed page"), ("evidence", "assessment record"), ("account name", "PAYEE 0"),
            ("account number", "10000000"),
        ]
    }

    /// The fields whose values stand in `bytes`: as they are, in other letters, without their blanks, in hexadecimal or in base64.
    func found(in bytes: [UInt8]) -> [String] {
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        return values.filter { _, value in
            let forms = [
                value, String(value.filter { $0 != " " && $0 != "-" }), Self.hex(value),
                Data(value.utf8).base64EncodedString().filter { $0 != "=" }.dropLast().description,
            ]
            return forms.contains { text.contains($0.lowercased()) }
        }.map(\.field)
    }

    static func hex(_ text: String) -> String {
        text.utf8.reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
    }
}
