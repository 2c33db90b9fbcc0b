import CMicroHTTPD
import Glibc

/// Reads a request's head out of the library's buffer, and tells whether the buffer held nothing else.
///
/// libmicrohttpd 0.9.75 parses in place: in a well-formed head the method, the target, the version, and each header's name
/// and value lie one behind the other, with only what the library put in place of the separators between them. A bare LF,
/// a NUL or a folded line breaks that chain, though every single value may look harmless (a fold after `A: b` even becomes
/// a header `Ac=b`). The hostile suite pins this.
struct HeadReader {
    private var headers = HeaderFields()
    private var next: UnsafePointer<CChar>?
    private var isChainWhole: Bool

    /// - Parameter targetStart: where the target stood when it was first seen, and `target` what stood there; by now the
    ///   library has decoded it in place.
    static func read(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>, target: String,
        targetStart: UnsafePointer<CChar>?, version: UnsafePointer<CChar>
    ) -> RawHead {
        let chainHolds =
            method + strlen(method) + 1 == targetStart
            && targetStart.map { $0 + target.utf8.count + 1 } == version
        // The version ends with the line: two bytes further the headers begin.
        var reader = HeadReader(chainFrom: version + strlen(version) + 2, isWhole: chainHolds)
        reader.takeAll(connection, .HEADER_KIND)
        let headBytes = takeup_mhd_head_bytes(connection)
        return RawHead(
            method: String(cString: method), target: target, version: String(cString: version),
            headers: reader.headers,
            headBytes: headBytes,
            isCanonical: reader.isChainWhole && reader.next.map { $0 + 2 } == method + headBytes)
    }

    /// The lines after a chunked body, and whether they lie one behind the other. Where the first one begins is not known.
    static func readTrailers(_ connection: OpaquePointer) -> (fields: HeaderFields, isCanonical: Bool) {
        var reader = HeadReader(chainFrom: nil, isWhole: true)
        reader.takeAll(connection, .FOOTER_KIND)
        return (reader.headers, reader.isChainWhole)
    }

    private mutating func takeAll(_ connection: OpaquePointer, _ kind: MHD_ValueKind) {
        withUnsafeMutablePointer(to: &self) { reader in
            _ = MHD_get_connection_values_n(
                connection, kind,
                { context, _, name, nameCount, value, valueCount in
                    context?.assumingMemoryBound(to: HeadReader.self).pointee
                        .take(name, nameCount, value, valueCount)
                    return .YES
                }, reader)
        }
    }

    private init(chainFrom start: UnsafePointer<CChar>?, isWhole: Bool) {
        next = start
        isChainWhole = isWhole
    }

    private mutating func take(
        _ name: UnsafePointer<CChar>?, _ nameCount: Int, _ value: UnsafePointer<CChar>?,
        _ valueCount: Int
    ) {
        headers.append(
            name: UnsafeRawBufferPointer(start: name, count: name == nil ? 0 : nameCount),
            value: UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueCount))
        guard isChainWhole, let name, let value, next == nil || name == next, name[nameCount] == 0,
            value > name + nameCount
        else {
            isChainWhole = false
            return
        }
        var gap = name + nameCount + 1
        while gap < value, gap.pointee == 0x20 || gap.pointee == 0x09 { gap += 1 }
        // Both bytes of the line end were overwritten; a lone LF would leave one.
        isChainWhole = gap == value && value[valueCount] == 0 && value[valueCount + 1] == 0
        next = value + valueCount + 2
    }
}
