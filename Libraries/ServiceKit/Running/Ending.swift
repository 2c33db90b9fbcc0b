/// Runs `body`, then `end`, whatever happened.
package func ending<T>(_ end: () async -> Void, _ body: () async throws -> T) async throws -> T {
    do {
        let result = try await body()
        await end()
        return result
    } catch {
        await end()
        throw error
    }
}

/// Runs something long-lived beside `body` and stops it afterwards.
package func running<T: Sendable>(
    _ run: @escaping @Sendable () async throws -> Void, stop: @escaping @Sendable () async -> Void,
    _ body: () async throws -> T
) async throws -> T {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await run() }
        do {
            let result = try await ending(stop, body)
            try await group.waitForAll()
            return result
        } catch {
            group.cancelAll()
            throw error
        }
    }
}
