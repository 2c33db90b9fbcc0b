/// Decodes `%xx` (RFC 3986, 2.1). Nil for a broken escape, for `%00` and for bytes that are not UTF-8: each could make two
/// readers of the same target see different things.
/// - Parameter plusIsSpace: true in a query and a form, where `+` stands for a space.
func percentDecoded(_ text: Substring, plusIsSpace: Bool) -> String? {
    guard
        text.utf8.contains(where: {
            $0 == UInt8(ascii: "%") || (plusIsSpace && $0 == UInt8(ascii: "+"))
        })
    else {
        return String(text)
    }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(text.utf8.count)
    var bytes = text.utf8.makeIterator()
    while let byte = bytes.next() {
        if byte == UInt8(ascii: "%") {
            guard let high = bytes.next().flatMap(hexValue), let low = bytes.next().flatMap(hexValue)
            else {
                return nil
            }
            let value = high << 4 | low
            if value == 0 { return nil }
            decoded.append(value)
        } else {
            decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
        }
    }
    return String(validating: decoded, as: UTF8.self)
}

private func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
}
