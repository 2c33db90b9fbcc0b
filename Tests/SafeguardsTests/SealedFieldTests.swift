import Crypto
import Foundation
import Safeguards
import Testing

@testable import Safeguards

@Suite("Sealed fields")
struct SealedFieldTests {
    private let person = UUID()
    private let row = UUID()

    private func place(_ table: String = "gateway.person", _ column: String = "family_name", row: UUID? = nil)
        -> FieldPlace
    {
        FieldPlace(table: table, column: column, row: row ?? self.row)
    }

    @Test("a sealed text opens where it was sealed, and its bytes do not hold it")
    func roundTrip() throws {
        let key = try PersonKey.make(for: person)
        for text in ["", "Ó Conchobhair", String(repeating: "long ", count: 10_000)] {
            let sealed = try SealedField(text, at: place(), under: key)
            #expect(try sealed.openText(at: place(), under: key).reveal() == text)
            #expect(sealed.bytes.count == text.utf8.count + SealedField.overheadBytes)
            #expect(text.isEmpty || sealed.bytes.firstRange(of: Array(text.utf8)) == nil)
        }
    }

    @Test("no byte of a sealed field can be changed unnoticed")
    func everyByte() throws {
        let key = try PersonKey.make(for: person)
        let sealed = try SealedField("Smith", at: place(), under: key)
        for index in sealed.bytes.indices {
            for bit in 0..<8 {
                var changed = sealed.bytes
                changed[index] ^= 1 << bit
                #expect(throws: SafeguardsError.self) {
                    try SealedField(stored: changed).open(at: place(), under: key)
                }
            }
            #expect(throws: SafeguardsError.self) {
                try SealedField(stored: Array(sealed.bytes[..<index])).open(at: place(), under: key)
            }
        }
    }

    @Test("a sealed field that is moved to another row, column or table does not open")
    func moved() throws {
        let key = try PersonKey.make(for: person)
        let sealed = try SealedField("Smith", at: place(), under: key)
        // The last two would be the same bytes without the lengths between the parts.
        let others = [
            place(row: UUID()), place("gateway.person", "given_names"), place("finance.payee"),
            place("gateway.personfamily", "_name"), place("gateway.perso", "nfamily_name"),
        ]
        for other in others {
            #expect(throws: SafeguardsError.self) { try sealed.open(at: other, under: key) }
        }
    }

    @Test("a field opens with the key of its own person only")
    func otherPerson() throws {
        let key = try PersonKey.make(for: person)
        let sealed = try SealedField("Smith", at: place(), under: key)
        #expect(throws: SafeguardsError.self) { try sealed.open(at: place(), under: PersonKey.make(for: person)) }
        let sameSecret = try PersonKey(person: UUID(), secret: key.secret)
        #expect(throws: SafeguardsError.self) { try sealed.open(at: place(), under: sameSecret) }
    }

    @Test("a value at the limit is sealed, one byte more is refused")
    func limit() throws {
        let key = try PersonKey.make(for: person)
        let largest = [UInt8](repeating: 7, count: SealedField.valueBytesMax)
        #expect(try SealedField(largest, at: place(), under: key).open(at: place(), under: key).reveal() == largest)
        #expect(throws: SafeguardsError.self) { try SealedField(largest + [7], at: place(), under: key) }
    }

    @Test("a sensitive value shows a mask wherever it is printed, and is nothing that JSON could hold")
    func sensitive() {
        let name = Sensitive("Smith")
        #expect("\(name)" == "•••")
        #expect(String(reflecting: name) == "•••")
        #expect(String(describing: [name]) == "[•••]")
        var shown = ""
        dump((name: name, others: [name]), to: &shown)
        #expect(!shown.contains("Smith"))
        #expect(!((name as Any) is any Encodable))
        #expect(name.map(\.count).reveal() == 5)
    }
}
