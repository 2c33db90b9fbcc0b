/// How a request's body is delimited.
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked
}

/// Checks a head against every rule. Pure, so that each rule can be tried without a socket.
struct HeadGuard {
    let limits: HTTPServerLimits
    #if FAULT_INJECTION
        var disabledRules: Set<HeadRule> = []
    #endif

    /// What passes: the parts of the head that have been understood.
    struct Accepted {
        let method: HTTPMethod
        let target: RequestTarget
        let framing: BodyFraming
        let expectsContinue: Bool
    }

    enum Verdict {
        case accepted(Accepted)
        case refused(Refusal)
    }

    func judge(_ head: RawHead) -> Verdict {
        if let refusal = refusalOfForm(head) ?? refusalOfHost(head) ?? refusalOfFraming(head) {
            return .refused(refusal)
        }
        guard let method = knownMethod(head.method) else {
            return .refused(
                Refusal(
                    rule: .methodKnown, status: .notImplemented, detail: "The method is not known here."))
        }
        guard let target = requestTarget(head, method) else {
            return .refused(
                Refusal(rule: .targetForm, status: .badRequest, detail: "The request target is malformed."))
        }
        if let refusal = refusalOfBody(head, method) { return .refused(refusal) }
        return .accepted(
            Accepted(
                method: method, target: target, framing: framing(head),
                expectsContinue: head.headers["expect"] != nil))
    }

    /// Checks what came after a chunked body. Takeup uses no trailers, so what they say is dropped; they must keep their form,
    /// and not look like what delimits a body.
    func judgeTrailers(_ fields: HeaderFields, isCanonical: Bool) -> Refusal? {
        let delimits = ["content-length", "transfer-encoding", "host"].contains { fields.count(of: $0) > 0 }
        return refuse(
            .trailerForm, .badRequest, "The trailers are malformed.",
            unless: isCanonical && fields.areNamesTokens && fields.areValuesPlain && !delimits)
    }

    private func knownMethod(_ name: String) -> HTTPMethod? {
        #if FAULT_INJECTION
            if disabledRules.contains(.methodKnown) { return HTTPMethod(rawValue: name) ?? .get }
        #endif
        return HTTPMethod(rawValue: name)
    }

    private func refuse(
        _ rule: HeadRule, _ status: HTTPStatus, _ detail: @autoclosure () -> String, unless isKept: Bool
    ) -> Refusal? {
        #if FAULT_INJECTION
            if disabledRules.contains(rule) { return nil }
        #endif
        return isKept ? nil : Refusal(rule: rule, status: status, detail: detail())
    }

    private func refusalOfForm(_ head: RawHead) -> Refusal? {
        // A version we do not speak may have another form altogether, so it is told first.
        refuse(
            .version, head.version.hasPrefix("HTTP/") ? .versionNotSupported : .badRequest,
            "Only HTTP/1.1 and 1.0.",
            unless: head.version == "HTTP/1.1" || head.version == "HTTP/1.0")
            ?? refuse(
                .targetBytes, .uriTooLong, "The request target may have \(limits.targetBytesMax) bytes.",
                unless: head.target.utf8.count <= limits.targetBytesMax)
            ?? refuse(
                .headBytes, .headerFieldsTooLarge, "The head may have \(limits.headBytesMax) bytes.",
                unless: head.headBytes <= limits.headBytesMax)
            ?? refuse(
                .headerCount, .headerFieldsTooLarge, "There may be \(limits.headerCountMax) headers.",
                unless: head.headers.count <= limits.headerCountMax)
            ?? refuse(
                .headerName, .badRequest, "A header name is malformed.", unless: head.headers.areNamesTokens
            )
            ?? refuse(
                .headerValue, .badRequest, "A header value holds a control character.",
                unless: head.headers.areValuesPlain)
            ?? refuse(.canonicalHead, .badRequest, "The head is malformed.", unless: head.isCanonical)
            ?? refuse(
                .methodToken, .badRequest, "The method is malformed.",
                unless: !head.method.isEmpty && head.method.utf8.allSatisfy(isTokenByte))
            ?? refuse(
                .methodKnown, .notImplemented, "The method is not known here.",
                unless: HTTPMethod(rawValue: head.method) != nil)
    }

