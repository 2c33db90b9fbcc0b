import CCurl
import Synchronization

/// The client's thread: it drives every transfer and sleeps while none moves.
final class TransferLoop: Sendable {
    private struct State {
        /// The library's handle, as a number; nil once the thread has let go of it.
        var multi: UInt?
        var arriving: [Transfer] = []
        var cancelled: [Transfer] = []
        var inHand = 0
        var isStopping = false
    }

    /// Fires when the thread has ended.
    let ended = Signal()

    private let state: Mutex<State>
    private let requestsMax: Int
    private let connectionsMax: Int

    /// The longest sleep; new work wakes the thread at once.
    private static let sleepMilliseconds: Int32 = 1_000

    init(requestsMax: Int, connectionsMax: Int) {
        self.requestsMax = requestsMax
        self.connectionsMax = connectionsMax
        state = Mutex(State(multi: CurlLibrary.isReady ? UInt(bitPattern: curl_multi_init()) : nil))
    }

    /// Hands a transfer to the thread; tells why not when it cannot.
    func add(_ transfer: Transfer) -> HTTPClientError.Code? {
        state.withLock { state in
            guard !state.isStopping else { return .stopped }
            guard state.multi != nil else { return .failed }
            guard state.inHand < requestsMax else { return .busy }
            state.inHand += 1
            state.arriving.append(transfer)
            Self.wake(state)
            return nil
        }
    }

    var inHand: Int { state.withLock { $0.inHand } }

    func cancel(_ transfer: Transfer) {
        state.withLock { state in
            state.cancelled.append(transfer)
            Self.wake(state)
        }
    }

    func requestStop() {
        state.withLock { state in
            state.isStopping = true
            Self.wake(state)
        }
    }

    /// libcurl allows this one call from any thread; the lock keeps the handle alive meanwhile.
    private static func wake(_ state: State) {
        if let multi = state.multi { curl_multi_wakeup(UnsafeMutableRawPointer(bitPattern: multi)) }
    }

    func run() {
        defer { ended.fire() }
        guard
            let multi = state.withLock({ $0.multi }).flatMap({ UnsafeMutableRawPointer(bitPattern: $0) })
        else { return }
        _ = takeup_curl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connectionsMax)
        var active: [UnsafeMutableRawPointer: Transfer] = [:]
        while takeCommands(multi, &active) {
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            var result = CURLE_OK
            while let handle = takeup_curl_next_finished(multi, &result) {
                end(handle, multi, &active) { $0.finish(result) }
            }
            curl_multi_poll(multi, nil, 0, Self.sleepMilliseconds, nil)
        }
        state.withLock { $0.multi = nil }
        curl_multi_cleanup(multi)
    }

    /// False when there is nothing left to do and nothing will come.
    private func takeCommands(
        _ multi: UnsafeMutableRawPointer, _ active: inout [UnsafeMutableRawPointer: Transfer]
    ) -> Bool {
        let (arriving, cancelled, isStopping) = state.withLock { state in
            defer {
                state.arriving = []
                state.cancelled = []
            }
            return (state.arriving, state.cancelled, state.isStopping)
        }
        for transfer in arriving {
            active[transfer.handle] = transfer
            if curl_multi_add_handle(multi, transfer.handle) != CURLM_OK {
                end(transfer.handle, multi, &active) { $0.finish(.failure(HTTPClientError(.failed))) }
            }
        }
        for transfer in cancelled {
            // One that was refused, or has ended, is not in hand any more.
            if active[transfer.handle] === transfer {
                end(transfer.handle, multi, &active) { $0.finish(.failure(HTTPClientError(.cancelled))) }
            }
        }
        return !(isStopping && active.isEmpty)
    }

    private func end(
        _ handle: UnsafeMutableRawPointer, _ multi: UnsafeMutableRawPointer,
        _ active: inout [UnsafeMutableRawPointer: Transfer], _ finish: (Transfer) -> Void
    ) {
        curl_multi_remove_handle(multi, handle)
        guard let transfer = active.removeValue(forKey: handle) else { return }
        state.withLock { $0.inHand -= 1 }
        finish(transfer)
    }
}
