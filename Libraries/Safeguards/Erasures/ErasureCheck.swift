package import Crypto
package import FoundationEssentials
package import Postgres

/// Proves that every erasure of the register is in force, before something is served: after a restore of the key database or of
/// its register's file it is not, until ``KeyKeeper/applyRegister()`` has run.
package struct ErasureCheck: Sendable {
    private let file: RegisterFile
    private let keys: VerificationKeys

    /// - Parameters:
    ///   - registerPath: the register's file.
    ///   - keys: check the lines.
    package init(registerPath: String, keys: VerificationKeys) {
        file = RegisterFile(path: registerPath)
        self.keys = keys
    }

    /// Reads as `takeup_keys_app`. Throws `.registerDamaged` where file and database tell different stories or a line is not
    /// what was signed, and `.registerNotApplied` where an erasure is not in force. Returns who was erased.
    @discardableResult
    package func requireInForce(on connection: PostgresConnection) async throws -> [UUID] {
        // First the file: what is erased meanwhile is in the database before it is in the file.
        let filed = try ErasureChain(try file.lines(), keys: keys).lines
        let rows = try await connection.query("select line from keys.erasure order by number")
        let stored = try ErasureChain(rows.map { try $0.decode(String.self) }, keys: keys).lines
        guard zip(stored, filed).allSatisfy({ $0.text == $1.text }) else {
            throw SafeguardsError(.registerDamaged, detail: "the file and the database tell different stories")
        }
        guard filed.count <= stored.count else {
            throw SafeguardsError(.registerNotApplied, detail: "the database lacks erasures that the file has")
        }
        let back = try await connection.query(
            "select count(*) from keys.person_key join keys.erasure using (person) where wrapped is not null"
        ).only().decode(Int64.self)
        guard back == 0 else {
            throw SafeguardsError(.registerNotApplied, detail: "\(back) keys that were destroyed are back")
        }
        return stored.map(\.erasure.person)
    }
}
