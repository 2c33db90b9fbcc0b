import CMicroHTTPD
import Synchronization

/// The answer on its way from the handler to the library.
extension Exchange {
    /// Queues the answer, on the library's thread inside a callback.
    func send(_ response: Response, on library: OpaquePointer) -> MHD_Result {
        let response = response.canBeSent ? response : badResponse()
        state.withLock { state in
            state.phase = .answering
            state.answerAt = .now
            state.response = nil
        }
        guard let raw = makeBody(response, on: library) else { return .NO }
        defer { MHD_destroy_response(raw) }
        let defences = BrowserDefences.missing(in: response, overTLS: core.configuration.tls != nil)
        for (name, value) in response.headers + defences where !takeup_mhd_add_header(raw, name, value) {
            // The headers were checked above; a refusal here is the library's own, so the answer would not be ours.
            core.observer.internalFault("header-refused")
            return .NO
        }
        if isLastOnConnection.load(ordering: .relaxed) || core.isDraining.load(ordering: .relaxed) {
            _ = takeup_mhd_add_header(raw, "Connection", "close")
        }
        return takeup_mhd_queue(library, UInt32(response.status.rawValue), raw) ? .YES : .NO
    }

    private func badResponse() -> Response {
        core.observer.internalFault("response-invalid")
        return Problem.unexpected.response
    }

    private func makeBody(_ response: Response, on library: OpaquePointer) -> OpaquePointer? {
        switch response.body {
        case .bytes(let bytes):
            return bytes.withUnsafeBytes { takeup_mhd_response($0.baseAddress, $0.count) }
        case .stream(let length, let produce):
            let stream = ResponseStream(
                LibraryConnection(pointer: library), windowBytes: core.limits.windowBytes, length: length,
                produce: ResponseProducer(run: produce), observer: core.observer)
            state.withLock { $0.stream = stream }
            return MHD_create_response_from_callback(
                length.map { UInt64($0) } ?? takeup_mhd_size_unknown(), Self.blockBytes, Self.pull,
                Unmanaged.passRetained(stream).toOpaque(), Self.release)
        }
    }

    private static let blockBytes = 32 * 1024

    private static let pull: MHD_ContentReaderCallback = { context, _, buffer, bytesMax in
        guard let context, let buffer else { return takeup_mhd_end_with_error() }
        return Unmanaged<ResponseStream>.fromOpaque(context).takeUnretainedValue().pull(
            into: buffer, upTo: bytesMax)
    }

    private static let release: MHD_ContentReaderFreeCallback = { context in
        guard let context else { return }
        Unmanaged<ResponseStream>.fromOpaque(context).takeRetainedValue().fail()
    }
}

extension Response {
    /// Whether status and headers may go on the wire as they are; a line end in a value would begin a second answer.
    fileprivate var canBeSent: Bool {
        (200...599).contains(status.rawValue)
            && headers.allSatisfy { name, value in
                !name.isEmpty && consists(name, of: isTokenByte) && consists(value, of: isValueByte)
            }
    }
}

/// Each byte, in place: going through a string's UTF-8 view byte by byte takes three times as long.
private func consists(_ text: String, of isAllowed: (UInt8) -> Bool) -> Bool {
    var text = text
    return text.withUTF8 { $0.allSatisfy(isAllowed) }
}
