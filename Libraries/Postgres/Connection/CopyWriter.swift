/// Takes the bytes of a `copy ... from stdin`, in whatever format the statement named.
package final class CopyWriter {
    private let connection: PostgresConnection
    var buffer: [UInt8] = []

    init(_ connection: PostgresConnection) {
        self.connection = connection
        buffer.reserveCapacity(PostgresLimits.copyChunkBytesMax)
    }

    /// Adds bytes. Waits when a chunk is full, until the server has taken it.
    nonisolated(nonsending) package func write(_ bytes: some Sequence<UInt8>) async throws {
        buffer.append(contentsOf: bytes)
        try await sendFullChunks()
    }

    /// Adds UTF-8 text, such as a line of CSV.
    nonisolated(nonsending) package func write(_ text: String) async throws {
        try await write(text.utf8)
    }

    nonisolated(nonsending) func sendFullChunks() async throws {
        guard buffer.count >= PostgresLimits.copyChunkBytesMax else { return }
        var start = 0
        while buffer.count - start >= PostgresLimits.copyChunkBytesMax {
            let end = start + PostgresLimits.copyChunkBytesMax
            try await connection.putCopyChunk(Array(buffer[start..<end]))
            start = end
        }
        buffer.removeSubrange(..<start)
    }

    nonisolated(nonsending) func flush() async throws {
        guard !buffer.isEmpty else { return }
        try await connection.putCopyChunk(buffer)
        buffer.removeAll()
    }
}

/// Writes rows in the binary format of COPY: a signature, for each row the number of its fields and each field after its
/// length, and a row of -1 fields at the end.
package final class CopyRowWriter {
    private let writer: CopyWriter
    private let columns: Int16
    private var row = ParameterBuffer()

    private static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]

    nonisolated(nonsending) init(_ writer: CopyWriter, columns: Int) async throws {
        guard let count = Int16(exactly: columns) else {
            throw PostgresError(.invalidQuery, message: "\(columns) columns are more than a table can have")
        }
        self.writer = writer
        self.columns = count
        // Eight more bytes: no flags and no extension of the header.
        try await writer.write(Self.signature + [UInt8](repeating: 0, count: 8))
    }

    /// Adds a row. Throws `invalidQuery`, having added nothing, when a value cannot be stored or the count is wrong.
    nonisolated(nonsending) package func write<each T: PostgresEncodable>(_ values: repeat each T) async throws {
        row.removeAll()
        row.write(columns)
        var count: Int16 = 0
        for value in repeat each values {
            try row.writeWithLength(value)
            count += 1
        }
        guard count == columns else {
            throw PostgresError(.invalidQuery, message: "\(count) values for \(columns) columns")
        }
        try await writer.write(row.bytes)
    }

    nonisolated(nonsending) func finish() async throws {
        row.removeAll()
        row.write(Int16(-1))
        try await writer.write(row.bytes)
    }
}