    private func refusalOfHost(_ head: RawHead) -> Refusal? {
        let count = head.headers.count(of: "host")
        let host = head.headers["host"]
        return refuse(
            .hostCount, .badRequest, "There must be one Host header.",
            unless: count == 1 || (count == 0 && head.version == "HTTP/1.0"))
            ?? refuse(
                .hostForm, .badRequest, "The Host header is malformed.",
                unless: host.map { !$0.isEmpty && $0.utf8.allSatisfy(isHostByte) } ?? true)
    }

    private func refusalOfFraming(_ head: RawHead) -> Refusal? {
        let codings = head.headers.values("transfer-encoding")
        let lengths = head.headers.values("content-length")
        return refuse(
            .lengthWithCoding, .badRequest, "Content-Length and Transfer-Encoding exclude each other.",
            unless: codings.isEmpty || lengths.isEmpty)
            ?? refuse(
                .lengthOnce, .badRequest, "There may be one Content-Length.", unless: lengths.count <= 1)
            ?? refuse(
                .codingKnown, .notImplemented, "The only transfer coding is chunked.",
                unless: codings.count <= 1 && codings.allSatisfy { $0.lowercased() == "chunked" })
            ?? refuse(
                .codingVersion, .badRequest, "HTTP/1.0 has no transfer codings.",
                unless: codings.isEmpty || head.version == "HTTP/1.1")
            ?? refuse(
                .lengthDigits, .badRequest, "Content-Length must be a decimal number.",
                unless: lengths.allSatisfy { text in
                    !text.isEmpty
                        && text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
                })
    }

    private func refusalOfBody(_ head: RawHead, _ method: HTTPMethod) -> Refusal? {
        let framing = framing(head)
        let announced =
            switch framing {
            case .none: 0
            case .length(let length): length
            case .chunked: 1
            }
        let hasLength = head.headers["content-length"] != nil
        return refuse(
            .lengthNeeded, .lengthRequired,
            "Announce the body with Content-Length, even when it is empty.",
            unless: !method.announcesBody || framing != .none || hasLength)
            ?? refuse(
                .bodyUnexpected, .badRequest, "A \(method.rawValue) request has no body.",
                unless: announced == 0 || (method != .get && method != .head && method != .options))
            ?? refuse(
                .bodyBytes, .contentTooLarge, "The body may have at most \(limits.bodyBytesMax) bytes.",
                unless: announced <= limits.bodyBytesMax)
            ?? refuse(
                .expectation, .expectationFailed, "The only expectation is 100-continue.",
                unless: head.headers["expect"].map { $0.lowercased() == "100-continue" } ?? true)
    }

    private func framing(_ head: RawHead) -> BodyFraming {
        if head.headers["transfer-encoding"] != nil { return .chunked }
        guard let length = head.headers["content-length"] else { return .none }
        // Digits that do not fit are longer than any limit.
        return length.isEmpty ? .none : .length(Int(length) ?? .max)
    }

    /// The target in origin form; the other forms are for proxies, which this is not.
    private func requestTarget(_ head: RawHead, _ method: HTTPMethod) -> RequestTarget? {
        let bytesAreAllowed = head.target.utf8.allSatisfy { byte in
            byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "#") && byte != UInt8(ascii: "\\")
                && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
        }
        if let target = RequestTarget(head.target), bytesAreAllowed { return target }
        #if FAULT_INJECTION
            if disabledRules.contains(.targetForm) { return RequestTarget("/") }
        #endif
        return nil
    }
}

private func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "["),
        UInt8(ascii: "]"),
        UInt8(ascii: "_"):
        true
    default: false
    }
}
