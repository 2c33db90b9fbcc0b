/// One record of a CSV file.
package struct CSVRecord: Sendable {
    /// The line it begins on, from 1.
    package let line: Int
    package let fields: [String]
}

/// How much of a CSV file is read.
package struct CSVLimits: Sendable {
    /// Bytes of the file.
    package var bytesMax = 256 * 1_024 * 1_024
    /// Bytes of one field.
    package var fieldBytesMax = 64 * 1_024
    /// Fields of one record.
    package var fieldsMax = 256

    /// The limits that fit every format here.
    package init() {}
}

/// Why a CSV file could not be read to its end.
package enum CSVError: Error, Hashable, Sendable {
    case empty
    case tooLarge
    case notUTF8(line: Int)
    case fieldTooLong(line: Int)
    case tooManyFields(line: Int)
    /// A quotation mark opens and none closes.
    case openQuote(line: Int)
    /// Something stands behind a closing quotation mark.
    case behindQuote(line: Int)

    var shortLabel: String {
        switch self {
        case .empty: "csv.empty"
        case .tooLarge: "csv.too-large"
        case .notUTF8: "csv.not-utf8"
        case .fieldTooLong: "csv.field-too-long"
        case .tooManyFields: "csv.too-many-fields"
        case .openQuote, .behindQuote: "csv.quote"
        }
    }

    var line: Int? {
        switch self {
        case .empty, .tooLarge: nil
        case .notUTF8(let line), .fieldTooLong(let line), .tooManyFields(let line), .openQuote(let line),
            .behindQuote(let line):
            line
        }
    }

    /// What to do, without anything of the file.
    var fix: String {
        switch self {
        case .empty: "the file is empty; send it again"
        case .tooLarge: "the file is too large; send it in parts"
        case .notUTF8: "the text is not UTF-8; save the file as CSV UTF-8"
        case .fieldTooLong: "a field is too long; a quotation mark may be missing before it"
        case .tooManyFields: "a record has too many fields; this is no file of the format"
        case .openQuote: "a field begins with a quotation mark that nothing closes"
        case .behindQuote: "double a quotation mark inside a field, and put nothing behind the closing one"
        }
    }
}

/// Reads CSV as RFC 4180 has it, record by record. Lines may end in LF, CR LF or CR, and the file may begin with a byte order
/// mark; empty lines are passed over.
package enum CSVReader {
    /// Hands out each record as it ends.
    package static func read(
        _ bytes: [UInt8], limits: CSVLimits = CSVLimits(), _ take: (CSVRecord) -> Void
    ) throws(CSVError) {
        guard bytes.count <= limits.bytesMax else { throw .tooLarge }
        guard !bytes.isEmpty else { throw .empty }
        var position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var line = 1
        while position < bytes.count {
            let begin = line
            var fields: [String] = []
            var isOver = false
            while !isOver {
                guard fields.count < limits.fieldsMax else { throw .tooManyFields(line: begin) }
                let field = try field(bytes, &position, &line, limits)
                guard let text = String(validating: field, as: UTF8.self) else { throw .notUTF8(line: begin) }
                fields.append(text)
                isOver = position >= bytes.count || bytes[position] != UInt8(ascii: ",")
                // A comma at the very end has an empty field behind it.
                if !isOver {
                    position += 1
                    if position == bytes.count {
                        fields.append("")
                        isOver = true
                    }
                }
            }
            skipLineEnd(bytes, &position, &line)
            if fields != [""] { take(CSVRecord(line: begin, fields: fields)) }
        }
    }

    private static func skipLineEnd(_ bytes: [UInt8], _ position: inout Int, _ line: inout Int) {
        guard position < bytes.count else { return }
        if bytes[position] == UInt8(ascii: "\r") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "\n") { position += 1 }
        } else {
            position += 1
        }
        line += 1
    }

    /// The field at `position`, which is then at the comma or line end behind it.
    private static func field(
        _ bytes: [UInt8], _ position: inout Int, _ line: inout Int, _ limits: CSVLimits
    ) throws(CSVError) -> [UInt8] {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            let start = position
            while position < bytes.count, !isEnd(bytes[position]) { position += 1 }
            guard position - start <= limits.fieldBytesMax else { throw .fieldTooLong(line: line) }
            return Array(bytes[start..<position])
        }
        let begin = line
        var text: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            guard byte != UInt8(ascii: "\"") else {
                guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                    guard position >= bytes.count || isEnd(bytes[position]) else { throw .behindQuote(line: line) }
                    return text
                }
                position += 1
                text.append(UInt8(ascii: "\""))
                continue
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            text.append(byte)
            guard text.count <= limits.fieldBytesMax else { throw .fieldTooLong(line: begin) }
        }
        throw .openQuote(line: begin)
    }

    private static func isEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }
}
