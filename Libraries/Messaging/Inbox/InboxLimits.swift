/// The limits of what a consumer takes in.
package enum InboxLimits {
    /// A payload above this is a dead letter without being looked at: nobody here publishes it.
    package static let payloadBytesMax = OutboxLimits.payloadBytesMax
    /// How often work on one message may have been begun when it is begun once more. After that it is a crash loop.
    package static let attemptsMax = 3
    /// How often one transaction is tried when the database says "try again" (deadlock, serialisation, lock timeout).
    package static let transientRetriesMax = 5
    /// How long an absent database is waited for before the batch is given back to come again.
    package static let outageWaitMax: Duration = .seconds(20)
    /// Parked events released in the transaction that closed their gap. The rest follows in transactions of their own.
    package static let releasedPerTransactionMax = 1_000
    /// A reason's free text in `dead_letter`, in characters.
    package static let errorCharactersMax = 200
}
