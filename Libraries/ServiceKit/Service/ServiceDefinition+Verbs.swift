package import Domain

extension Work {
    /// Who acts, as the domain names staff.
    package var staffID: StaffID { StaffID(person.id) }
    /// Who acts, as a history names who decided.
    package var decider: String { staffID.description }
    /// The day in London.
    package var today: CivilDate { LondonTime.date(of: now) }
}

extension ServiceDefinition {
    /// The handler of a verb that only looks.
    package func looking(
        _ permission: Permission, _ body: @escaping @Sendable (Invocation, Work) async throws -> Table
    ) -> Command.Handler {
        { call in try await look(call, permission) { work in try await body(call, work) } }
    }

    /// The handler of a verb that changes something. Adds `--dry-run`, which does everything and takes it back.
    package func changing(
        _ line: inout CommandDeclaration, _ permission: Permission,
        _ body: @escaping @Sendable (Invocation, Work) async throws -> Table
    ) -> Command.Handler {
        let dryRun = line.flag("dry-run", "Do everything, show the result, and take it back.")
        return { call in
            try await act(call, permission, dryRun: call[dryRun]) { work in try await body(call, work) }
        }
    }
}

extension ServiceDefinition {
    /// The handler of a verb that only looks, and needs something that is fetched before its transaction: keys.
    package func looking<Prepared: Sendable>(
        _ permission: Permission,
        preparing prepare: @escaping @Sendable (Invocation, ServiceContext) async throws -> Prepared,
        _ body: @escaping @Sendable (Invocation, Work, Prepared) async throws -> Table
    ) -> Command.Handler {
        { call in
            try await perform(
                call, permission, readOnly: true, preparing: { try await prepare(call, $0) },
                { work, prepared in try await body(call, work, prepared) })
        }
    }

    /// The same for a verb that changes something. `prepare` learns whether it is a rehearsal, which leaves nothing behind.
    package func changing<Prepared: Sendable>(
        _ line: inout CommandDeclaration, _ permission: Permission,
        preparing prepare:
            @escaping @Sendable (Invocation, ServiceContext, _ isRehearsal: Bool) async throws -> Prepared,
        _ body: @escaping @Sendable (Invocation, Work, Prepared) async throws -> Table
    ) -> Command.Handler {
        let dryRun = line.flag("dry-run", "Do everything, show the result, and take it back.")
        return { call in
            try await perform(
                call, permission, dryRun: call[dryRun], preparing: { try await prepare(call, $0, call[dryRun]) },
                { work, prepared in try await body(call, work, prepared) })
        }
    }
}

/// How long a list may be.
package enum ListLimit {
    /// A list has at least one row and at most so many.
    package static let rowsMax = 10_000

    /// Throws where a person asks for a list of another length.
    package static func check(_ rows: Int) throws(CommandFailure) {
        guard (1...rowsMax).contains(rows) else {
            throw CommandFailure(.badInput, "A list has 1 to \(rowsMax) rows.", next: "Give another --limit.")
        }
    }
}

/// A verb ran and found problems: exit code 2, and the table that shows them.
package struct FoundProblems: Error, ExitCodeProviding, CustomStringConvertible {
    private let table: Table

    /// Problems as a table shows them.
    package init(_ table: Table) { self.table = table }

    /// "Ran and found problems".
    package var exitCode: ExitCode { .foundProblems }
    /// The table, for people.
    package var description: String { table.rendered(as: .table) }
}
