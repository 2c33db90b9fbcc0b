import Domain
import ServiceKit

extension ServiceDefinition {
    /// The handler of a verb that changes a run: the audit learns what stood there before and after, and who is paid by it.
    func changing(
        _ line: inout CommandDeclaration, _ permission: Permission, _ run: ParameterKey<PayRunID>,
        _ body: @escaping @Sendable (Invocation, Work) async throws -> PayRun
    ) -> Command.Handler {
        changing(&line, permission) { call, context, isRehearsal in
            try await PayRunSeals.fetchRun(call[run], context.vault, context.pool, isRehearsal: isRehearsal)
        } _: { call, act, seal in
            try PayRunList.summary(
                of: try await act.noteChange(to: call[run], under: seal) { try await body(call, act) })
        }
    }

    /// The same for a verb that also seals or opens what belongs to everybody on the run.
    func changing(
        _ line: inout CommandDeclaration, _ permission: Permission, _ run: ParameterKey<PayRunID>,
        _ body: @escaping @Sendable (Invocation, Work, PayRunSeals) async throws -> PayRun
    ) -> Command.Handler {
        changing(&line, permission) { call, context, isRehearsal in
            try await PayRunSeals.fetch(for: call[run], context.vault, context.pool, isRehearsal: isRehearsal)
        } _: { call, act, seals in
            try PayRunList.summary(
                of: try await act.noteChange(to: call[run], under: seals.run) { try await body(call, act, seals) })
        }
    }
}

extension Work {
    /// Tells the audit of a pay run, and of everybody who is paid by it.
    func note(_ run: PayRunID) async throws {
        note("pay run \(run)", of: try await PayRunStore.people(of: run, in: transaction))
    }

    /// Changes a pay run, and tells the audit so.
    func noteChange(
        to run: PayRunID, under seal: PersonSeal, _ change: () async throws -> PayRun
    ) async throws -> PayRun {
        try await noteChange(to: "pay run \(run)", under: seal) { transaction in
            try await PayRunStore.standing(run, in: transaction)
        } _: {
            try await change()
        }
    }
}
