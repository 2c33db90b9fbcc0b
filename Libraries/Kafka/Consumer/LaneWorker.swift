import Dispatch
import Telemetry

/// Serves lanes: hands each batch to the handler, again and again until it takes it.
struct LaneWorker: Sendable {
    let handler: @Sendable ([KafkaMessage]) async throws -> Void
    let shared: ConsumerShared
    let options: ConsumerOptions
    let logger: Logger
    let duration: Timer
    let failures: ErrorCounters

    /// Until the lane has nothing for now, or is closed.
    func serve(_ lane: Lane) async {
        while let batch = lane.takeBatch() {
            CrashPoint.reach(.polled)
            guard await deliver(batch, of: lane) else { return }
            let loopHasWork = lane.finish(batch, commitCount: options.commitCount)
            CrashPoint.reach(.offsetStored)
            if loopHasWork { wakeLoop() }
        }
    }

    /// False where the lane was taken away, or the consumer ended, before the handler took the batch.
    private func deliver(_ batch: Lane.Batch, of lane: Lane) async -> Bool {
        var failureCount = 0
        while true {
            do {
                try await duration.measure { try await handler(batch.messages) }
                return true
            } catch {
                failureCount += 1
                let isClosed = lane.fail()
                wakeLoop()
                if isClosed || Task.isCancelled { return false }
                let pause = options.backoff(afterFailures: failureCount)
                note(error, batch, lane, failureCount, pause)
                do { try await Task.sleep(for: pause) } catch { return false }
                guard lane.tryAgain() else { return false }
            }
        }
    }

    private func note(_ error: any Error, _ batch: Lane.Batch, _ lane: Lane, _ failureCount: Int, _ pause: Duration) {
        failures.count(errorLabel(error))
        logger.info(
            "handler failed and is tried again",
            metadata: [
                "error": errorLabel(error), "kafka.topic": lane.partition.topic,
                "kafka.partition": "\(lane.partition.number)", "kafka.offset": "\(batch.first)",
                "attempt": "\(failureCount)", "pause": "\(pause)",
            ])
    }

    private func wakeLoop() {
        shared.laneRested.signal()
        shared.wake()
    }
}
