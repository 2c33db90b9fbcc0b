import CMicroHTTPD
import Synchronization

/// The body on its way from the library to the handler.
extension Exchange {
    /// Takes one piece on the library's thread. `NO` cuts the connection: in the middle of a body the library can send no
    /// answer.
    func take(_ piece: UnsafeRawBufferPointer) -> MHD_Result {
        state.withLock { state in
            state.receivedBytes += piece.count
            if state.receivedBytes > core.limits.bodyBytesMax { return overrun(&state) }
            if state.isDropping {
                state.droppedBytes += piece.count
                return state.droppedBytes > core.limits.droppedBytesMax ? .NO : .YES
            }
            state.buffer.append(contentsOf: piece)
            wakeReader(&state)
            if state.hasTask, state.buffer.count >= core.limits.windowBytes { Self.suspend(&state) }
            return .YES
        }
    }

    /// A chunked body passed the limit. The reader learns it at once; the rest is dropped, up to a bound, so that the
    /// client can still be told.
    private func overrun(_ state: inout State) -> MHD_Result {
        state.failure = .bodyTooLarge
        state.isDropping = true
        state.buffer = []
        wakeReader(&state)
        if state.response == nil, !state.hasTask { state.response = Problem(.contentTooLarge).response }
        return state.receivedBytes > core.limits.bodyBytesMax + core.limits.droppedBytesMax ? .NO : .YES
    }

    /// Call with the lock held.
    func wakeReader(_ state: inout State) {
        guard let reader = state.reader else { return }
        switch available(&state) {
        case .success(.some(let chunk)): reader.resume(returning: chunk)
        case .success(nil) where state.isBodyWhole: reader.resume(returning: nil)
        case .success(nil): return
        case .failure(let error): reader.resume(throwing: error)
        }
        state.reader = nil
    }

    /// What can be read without waiting: a chunk, or nil when there is none yet or none any more.
    private func available(_ state: inout State) -> Result<[UInt8]?, ExchangeError> {
        if let failure = state.failure { return .failure(failure) }
        guard !state.buffer.isEmpty else { return .success(nil) }
        let chunk = state.buffer
        state.buffer = []
        return .success(chunk)
    }

    /// The next chunk, waiting for the client where there is none yet; nil at the end.
    func nextChunk() async throws -> [UInt8]? {
        let ready: [UInt8]?? = try state.withLock { state in
            state.isBodyWanted = true
            switch available(&state) {
            case .success(.some(let chunk)):
                if !state.isBodyWhole { Self.resume(&state) }
                return .some(chunk)
            case .success(nil): return state.isBodyWhole ? .some(nil) : nil
            case .failure(let error): throw error
            }
        }
        if let ready { return ready }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in awaitChunk(continuation) }
        } onCancel: {
            state.withLock { state in
                state.failure = state.failure ?? .clientGone
                wakeReader(&state)
            }
        }
    }

    private func awaitChunk(_ continuation: CheckedContinuation<[UInt8]?, any Error>) {
        state.withLock { state in
            guard state.reader == nil else {
                continuation.resume(throwing: ExchangeError.alreadyBeingRead)
                return
            }
            state.reader = continuation
            if Task.isCancelled { state.failure = state.failure ?? .clientGone }
            wakeReader(&state)
            if state.reader != nil { Self.resume(&state) }
        }
    }
}
