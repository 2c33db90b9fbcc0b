/// Reads a Standard 18 file by column numbers, for tests only. It shares nothing with the writer.
struct Standard18Reader {
    struct Record: Equatable {
        var sortCode, account, code, originSortCode, originAccount, name, reference, destinationName: String
        var pence: Int64
        var day: String?
    }

    var labels: [String: String] = [:]
    var records: [Record] = []
    var problems: [String] = []

    init(_ bytes: [UInt8]) {
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() } else { problems.append("the last record has no line end") }
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.&/- ")
        let labelNames = ["VOL1", "HDR1", "HDR2", "UHL1", "EOF1", "EOF2", "UTL1"]
        var isMulti = false
        for line in lines.map(String.init) {
            if !line.allSatisfy(allowed.contains) { problems.append("a character that Bacs does not know") }
            let start = String(line.prefix(4))
            if labelNames.contains(start) {
                if line.count != 80 { problems.append("\(start) has \(line.count) characters") }
                if labels.updateValue(line, forKey: start) != nil { problems.append("\(start) comes twice") }
                if start == "HDR2" { isMulti = columns(line, 11, 15) == "00106" }
                continue
            }
            if line.count != (isMulti ? 106 : 100) { problems.append("a record has \(line.count) characters") }
            records.append(
                Record(
                    sortCode: columns(line, 1, 6), account: columns(line, 7, 14), code: columns(line, 16, 17),
                    originSortCode: columns(line, 18, 23), originAccount: columns(line, 24, 31),
                    name: columns(line, 47, 64),
                    reference: columns(line, 65, 82), destinationName: columns(line, 83, 100),
                    pence: Int64(columns(line, 36, 46)) ?? -1, day: isMulti ? columns(line, 101, 106) : nil))
        }
        let order = lines.map { String($0.prefix(4)) }.filter(labelNames.contains)
        if order != labelNames { problems.append("the labels come as \(order)") }
    }

    /// The characters from a first to a last column, counted from 1, without spaces at the end.
    func columns(_ line: String, _ first: Int, _ last: Int) -> String {
        let text = line.dropFirst(first - 1).prefix(last - first + 1)
        return String(text.reversed().drop { $0 == " " }.reversed())
    }

    func label(_ name: String, _ first: Int, _ last: Int) -> String { columns(labels[name] ?? "", first, last) }

    var credits: [Record] { records.filter { $0.code == "99" } }
    var contras: [Record] { records.filter { $0.code == "17" } }
}
