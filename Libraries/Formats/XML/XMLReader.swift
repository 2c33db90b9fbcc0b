internal import CXML2

/// Reads a document into a bounded tree, over libxml2's SAX2 push parser.
///
/// Nothing outside the document is ever opened: a DOCTYPE stops the parser before it can declare an entity, the network is off,
/// and entities are never substituted. Input in any encoding but UTF-8 is refused.
package enum XMLReader {
    /// The root element of `bytes`.
    package static func read(_ bytes: [UInt8], limits: XMLLimits = XMLLimits()) throws(XMLError) -> XMLElement {
        try checkBytes(bytes, limits: limits)
        let builder = TreeBuilder(limits: limits)
        let failure = withExtendedLifetime(builder) { parse(bytes, into: builder) }
        if let failure { throw failure }
        guard let root = builder.root else { throw XMLError(code: .malformed, line: nil, detail: "no root element") }
        return root
    }

    /// Hands out each element that the names lead to from the root on, one by one as they end, and returns the root without
    /// them: a document of many records takes the memory of one. The limit of elements is that of each record.
    package static func read(
        _ bytes: [UInt8], limits: XMLLimits = XMLLimits(), handingOut names: [String], _ take: (XMLElement) -> Void
    ) throws(XMLError) -> XMLElement {
        try checkBytes(bytes, limits: limits)
        let result = withoutActuallyEscaping(take) { take in
            let builder = TreeBuilder(limits: limits, handingOut: names, take)
            let failure = withExtendedLifetime(builder) { parse(bytes, into: builder) }
            return (failure, builder.root)
        }
        if let failure = result.0 { throw failure }
        guard let root = result.1 else { throw XMLError(code: .malformed, line: nil, detail: "no root element") }
        return root
    }

    private static func checkBytes(_ bytes: [UInt8], limits: XMLLimits) throws(XMLError) {
        guard !bytes.isEmpty else { throw XMLError(code: .empty, line: nil, detail: nil) }
        guard bytes.count <= limits.bytesMax else { throw XMLError(code: .tooLarge, line: nil, detail: nil) }
        if let zero = bytes.firstIndex(of: 0) {
            throw XMLError(code: .zeroByte, line: line(of: zero, in: bytes), detail: nil)
        }
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw XMLError(code: .notUTF8, line: line(of: error.byteOffsets.lowerBound, in: bytes), detail: nil)
        }
    }

    private static func line(of offset: Int, in bytes: [UInt8]) -> Int {
        1 + bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") }
    }

    /// Feeds the parser; the error that ended it, or nil.
    private static func parse(_ bytes: [UInt8], into builder: TreeBuilder) -> XMLError? {
        _ = libraryIsReady
        var handler = SAXHandler.make()
        let user = Unmanaged.passUnretained(builder).toOpaque()
        guard let context = xmlCreatePushParserCtxt(&handler, user, nil, 0, nil) else {
            return XMLError(code: .malformed, line: nil, detail: "the parser could not be made")
        }
        builder.context = context
        defer {
            builder.context = nil
            xmlFreeParserCtxt(context)
        }

        // The structured error handler is the only channel; without these two libxml2 would also write to stderr.
        _ = xmlCtxtUseOptions(context, Int32(XML_PARSE_NONET.rawValue))
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count, builder.failure == nil {
                let count = min(chunkBytes, buffer.count - offset)
                let chunk = UnsafeRawBufferPointer(rebasing: buffer[offset..<offset + count])
                _ = xmlParseChunk(context, chunk.assumingMemoryBound(to: CChar.self).baseAddress, Int32(count), 0)
                offset += count
            }
        }
        if builder.failure == nil { _ = xmlParseChunk(context, nil, 0, 1) }
        if let failure = builder.failure { return failure }
        guard context.pointee.wellFormed == 1 else { return XMLError(code: .malformed, line: nil, detail: nil) }
        if let declared = context.pointee.encoding.map({ String(cString: $0).lowercased() }) {
            let isUTF8 = ["utf-8", "utf8", "us-ascii", "ascii"].contains(declared)
            guard isUTF8 else { return XMLError(code: .notUTF8, line: 1, detail: "declared \(declared)") }
        }
        return nil
    }

    private static let chunkBytes = 64 * 1_024

    /// libxml2 wants to be set up once, by one thread, before any use.
    private static let libraryIsReady: Bool = {
        xmlInitParser()
        return true
    }()
}

/// The callbacks of libxml2. Each finds the builder in the parser's user data, which outlives the parse.
private enum SAXHandler {
    static func make() -> xmlSAXHandler {
        var handler = xmlSAXHandler()
        handler.initialized = 0xDEED_BEAF  // XML_SAX2_MAGIC, which is not imported: it is an unsigned macro
        handler.internalSubset = { user, _, _, _ in builder(user)?.fail(.documentType) }
        handler.startElementNs = { user, name, _, uri, _, _, count, _, attributes in
            builder(user)?.start(name, namespace: uri, attributes: attributes, count: Int(count))
        }
        handler.endElementNs = { user, _, _, _ in builder(user)?.end() }
        handler.characters = { user, bytes, count in builder(user)?.append(bytes, count: Int(count)) }
        handler.cdataBlock = { user, bytes, count in builder(user)?.append(bytes, count: Int(count)) }
        handler.serror = { user, error in
            guard let error, error.pointee.level.rawValue >= XML_ERR_ERROR.rawValue else { return }
            let message = error.pointee.message.map { String(cString: $0) }
            builder(user)?.fail(.malformed, line: Int(error.pointee.line), detail: message)
        }
        return handler
    }
}

private func builder(_ user: UnsafeMutableRawPointer?) -> TreeBuilder? {
    user.map { Unmanaged<TreeBuilder>.fromOpaque($0).takeUnretainedValue() }
}
