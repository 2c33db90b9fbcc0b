import Domain
import Messaging
import Postgres
import Telemetry

extension ServiceDefinition {
    /// Forgets everybody again who was erased, before anything is served: a back-up of the service's tables that was put back
    /// brings back what led to them.
    func forgetAgain(_ erased: [PersonID], _ configuration: Configuration, _ logger: Logger) async throws {
        guard let forget = erasure.forget, !erased.isEmpty else { return }
        let pool = PostgresPool(try configuration.postgres(schema, as: .app), maximumConnections: 1)
        let forgotten = try await running([pool]) {
            try await pool.transaction(TransactionOptions(retry: .repeatable(attempts: 3))) { transaction in
                try await transaction.setActor(name)
                return try await forget(erased, transaction)
            }
        }
        guard forgotten > 0 else { return }
        logger.warning(
            "people who were erased were known again, and were forgotten", metadata: ["people": String(forgotten)])
    }
}
