import Crypto
import Domain
import FoundationEssentials
import Messaging
import Postgres
import Safeguards

extension ServiceDefinition {
    var auditCommand: Command {
        Command(
            "audit", abstract: "Ask who did and saw what, and prove that nothing of it was changed.",
            subcommands: [verifyAudit, whoSaw] + (sealsPersonalData ? [changes] : []) + [sealAudit])
    }

    private var verifyAudit: Command {
        Command(
            "verify", abstract: "Check every entry, every stream's end and every seal.",
            discussion:
                "Keep the last seal that it shows, or the log's, elsewhere and give it with --seal the next time: only so "
                + "is it seen when the end of the audit was cut with its seals. Exit code 2 where something is wrong."
        ) { line in
            let seal = line.option("seal", KnownSeal.self, "The last seal that you know of.")
            return { call in
                let known = call[seal]
                let report = try await withContext(call) { context in
                    try await context.act(as: await context.signedInPerson(), .verifyAudit, readOnly: true) { work in
                        work.note("audit of \(name)", of: [])
                        let keys = try context.configuration.keysFolder?.believedSealKeys() ?? VerificationKeys([])
                        return try await verify(context, keys, known)
                    }
                }
                call.show(report.table(of: name))
                return report.isGood ? .success : .foundProblems
            }
        }
    }

    /// On a connection of its own: it reads one snapshot, as long as that takes.
    private func verify(
        _ context: ServiceContext, _ keys: VerificationKeys, _ known: KnownSeal?
    ) async throws -> AuditReport {
        try await PostgresConnection.with(
            context.configuration.postgres(schema, as: .app), logger: context.logger
        ) { connection in
            try await AuditVerifier(schema: schema.name, keys: keys).verify(
                on: connection, lastKnown: known.map { ($0.number, $0.hash) })
        }
    }

    private var whoSaw: Command {
        Command(
            "who-saw", abstract: "Show everybody who did something with a person's record here, or saw it.",
            discussion: "Lists that the person was on count too. Whoever asks is on the list from then on."
        ) { line in
            let person = line.argument("person", PersonID.self, "The person's id.")
            let limit = line.option("limit", default: 1_000, "How many at most, the latest first.")
            return looking(.readAudit) { call, work in
                try ListLimit.check(call[limit])
                work.note("audit of the person in \(name)", of: call[person])
                let sightings = try await AuditReader().whoSaw(
                    call[person].uuid, limit: call[limit], in: work.transaction)
                return Table(
                    title: "Who saw \(call[person]) in \(name)",
                    columns: [
                        .init("at", "When"), .init("actor", "Who"), .init("action", "What"),
                        .init("purpose", "What for"), .init("record", "Record"), .init("onList", "On a list"),
                    ],
                    rows: sightings.map {
                        [
                            .time($0.at), .text($0.actor), .text($0.action), .text($0.purpose), .text($0.record),
                            .bool($0.wasOnList),
                        ]
                    })
            }
        }
    }

    private var changes: Command {
        Command(
            "changes",
            abstract: "Show what was changed in a record, what stood there before and what came in its place.",
            discussion: "Whoever asks is in the audit from then on. Of somebody who was erased nothing can be shown."
        ) { line in
            let owner = line.argument(
                "id", UUID.self,
                "Whose record: a person's id, or that of a record with a key of its own, as a pay run has.")
            let limit = line.option("limit", default: 1_000, "How many at most, the latest first.")
            return looking(.readAudit) { call, context in
                try await ChangesSeal.fetch(call[owner], context.vault)
            } _: { call, work, seal in
                try ListLimit.check(call[limit])
                work.note("audit of changes in \(name)", of: PersonID(call[owner]))
                let changes = try await AuditReader().changes(of: call[owner], limit: call[limit], in: work.transaction)
                return Table(
                    title: "Changes of \(call[owner].uuidString.lowercased()) in \(name)",
                    columns: [
                        .init("at", "When"), .init("actor", "Who"), .init("action", "What"), .init("record", "Record"),
                        .init("before", "Before"), .init("after", "After"),
                    ],
                    rows: try changes.map { stored in
                        let (sighting, change) = (stored.sighting, try RecordChange(stored, seal))
                        return [
                            .time(sighting.at), .text(sighting.actor), .text(sighting.action), .text(sighting.record),
                            .text(change.before?.reveal()), .text(change.after?.reveal()),
                        ]
                    })
            }
        }
    }

    private var sealAudit: Command {
        Command(
            "seal", abstract: "Put a seal on what happened since; a running service does it by itself."
        ) {
            _ in
            { call in
                let seals = try await withContext(call) { context in
                    guard let sealer = try sealer(context.configuration) else {
                        throw CommandFailure(
                            .configuration, "There is no key to seal with.",
                            next: "Set keys.folder (TAKEUP_KEYS_FOLDER)."
                        )
                    }
                    try await context.act(as: await context.signedInPerson(), .sealAudit) { work in
                        work.note("audit of \(name)", of: [])
                    }
                    return try await sealer.sealAll(at: context.now(), context.pool)
                }
                call.show(
                    Table(
                        title: "Seals; keep the last one elsewhere",
                        columns: [.init("seal", "Seal"), .init("heads", "Heads")],
                        rows: seals.map { [.text($0.text), .count($0.heads)] }))
                return .success
            }
        }
    }

    /// What seals the audit of this service, where there is a key.
    func sealer(_ configuration: Configuration) throws -> AuditSealer? {
        try configuration.keysFolder.map { AuditSealer(schema: schema.name, signer: try $0.sealKey()) }
    }
}

/// What opens the changes of a record.
private enum ChangesSeal {
    static func fetch(_ owner: UUID, _ vault: PersonVault) async throws -> PersonSeal {
        do {
            return try await vault.existingSeal(of: owner)
        } catch let error as SafeguardsError where error.code == .erased {
            throw CommandFailure(
                .badInput, "This person was erased: what was changed can be read no more.",
                next: "'audit who-saw' still shows who did what, and when.")
        } catch let error as SafeguardsError where error.code == .noKey {
            throw CommandFailure(.badInput, "Nothing is known of \(owner.uuidString.lowercased()).")
        }
    }
}

/// `7:` and the hash of a seal on a command line.
private struct KnownSeal: CommandLineValue, Sendable {
    let number: Int64
    let hash: [UInt8]

    init?(commandLine word: String) {
        let parts = word.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let number = Int64(parts[0]), number > 0, let hash = Hex.decode(String(parts[1])),
            hash.count == SHA256.digestBytes
        else { return nil }
        self.number = number
        self.hash = hash
    }

    static var expectation: String { "a seal's number, a colon and its hash, as 'audit verify' shows it" }
    var commandLineWord: String { "\(number):\(Hex.encode(hash))" }
}

extension AuditReport {
    fileprivate func table(of service: String) -> Table {
        var table = Table(
            title: "Audit of \(service)",
            properties: [
                ("entries", .integer(entries)), ("streams", .integer(streams)), ("seals", .integer(seals)),
                ("problems", .integer(problemCount)), ("lastSeal", .text(lastSeal?.text)),
            ])
        table.notes = problems.map { "\($0.kind.rawValue) at \($0.stream ?? "seal") no. \($0.number)" }
        return table
    }
}
