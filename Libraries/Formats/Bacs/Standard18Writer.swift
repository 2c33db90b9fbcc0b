import Domain

extension Standard18 {
    /// The file as ASCII with a carriage return and line feed after every record. Labels have 80 characters; data records have
    /// 100, or 106 in a file of several days. Credits come in the order given; each processing day's contra follows the credits.
    package func write() throws(Standard18Error) -> [UInt8] {
        let contras = try contras()
        let total = try sum(contras.map(\.total))
        var records = [volumeLabel, headerLabel("HDR1"), headerLabel2("HDR2"), userHeader]
        records.reserveCapacity(credits.count + contras.count + 8)
        for (index, credit) in credits.enumerated() { records.append(try record(credit, line: index)) }
        for contra in contras { records.append(try record(contra)) }
        records += [headerLabel("EOF1"), headerLabel2("EOF2"), try userTrailer(total: total, contras: contras.count)]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(records.count * 108)
        for record in records {
            bytes.append(contentsOf: record.utf8)
            bytes.append(UInt8(ascii: "\r"))
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// What the file takes from the council's account on one processing day.
    private struct Contra {
        let day: CivilDate
        var total: Pence
    }

    private func contras() throws(Standard18Error) -> [Contra] {
        var totals: [CivilDate: Pence] = [:]
        for (index, credit) in credits.enumerated() {
            guard let day = Self.processingDay(of: credit, in: processing) else { throw .processingDay(line: index) }
            totals[day] = try sum([totals[day] ?? .zero, credit.amount])
        }
        return totals.map { Contra(day: $0.key, total: $0.value) }.sorted { $0.day < $1.day }
    }

    private func sum(_ amounts: [Pence]) throws(Standard18Error) -> Pence {
        do {
            return try amounts.total()
        } catch {
            throw .totalTooLarge
        }
    }

    private var isMultiple: Bool { processing == .multiple }

    /// VOL1: 5-10 serial, 42-47 service user number, 80 label standard.
    private var volumeLabel: String {
        "VOL1" + serial + "0" + spaces(30) + serviceUserNumber + spaces(32) + "1"
    }

    /// HDR1 and EOF1: the file's name (A, number, S, blanks, 1, number), serial, section and sequence, dates.
    private func headerLabel(_ label: String) -> String {
        label + "A" + serviceUserNumber + "S" + spaces(2) + "1" + serviceUserNumber + serial + "00010001" + spaces(6)
            + BacsText.day(createdOn) + BacsText.day(expiresOn) + " 000000" + spaces(20)
    }

    /// HDR2 and EOF2: fixed records, blocks of twenty.
    private func headerLabel2(_ label: String) -> String {
        label + (isMultiple ? "F0212000106" : "F0200000100") + spaces(35) + "00" + spaces(28)
    }

    /// UHL1: processing day, sterling, work code. A file of several days carries its first.
    private var userHeader: String {
        let day: CivilDate? =
            switch processing {
            case .single(let day): day
            case .multiple: credits.compactMap(\.processingDay).min()
            }
        let workCode = isMultiple ? "4 MULTI  " : "1 DAILY  "
        return "UHL1" + BacsText.day(day ?? createdOn) + "999999" + spaces(4) + "00" + "000000" + workCode + "001"
            + spaces(40)
    }

    /// A credit: transaction code 99.
    private func record(_ credit: BacsCredit, line: Int) throws(Standard18Error) -> String {
        guard let amount = BacsText.number(credit.amount.amount, width: 11) else { throw .amount(line: line) }
        return credit.destination.sortCode + credit.destination.number + "0" + "99" + originator.sortCode
            + originator.number
            + spaces(4) + amount + BacsText.field(originator.name, width: 18)
            + BacsText.field(credit.reference, width: 18)
            + BacsText.field(credit.destination.name, width: 18) + suffix(credit.processingDay)
    }

    /// A contra: transaction code 17, the council's account on both sides.
    private func record(_ contra: Contra) throws(Standard18Error) -> String {
        guard let amount = BacsText.number(contra.total.amount, width: 11) else { throw .totalTooLarge }
        return originator.sortCode + originator.number + "0" + "17" + originator.sortCode + originator.number
            + spaces(4) + amount
            + BacsText.field(originator.name, width: 18) + BacsText.field("CONTRA", width: 18)
            + BacsText.field(originator.name, width: 18) + suffix(contra.day)
    }

    /// UTL1: totals and counts of debits (the contras) and credits.
    private func userTrailer(total: Pence, contras: Int) throws(Standard18Error) -> String {
        guard let sum = BacsText.number(total.amount, width: 13),
            let debits = BacsText.number(Int64(contras), width: 7),
            let credits = BacsText.number(Int64(credits.count), width: 7)
        else { throw .totalTooLarge }
        return "UTL1" + sum + sum + debits + credits + spaces(8) + "0000000" + spaces(21)
    }

    private func suffix(_ day: CivilDate?) -> String {
        isMultiple ? BacsText.day(day ?? createdOn) : ""
    }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}
