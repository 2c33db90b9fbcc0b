/// A name of the schema, quoted so that it can only be a name.
enum Identifier {
    /// Throws `invalidQuery` for an empty name, one with a NUL byte, or one the server would cut.
    static func quoted(_ name: String) throws(PostgresError) -> String {
        guard !name.isEmpty, name.utf8.count <= PostgresLimits.identifierBytesMax, !name.utf8.contains(0) else {
            throw PostgresError(
                .invalidQuery,
                message: "a name must have 1 to \(PostgresLimits.identifierBytesMax) bytes and no NUL byte")
        }
        return "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
