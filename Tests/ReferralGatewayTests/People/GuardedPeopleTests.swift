import Formats
import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import ReferralGateway

@Suite("People in the database")
struct GuardedPeopleTests {
    private let tables = ["person", "referral", "submission"]

    private func rows(_ connection: PostgresConnection, _ table: String) async throws -> Int64 {
        try await connection.query("select count(*) from \(ident: table)").only().decode(Int64.self)
    }

    @Test("nobody is found where nobody acts, nor by owner and reader; the auditor finds all and changes nothing")
    func guarded() async throws {
        try await Gateway.with { gateway in
            _ = try await gateway.send(Gateway.notice().write())
            let schema = gateway.service.service.schema
            for role in [ServiceSchema.Role.app, .owner, .reader] {
                try await gateway.service.asDatabaseRole(schema.roleName(role)) { connection in
                    for table in tables {
                        let found = try await rows(connection, table)
                        #expect(found == 0, "\(role) in \(table)")
                    }
                }
            }
            try await gateway.service.asDatabaseRole(schema.roleName(.app)) { connection in
                for actor in ["", "somebody"] {
                    _ = try await connection.query("select set_config('takeup.actor', \(actor), false)")
                    for table in tables {
                        let found = try await rows(connection, table)
                        #expect(found == (actor.isEmpty ? 0 : 1), "\(actor) in \(table)")
                    }
                }
                _ = try await connection.query("select set_config('takeup.actor', '', false)")
                // Not found, and so not changed.
                #expect(try await connection.query("update person set first_seen_at = now()").affected == 0)
            }
            try await gateway.service.asDatabaseRole(ServiceSchema.auditor) { connection in
                for table in tables + ["outbox_event"] {
                    let found = try await rows(connection, table)
                    #expect(found > 0, "the auditor in \(table)")
                    await #expect(throws: PostgresError.self) {
                        try await connection.execute(script: "delete from \(table)")
                    }
                }
            }
        }
    }
}
