/// Does all of it side by side.
func sideBySide(_ works: [@Sendable () async throws -> Void]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for work in works { group.addTask { try await work() } }
        try await group.waitForAll()
    }
}
