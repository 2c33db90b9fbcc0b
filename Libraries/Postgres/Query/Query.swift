/// A statement with its values apart.
///
/// A value that is interpolated becomes a parameter: `"select name from person where id = \(id)"` sends `$1` and the
/// value in binary, so no value can ever be read as SQL. `\(ident: name)` quotes a name, `\(unescaped: sql)` inserts SQL,
/// `\(query)` inserts another query with its values.
///
/// A value that cannot be sent (a NUL byte in a text, a time out of range) is noticed when the query is sent.
package struct Query: Sendable, ExpressibleByStringInterpolation {
    /// The text with `$1`, `$2`, ... where the values stand.
    package private(set) var sql: String
    /// Where in `sql` (in UTF-8) each `$n` of ours starts, and which parameter it names, from 0.
    private var placeholders: [Placeholder] = []
    private(set) var parameters = ParameterBuffer()
    /// The first thing that makes this query unfit to be sent.
    private(set) var problem: PostgresError?

    private struct Placeholder: Sendable {
        var offset: Int
        var parameter: Int
    }

    /// A statement without values. The text must not come from outside.
    package init(unescaped sql: String) {
        self.sql = sql
    }

    package init(stringLiteral value: String) {
        sql = value
    }

    package init(stringInterpolation: StringInterpolation) {
        self = stringInterpolation.query
    }

    /// The texts and values of both, one after the other.
    package static func + (left: Query, right: Query) -> Query {
        var result = left
        result.append(right)
        return result
    }

    /// Appends the other's text and values.
    package static func += (left: inout Query, right: Query) {
        left.append(right)
    }

    private mutating func append(_ other: Query) {
        let firstParameter = parameters.count
        var text = Substring(other.sql).utf8
        var passed = 0
        for placeholder in other.placeholders {
            let digits = String(placeholder.parameter + 1).utf8.count
            let before = text.prefix(placeholder.offset - passed)
            sql += String(Substring(before))
            appendPlaceholder(firstParameter + placeholder.parameter)
            text = text.dropFirst(before.count + 1 + digits)
            passed = placeholder.offset + 1 + digits
        }
        sql += String(Substring(text))
        parameters.append(contentsOf: other.parameters)
        problem = problem ?? other.problem
    }

    private mutating func appendPlaceholder(_ parameter: Int) {
        placeholders.append(Placeholder(offset: sql.utf8.count, parameter: parameter))
        sql += "$\(parameter + 1)"
    }

    private mutating func bind(_ value: some PostgresEncodable) {
        appendPlaceholder(parameters.count)
        do {
            try parameters.append(value)
        } catch {
            problem = problem ?? error
        }
    }

    /// Throws what makes this query unfit to be sent, if anything does.
    func validate(
        parametersMax: Int = PostgresLimits.parametersMax, bytesMax: Int = PostgresLimits.parameterBytesMax
    ) throws(PostgresError) {
        if let problem { throw problem }
        guard parameters.count <= parametersMax else {
            throw PostgresError(
                .invalidQuery, message: "\(parameters.count) parameters; at most \(parametersMax) are allowed")
        }
        guard parameters.byteCount <= bytesMax else {
            throw PostgresError(
                .invalidQuery, message: "\(parameters.byteCount) bytes of parameters; at most \(bytesMax) are allowed")
        }
        // The text is handed over as a C string: everything after a NUL byte would silently be missing.
        guard !sql.utf8.contains(0) else {
            throw PostgresError(.invalidQuery, message: "the text of the query holds a NUL byte")
        }
    }

    /// Collects the parts of an interpolated query.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var query: Query

        package init(literalCapacity: Int, interpolationCount: Int) {
            query = Query(unescaped: "")
            query.sql.reserveCapacity(literalCapacity + interpolationCount * 3)
        }

        package mutating func appendLiteral(_ literal: String) {
            query.sql += literal
        }

        /// Binds a value.
        package mutating func appendInterpolation(_ value: some PostgresEncodable) {
            query.bind(value)
        }

        /// Binds a value or NULL.
        package mutating func appendInterpolation<T: PostgresEncodable>(_ value: T?) {
            query.bind(value)
        }

        /// Inserts another query, values and all.
        package mutating func appendInterpolation(_ other: Query) {
            query.append(other)
        }

        /// Inserts a name of the schema, quoted.
        package mutating func appendInterpolation(ident name: String) {
            do {
                query.sql += try Identifier.quoted(name)
            } catch {
                query.problem = query.problem ?? error
            }
        }

        /// Inserts SQL as it is. Never with anything that came from outside.
        package mutating func appendInterpolation(unescaped sql: String) {
            query.sql += sql
        }
    }
}
