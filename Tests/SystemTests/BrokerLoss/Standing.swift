import Postgres

/// Everything that the services hold, in the words that two runs of the same story share: ids, hashes and times of day are
/// taken out, days and amounts stay.
struct Standing: Sendable, Equatable {
    /// The rows of each table in order.
    let rows: [String: [String]]

    /// Tables that say where a log stands, when something was done or who looked, not what is so.
    private static let passedOver: Set<String> = [
        "schema_migration", "relay_position", "outbox_event", "inbox_event", "aggregate_cursor", "bank_file",
        "audit_entry", "audit_head", "audit_seal", "audit_sealed_head",
    ]
    /// What has to be empty when everything has come to rest.
    private static let ofUnrest = ["outbox_pending", "parked_event", "dead_letter", "consumer_attempt"]

    static func of(_ council: Council) async throws -> Standing {
        var rows: [String: [String]] = [:]
        let tables = try await council.query(
            """
            select table_schema::text, table_name::text from information_schema.tables
            where table_schema = any(\(Council.schemas)) and table_type = 'BASE TABLE'
            """
        ).map { try $0.decode(String.self, String.self) }
        for (schema, table) in tables where !passedOver.contains(table) {
            rows["\(schema).\(table)"] = try await council.query(
                "select t::text from \(ident: schema).\(ident: table) t"
            ).map { shared(try $0.decode(String.self)) }.sorted()
        }
        for schema in Council.schemas {
            rows["\(schema).outbox_event"] = try await texts(
                "select concat_ws(' ', topic, type, version) from \(ident: schema).outbox_event", council)
            rows["\(schema).inbox_event"] = try await texts(
                "select concat_ws(' ', consumer, source, topic) from \(ident: schema).inbox_event", council)
            rows["\(schema).aggregate_cursor"] = try await texts(
                "select concat_ws(' ', consumer, source, topic, version) from \(ident: schema).aggregate_cursor",
                council)
        }
        // A file names its volume and its payments by ids.
        rows["dp_finance.bank_file"] = try await texts(
            "select concat_ws(' ', format, length(body)) from dp_finance.bank_file", council)
        return Standing(rows: rows)
    }

    private static func texts(_ query: Query, _ council: Council) async throws -> [String] {
        try await council.query(query).map { try $0.decode(String.self) }.sorted()
    }

    /// Whether nothing is under way and nothing was put aside.
    var isAtRest: Bool {
        Council.schemas.allSatisfy { schema in
            Self.ofUnrest.allSatisfy { rows["\(schema).\($0)", default: []].isEmpty }
        }
    }

    /// What one of two has and the other has not, a few rows of each table.
    func differences(from other: Standing) -> [String] {
        var differences: [String] = []
        for table in Set(rows.keys).union(other.rows.keys).sorted() {
            let (ours, theirs) = (rows[table, default: []], other.rows[table, default: []])
            guard ours != theirs else { continue }
            differences.append("\(table): \(ours.count) rows, not \(theirs.count)")
            for change in ours.difference(from: theirs).prefix(4) {
                switch change {
                case .insert(_, let row, _): differences.append("  has \(row.prefix(600))")
                case .remove(_, let row, _): differences.append("  lacks \(row.prefix(600))")
                }
            }
        }
        return differences
    }

    /// A row without what no two runs share.
    private static func shared(_ row: String) -> String {
        row.replacing(/x01[0-9a-f]{64,}/, with: "SEALED")
            .replacing(/[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}/, with: "ID")
            .replacing(/[0-9a-f]{64}/, with: "SHA256")
            .replacing(/DP[0-9A-F]{16}/, with: "REFERENCE")
            .replacing(/[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\+[0-9]{2})?/, with: " TIME")
    }
}
