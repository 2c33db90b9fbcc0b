/// One forward step of a schema: a file of SQL that runs once and is never edited afterwards.
///
/// In the SQL, `{{owner}}`, `{{app}}`, `{{relay}}` and `{{reader}}` stand for the service's roles and `{{auditor}}` for the
/// auditor's, so that a step can take privileges away (`revoke update, delete on posting from {{app}};`).
package struct Migration: Sendable, Hashable {
    /// 1, 2, 3 ... within its component, without gaps.
    package let version: Int
    /// What the file is called, for example `0001_cases`.
    package let name: String
    /// The file's text.
    package let sql: String

    /// A first line of this text makes the step run outside a transaction (`create index concurrently`). Such a step holds one statement.
    package static let withoutTransactionMark = "-- migrate: no-transaction"

    package init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }

    /// From an embedded file: `PackageResources.m0001_cases_sql` is a `[UInt8]`.
    package init(version: Int, name: String, utf8: [UInt8]) {
        self.init(version: version, name: name, sql: String(decoding: utf8, as: UTF8.self))
    }

    /// Whether the step runs outside a transaction.
    package var isWithoutTransaction: Bool { sql.hasPrefix(Self.withoutTransactionMark) }

    func statements(for schema: ServiceSchema) -> String {
        ServiceSchema.Role.allCases.reduce(sql.replacingAll("{{auditor}}", with: ServiceSchema.auditor)) { text, role in
            text.replacingAll("{{\(role.rawValue)}}", with: schema.roleName(role))
        }
    }
}

/// The steps of one part of a service: the messaging tables, the audit tables, the service's own.
package struct MigrationComponent: Sendable {
    /// A short name, for example `messaging` or `case-intake`.
    package let name: String
    package let migrations: [Migration]

    package init(_ name: String, _ migrations: [Migration]) {
        self.name = name
        self.migrations = migrations
    }

    /// The tables of outbox and inbox. `Migrator` runs it before everything else.
    package static let messaging = MigrationComponent(
        "messaging",
        [
            Migration(version: 1, name: "0001_outbox", utf8: PackageResources.m0001_outbox_sql),
            Migration(version: 2, name: "0002_inbox", utf8: PackageResources.m0002_inbox_sql),
        ])
}

/// Where one step stands.
package struct MigrationStatus: Sendable, Hashable {
    /// What is known of the step.
    package enum State: String, Sendable {
        case applied, pending
        /// Applied, but the file's text is another one today.
        case changed
        /// Applied by a newer program; this one does not know it.
        case unknown
    }

    package let component: String
    package let version: Int
    package let name: String
    package let state: State
}

extension String {
    /// Replaces every occurrence, without Foundation.
    func replacingAll(_ pattern: String, with replacement: String) -> String {
        var result = ""
        var rest = self[...]
        while let range = rest.firstRange(of: pattern) {
            result += rest[..<range.lowerBound]
            result += replacement
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}
