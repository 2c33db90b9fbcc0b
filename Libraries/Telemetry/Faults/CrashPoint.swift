import Glibc
import Synchronization

/// A named place where a test may end the process as a power cut would. `TAKEUP_CRASH_AT="after.commit:3"` kills it
/// with SIGKILL the third time it gets there. `TAKEUP_LINGER_AT="before.mark:100"` makes it wait there for so many
/// milliseconds each time, so that what may happen meanwhile does. In a release build nothing of this exists.
package enum CrashPoint: String, CaseIterable, Sendable {
    // Consuming: from the poll to the committed offset.
    case polled
    case txBegun = "tx.begun"
    case inboxInserted = "inbox.inserted"
    case businessWritten = "business.written"
    case outboxInserted = "outbox.inserted"
    case beforeCommit = "before.commit"
    case afterCommit = "after.commit"
    case offsetStored = "offset.stored"
    case offsetCommitted = "offset.committed"
    case revokedMidbatch = "revoked.midbatch"

    // Relaying: from the claimed row to the deleted one.
    case rowClaimed = "row.claimed"
    case produceEnqueued = "produce.enqueued"
    case delivered
    case beforeMark = "before.mark"
    case afterMark = "after.mark"

    // A pay run: from its reservation to the file that the bank gets.
    case runReserved = "run.reserved"
    case linesHalfway = "lines.halfway"
    case linesDone = "lines.done"
    case approved
    case fileTemporaryWritten = "file.tmp.written"
    case fileSynced = "file.fsynced"
    case fileRenamed = "file.renamed"
    case runExported = "run.exported"

    // Reading a file in.
    case fileHashed = "file.hashed"
    case rowsHalfway = "rows.halfway"
    case rowsStaged = "rows.staged"

    // Migrating.
    case ddlHalfway = "ddl.halfway"

    /// Ends the process here if this is the armed point and the armed hit; lingers if that is what was asked for.
    @inlinable package static func reach(_ point: CrashPoint) {
        #if FAULT_INJECTION
            reached(point)
        #endif
    }

    /// Reads `name` or `name:number`; the number (a hit, or milliseconds) is at least 1, and 1 where it is missing. Nil when
    /// there is no such point or no such number.
    package static func parse(_ text: String) -> (point: CrashPoint, number: Int)? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, let point = CrashPoint(rawValue: String(name)) else { return nil }
        guard parts.count == 2 else { return (point, 1) }
        guard let number = Int(parts[1]), number >= 1 else { return nil }
        return (point, number)
    }

    #if FAULT_INJECTION
        private static let armed = environment("TAKEUP_CRASH_AT", parse)
        private static let lingering = environment("TAKEUP_LINGER_AT", parse)
        private static let hits = Atomic<Int>(0)

        @usableFromInline package static func reached(_ point: CrashPoint) {
            if let lingering, lingering.point == point { usleep(UInt32(clamping: lingering.number * 1_000)) }
            guard let armed, armed.point == point else { return }
            if hits.wrappingAdd(1, ordering: .relaxed).newValue == armed.number { kill(getpid(), SIGKILL) }
        }
    #endif
}

/// A fault put in on purpose, to see whether the tests that should find it do. `TAKEUP_SEEDED_BUG=name` plants one; in
/// a release build none can be.
package enum SeededBug: String, CaseIterable, Sendable {
    case inboxSkipped = "inbox.skipped"
    case offsetCommittedFirst = "offset.committed.first"
    case relayByCursor = "relay.by.cursor"
    case deleteBeforeReport = "delete.before.report"
    case versionCheckOff = "version.check.off"
    case inboxInOwnTransaction = "inbox.own.transaction"
    case outboxInOwnTransaction = "outbox.own.transaction"
    case failedReportIgnored = "failed.report.ignored"
    case parkedDropped = "parked.dropped"
    case attemptsNotCounted = "attempts.not.counted"
    case relayWithoutLock = "relay.without.lock"
    case deleteByRange = "delete.by.range"
    case lostBrokerIgnored = "lost.broker.ignored"
    case drainSkippedOnRevoke = "drain.skipped.on.revoke"
    case keyDropped = "key.dropped"

    /// Whether this fault is planted in this process.
    @inlinable package static func isPlanted(_ bug: SeededBug) -> Bool {
        #if FAULT_INJECTION
            return planted == bug
        #else
            return false
        #endif
    }

    #if FAULT_INJECTION
        @usableFromInline package static let planted: SeededBug? =
            environment("TAKEUP_SEEDED_BUG") { SeededBug(rawValue: $0) }
    #endif
}

#if FAULT_INJECTION
    /// The value of a variable of fault injection. One that is set but means nothing ends the process: a crash test
    /// whose crash never comes would pass.
    private func environment<Value>(_ name: String, _ parse: (String) -> Value?) -> Value? {
        guard let raw = getenv(name), raw.pointee != 0 else { return nil }
        let text = String(cString: raw)
        guard let value = parse(text) else {
            let complaint = "\(name)=\(text) names nothing known\n"
            _ = complaint.withCString { write(STDERR_FILENO, $0, strlen($0)) }
            _exit(78)
        }
        return value
    }
#endif
