import CLibPQ

/// One result of libpq, freed with its last reader.
///
/// Sendable: libpq documents a PGresult as read-only once it was returned, and this never changes it.
final class ResultStorage: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQclear(pointer)
    }
}

/// What a statement returned, all of it in memory.
package struct Rows: Sendable, RandomAccessCollection {
    let storage: ResultStorage
    /// Rows that came back.
    package let count: Int
    /// Columns of each.
    package let columnCount: Int

    init(_ storage: ResultStorage) {
        self.storage = storage
        count = Int(PQntuples(storage.pointer))
        columnCount = Int(PQnfields(storage.pointer))
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { count }

    package subscript(position: Int) -> Row {
        precondition(position >= 0 && position < count, "no such row")
        return Row(rows: self, index: position)
    }

    /// Rows that were inserted, updated, deleted or selected; 0 for statements that touch none.
    package var affected: Int {
        guard let text = PQcmdTuples(storage.pointer) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    /// What the server calls the thing it did, such as `INSERT 0 1` or `ROLLBACK`.
    package var commandTag: String {
        PQcmdStatus(storage.pointer).map { String(cString: $0) } ?? ""
    }

    /// Names of the columns, in order.
    package var columnNames: [String] {
        (0..<columnCount).map { PQfname(storage.pointer, Int32($0)).map { String(cString: $0) } ?? "" }
    }

    /// The position of the first column of this name; nil if there is none.
    package func columnIndex(_ name: String) -> Int? {
        columnNames.firstIndex(of: name)
    }

    /// Gives the bytes of a field where they lie, in PostgreSQL's binary format; nil for NULL.
    /// The pointer is valid during the call only.
    @inline(__always)
    package func bytes<T, E: Error>(
        row: Int, column: Int, _ body: (UnsafeRawBufferPointer?) throws(E) -> T
    ) throws(E) -> T {
        precondition(row >= 0 && row < count && column >= 0 && column < columnCount, "no such field")
        let (row, column) = (Int32(truncatingIfNeeded: row), Int32(truncatingIfNeeded: column))
        guard PQgetisnull(storage.pointer, row, column) == 0 else { return try body(nil) }
        let start = UnsafeRawPointer(PQgetvalue(storage.pointer, row, column))
        return try body(UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(storage.pointer, row, column))))
    }

    /// Reads one field. Throws `PostgresError.decoding`, which names the column.
    package func decode<T: PostgresDecodable>(
        row: Int, column: Int, as _: T.Type = T.self
    ) throws(PostgresError) -> T {
        guard column >= 0, column < columnCount else {
            throw PostgresError(.decoding, message: "there is no column \(column); the result has \(columnCount)")
        }
        do {
            return try bytes(row: row, column: column) { (field) throws(PostgresError) -> T in
                guard let field else { return try T.decodeNull() }
                return try T.decode(field, type: PQftype(storage.pointer, Int32(truncatingIfNeeded: column)))
            }
        } catch {
            var named = error
            named.message = "column \(columnNames[column]): \(error.message)"
            throw named
        }
    }

    /// The only row. Throws `decoding` when there are none or several.
    package func only() throws(PostgresError) -> Row {
        guard count == 1 else { throw PostgresError(.decoding, message: "one row was expected; there are \(count)") }
        return self[0]
    }
}

/// One row of a result.
package struct Row: Sendable {
    /// The result it belongs to.
    package let rows: Rows
    /// Its position there.
    package let index: Int

    /// Reads the columns from the left: `let (id, name) = try row.decode(UUID.self, String?.self)`.
    /// Throws `decoding` for more types than columns, or a value that does not fit its type.
    package func decode<each T: PostgresDecodable>(
        _ types: repeat (each T).Type
    ) throws(PostgresError) -> (repeat each T) {
        var column = -1
        return (repeat try next((each T).self, after: &column))
    }

    /// Reads the first column.
    package func decode<T: PostgresDecodable>(_: T.Type) throws(PostgresError) -> T {
        try rows.decode(row: index, column: 0)
    }

    private func next<T: PostgresDecodable>(_: T.Type, after column: inout Int) throws(PostgresError) -> T {
        column += 1
        return try rows.decode(row: index, column: column)
    }

    /// Reads the column at a position, from 0.
    package func decode<T: PostgresDecodable>(column: Int, as _: T.Type = T.self) throws(PostgresError) -> T {
        try rows.decode(row: index, column: column)
    }

    /// Reads the column of this name.
    package func decode<T: PostgresDecodable>(column name: String, as _: T.Type = T.self) throws(PostgresError) -> T {
        guard let column = rows.columnIndex(name) else {
            throw PostgresError(.decoding, message: "there is no column \(name)")
        }
        return try rows.decode(row: index, column: column)
    }
}
