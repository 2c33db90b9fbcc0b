import TestSupport

/// Runs something long-lived beside `body` and stops it afterwards.
func running<T: Sendable>(
    _ run: @escaping @Sendable () async throws -> Void, stop: @escaping @Sendable () async -> Void,
    _ body: () async throws -> T
) async throws -> T {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await run() }
        let result = try await ending(stop, body)
        try await group.waitForAll()
        return result
    }
}

/// Does all of it side by side.
func sideBySide(_ works: [@Sendable () async throws -> Void]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for work in works { group.addTask { try await work() } }
        try await group.waitForAll()
    }
}
