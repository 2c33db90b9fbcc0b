package import Domain
package import Postgres

/// What a service has to do with the erasure of a person, beside letting their key be destroyed.
package struct ErasureDuties: Sendable {
    /// Why it cannot be yet, one sentence each: what is still under way, what must outlive the person and is not where it belongs.
    let obstacles: @Sendable (PersonID, PostgresTransaction) async throws -> [String]
    /// Takes away what leads to the person and is sealed under no key: hashes by which they are found.
    let forget: Forget?

    /// Forgets people, in a service that has something to forget, and says how many it still knew.
    package typealias Forget = @Sendable ([PersonID], PostgresTransaction) async throws -> Int

    /// Duties; by default none.
    package init(
        obstacles: @escaping @Sendable (PersonID, PostgresTransaction) async throws -> [String] = { _, _ in [] },
        forget: Forget? = nil
    ) {
        self.obstacles = obstacles
        self.forget = forget
    }
}
