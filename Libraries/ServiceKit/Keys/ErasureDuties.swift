package import Domain
package import Postgres

/// What a service has to do with the erasure of a person, beside letting their key be destroyed.
package struct ErasureDuties: Sendable {
    /// Why it cannot be yet, one sentence each: what is still under way, what must outlive the person and is not where it belongs.
    let obstacles: @Sendable (PersonID, PostgresTransaction) async throws -> [String]
    /// Takes away what leads to the person and is sealed under no key: hashes by which they are found.
    let forget: @Sendable (PersonID, PostgresTransaction) async throws -> Void

    /// Duties; by default none.
    package init(
        obstacles: @escaping @Sendable (PersonID, PostgresTransaction) async throws -> [String] = { _, _ in [] },
        forget: @escaping @Sendable (PersonID, PostgresTransaction) async throws -> Void = { _, _ in }
    ) {
        self.obstacles = obstacles
        self.forget = forget
    }
}
