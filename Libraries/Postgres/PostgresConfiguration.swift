import CLibPQ

/// Where the database is and how a session with it behaves.
package struct PostgresConfiguration: Sendable {
    /// libpq's own connection parameters, by keyword, as the URL gave them.
    package private(set) var parameters: [String: String]
    /// The server ends a statement after this.
    package var statementTimeout: Duration = .seconds(30)
    /// The server gives up waiting for a lock after this.
    package var lockTimeout: Duration = .seconds(5)
    /// The server ends a session that sits inside a transaction for longer.
    package var idleInTransactionTimeout: Duration = .seconds(30)
    /// What connecting may take, with TLS and authentication, over all hosts of the URL.
    package var connectTimeout: Duration = .seconds(10)
    /// How long a network may stay silent under unanswered data before the connection counts as lost.
    package var networkTimeout: Duration = .seconds(15)
    /// Schemas in which names are looked up; empty leaves the server's setting.
    package var searchPath: [String] = []
    /// Shown in `pg_stat_activity`; the URL's own `application_name` wins.
    package var applicationName = "takeup"

    /// Reads `postgresql://user:password@host:port/database?sslmode=verify-full&sslrootcert=...` or libpq's `key=value` form.
    /// Everything libpq knows may be named: TLS (`sslmode`, `sslrootcert`, `sslcert`, `sslkey`), `passfile`, several hosts.
    ///
    /// Throws `PostgresError.configuration`, which never quotes the text: it may hold a password.
    package init(url: String) throws {
        guard !url.utf8.contains(0) else {
            throw PostgresError(.configuration, message: "the database URL holds a NUL byte")
        }
        var problem: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(url, &problem)
        defer {
            PQconninfoFree(options)
            PQfreemem(problem)
        }
        guard let options else {
            throw PostgresError(.configuration, message: "the database URL is not one that libpq understands")
        }

        parameters = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                parameters[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
    }

    /// What is handed to libpq: the URL's parameters and, where it leaves them open, ours. Session settings travel in
    /// `options` with the start message, so they cost no round trip and hold from the first statement.
    func connectionParameters() throws -> [String: String] {
        var result = parameters
        let networkMilliseconds = networkTimeout.wholeMilliseconds
        let defaults = [
            "application_name": applicationName,
            "keepalives": "1",
            "keepalives_idle": "10",
            "keepalives_interval": "3",
            "keepalives_count": "3",
            "tcp_user_timeout": String(networkMilliseconds),
        ]
        result.merge(defaults) { fromURL, _ in fromURL }
        // Texts are UTF-8 on our side whatever the URL says.
        result["client_encoding"] = "UTF8"
        result["options"] = try sessionOptions(after: parameters["options"])
        return result
    }

    private func sessionOptions(after given: String?) throws -> String {
        var settings = [
            ("statement_timeout", String(statementTimeout.wholeMilliseconds)),
            ("lock_timeout", String(lockTimeout.wholeMilliseconds)),
            ("idle_in_transaction_session_timeout", String(idleInTransactionTimeout.wholeMilliseconds)),
            ("timezone", "UTC"),
        ]
        if !searchPath.isEmpty {
            let quoted = try searchPath.map { try Identifier.quoted($0) }
            settings.append(("search_path", quoted.joined(separator: ",")))
        }
        let ours = settings.map { "-c \($0.0)=\(Self.escapedOption($0.1))" }
        // The URL's own options come last, so that they win.
        return (ours + [given].compactMap { $0 }).joined(separator: " ")
    }

    /// The server splits `options` at spaces and takes a backslash as an escape.
    private static func escapedOption(_ value: String) -> String {
        var result = ""
        for character in value.unicodeScalars {
            if character == " " || character == "\\" { result.append("\\") }
            result.unicodeScalars.append(character)
        }
        return result
    }
}

extension PostgresConfiguration: CustomStringConvertible {
    /// Host, port, database and user; never the password.
    package var description: String {
        let shown = ["host", "port", "dbname", "user", "sslmode"]
        return shown.compactMap { key in parameters[key].map { "\(key)=\($0)" } }.joined(separator: " ")
    }
}

extension Duration {
    /// Milliseconds, rounded up, so that a short positive duration never becomes 0, which would mean "no limit".
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
