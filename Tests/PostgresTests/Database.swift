import Postgres
import Synchronization
import TestSupport

/// A database of these tests on the server of `TestPostgres`.
enum Database {
    private static let url = Task { try await TestPostgres.shared.freshDatabase("client") }

    static func configuration() async throws -> PostgresConfiguration {
        try PostgresConfiguration(url: try await url.value)
    }

    static func connect() async throws -> PostgresConnection {
        try await PostgresConnection.connect(try await configuration())
    }

    /// Runs `body` with a connection of its own, and ends it.
    nonisolated(nonsending) static func withConnection<T>(
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> T
    ) async throws -> T {
        let connection = try await connect()
        do {
            let value = try await body(connection)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Runs `body` with a running pool, and stops it.
    static func withPool<T: Sendable>(
        maximumConnections: Int = 4, waitMax: Duration = .seconds(10), configuration: PostgresConfiguration? = nil,
        _ body: @escaping @Sendable (PostgresPool) async throws -> T
    ) async throws -> T {
        let settings: PostgresConfiguration
        if let configuration { settings = configuration } else { settings = try await self.configuration() }
        let pool = PostgresPool(settings, maximumConnections: maximumConnections, waitMax: waitMax)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            let value: T
            do {
                value = try await body(pool)
            } catch {
                await pool.stop()
                throw error
            }
            await pool.stop()
            try await group.waitForAll()
            return value
        }
    }

    /// The error that `body` throws; nil if it throws none.
    nonisolated(nonsending) static func failure<T>(
        of body: nonisolated(nonsending) () async throws -> T
    ) async -> PostgresError? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? PostgresError
        }
    }
}

/// A value that several tasks of a test change.
final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) {
        self.value = Mutex(value)
    }

    @discardableResult
    func withLock<T: Sendable>(_ body: (inout sending Value) -> sending T) -> T {
        value.withLock { body(&$0) }
    }
}
