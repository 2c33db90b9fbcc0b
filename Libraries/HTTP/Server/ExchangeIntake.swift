import CMicroHTTPD
import Synchronization

/// What the library calls while a request comes in.
extension Exchange {
    private enum Step {
        case head
        case readOn
        case begin(Request)
        case answer(Response)
        case cut
    }

    /// The access callback: once with the head, for each piece of the body, and at the end of it.
    func access(
        _ library: OpaquePointer, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>,
        upload: UnsafePointer<CChar>?, uploadSize: UnsafeMutablePointer<Int>
    ) -> MHD_Result {
        if uploadSize.pointee > 0, let upload {
            let piece = UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee)
            uploadSize.pointee = 0
            return take(piece)
        }
        switch nextStep(library) {
        case .head: return takeHead(library, method, version)
        case .readOn: return .YES
        case .begin(let request): return begin(request, library)
        case .answer(let response): return send(response, on: library)
        case .cut: return .NO
        }
    }

    private func nextStep(_ library: OpaquePointer) -> Step {
        state.withLock { state in
            switch state.phase {
            case .started:
                return .head
            case .deciding:
                if state.response != nil { return answerEarly(&state) }
                if state.isBodyWanted {
                    state.phase = .body
                } else {
                    Self.suspend(&state)
                }
                return .readOn
            case .body, .complete:
                if state.phase == .body {
                    state.phase = .complete
                    state.isBodyWhole = true
                    if announcedBytes == nil { checkTrailers(library, &state) }
                    wakeReader(&state)
                }
                if let response = state.response { return .answer(response) }
                if !state.hasTask, let request = state.request { return .begin(request) }
                Self.suspend(&state)
                return .readOn
            case .answering, .ended:
                return .cut
            }
        }
    }

    /// A chunked body has ended. What came after it must be well-formed too, or the body is not believed.
    private func checkTrailers(_ library: OpaquePointer, _ state: inout State) {
        let (fields, isCanonical) = HeadReader.readTrailers(library)
        guard let refusal = core.headGuard.judgeTrailers(fields, isCanonical: isCanonical) else { return }
        core.observer.refused(refusal)
        state.failure = state.failure ?? .bodyMalformed
    }

    /// The handler answered without the body. A short rest is read and dropped so that the client reads the answer and the
    /// connection goes on; otherwise the answer goes out at once and the library closes the connection behind it.
    private func answerEarly(_ state: inout State) -> Step {
        guard let response = state.response else { return .cut }
        let rest = announcedBytes ?? .max
        guard !state.isBodyHeldBack, rest <= core.limits.droppedBytesMax else {
            isLastOnConnection.store(true, ordering: .relaxed)
            return .answer(response)
        }
        state.phase = .body
        state.isDropping = true
        return .readOn
    }

    /// The body is whole: runs the handler and, where it did not have to wait, sends its answer in the same call.
    private func begin(_ request: Request, _ library: OpaquePointer) -> MHD_Result {
        startHandler(request)
        let response: Response? = state.withLock { state in
            if state.response == nil { Self.suspend(&state) }
            return state.response
        }
        return response.map { send($0, on: library) } ?? .YES
    }

    private func takeHead(
        _ library: OpaquePointer, _ method: UnsafePointer<CChar>, _ version: UnsafePointer<CChar>
    ) -> MHD_Result {
        guard let number = connection.headIsComplete(self) else { return .NO }
        if number >= core.limits.requestsPerConnectionMax {
            isLastOnConnection.store(true, ordering: .relaxed)
        }
        let head = HeadReader.read(
            library, method: method, target: target, targetStart: UnsafePointer(bitPattern: targetStart),
            version: version)
        let accepted: HeadGuard.Accepted
        switch core.headGuard.judge(head) {
        case .refused(let refusal): return refuse(refusal, on: library)
        case .accepted(let value): accepted = value
        }
        let certificate: ClientCertificate?
        switch judgePeer(library) {
        case .success(let value): certificate = value
        case .failure(let fault): return refuse(fault.refusal, on: library)
        }
        let request = Request(
            method: accepted.method, target: target, segments: accepted.target.segments,
            query: accepted.target.query,
            headers: head.headers, body: RequestBody(exchange: self),
            remoteAddress: connection.remoteAddress,
            clientCertificate: certificate)
        return receive(request, accepted)
    }

    /// Chooses when the handler starts. A response must not be queued in this call: the library would close the connection.
    private func receive(_ request: Request, _ accepted: HeadGuard.Accepted) -> MHD_Result {
        announcedBytes =
            switch accepted.framing {
            case .none: 0
            case .length(let length): length
            case .chunked: nil
            }
        let isGathered =
            announcedBytes.map { $0 <= core.limits.gatheredBytesMax && !accepted.expectsContinue }
            ?? false
        if isGathered || announcedBytes == 0 {
            state.withLock { state in
                state.headAt = .now
                state.phase = .body
                state.request = request
                state.isBodyWhole = announcedBytes == 0
            }
            return .YES
        }
        // libmicrohttpd 0.9.75 takes a bare LF for a line end in chunk framing and shows us none of it. So nothing after a
        // chunked body is read as a request: where somebody before us saw the body end elsewhere, nothing hides in between.
        if accepted.framing == .chunked { isLastOnConnection.store(true, ordering: .relaxed) }
        // So that 401 and 413 come before the upload.
        state.withLock { state in
            state.headAt = .now
            state.phase = .deciding
            state.isBodyHeldBack = accepted.expectsContinue
        }
        startHandler(request)
        state.withLock { state in
            if state.response == nil, state.isBodyWanted {
                state.phase = .body
                return
            }
            // With an answer in hand the library must call again before it reads; that is asked for by resuming at once.
            Self.suspend(&state)
            if state.response != nil { Self.resume(&state) }
        }
        return .YES
    }

    private struct PeerFault: Error { let refusal: Refusal }

    private func judgePeer(_ library: OpaquePointer) -> Result<ClientCertificate?, PeerFault> {
        guard let tls = core.configuration.tls, tls.authorities != nil else { return .success(nil) }
        switch connection.peer(library) {
        case .trusted(let certificate): return .success(certificate)
        case .anonymous where !tls.isClientCertificateRequired: return .success(nil)
        case .anonymous:
            let detail = "A client certificate is required."
            return .failure(
                PeerFault(refusal: Refusal(rule: .clientCertificate, status: .forbidden, detail: detail)))
        case .untrusted:
            let detail = "The client certificate is not trusted."
            return .failure(
                PeerFault(refusal: Refusal(rule: .clientCertificate, status: .forbidden, detail: detail)))
        }
    }

    private func refuse(_ refusal: Refusal, on library: OpaquePointer) -> MHD_Result {
        core.observer.refused(refusal)
        isLastOnConnection.store(true, ordering: .relaxed)
        return send(Problem(refusal.status, detail: refusal.detail).response, on: library)
    }
}
