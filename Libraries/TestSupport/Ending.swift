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
