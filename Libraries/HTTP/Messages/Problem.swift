import FoundationEssentials

/// A refusal or an error as RFC 9457 tells it (`application/problem+json`). Throw it from a handler to answer with it.
package struct Problem: Error, Sendable, CustomStringConvertible {
    /// The status the client gets.
    package var status: HTTPStatus

    /// A URI reference that names the kind of problem; `about:blank` when the status says it all.
    package var type: String

    /// A short name of the kind, the same each time.
    package var title: String

    /// What is wrong with this request and what to do, safe to show.
    package var detail: String?

    /// Each thing that is wrong, with its place.
    package var errors: [Entry]

    /// Headers that go with the refusal, such as `Allow` or `Retry-After`.
    package var headers: [(name: String, value: String)]

    /// One thing that is wrong.
    package struct Entry: Sendable, Encodable, Equatable {
        /// Where: a JSON pointer, a header or a field name.
        package var place: String

        /// What is wrong and how to put it right.
        package var detail: String

        /// One thing that is wrong at one place.
        package init(place: String, detail: String) {
            self.place = place
            self.detail = detail
        }
    }

    /// A problem; without a title it has the status's own phrase.
    package init(
        _ status: HTTPStatus, type: String = "about:blank", title: String? = nil, detail: String? = nil,
        errors: [Entry] = [], headers: [(name: String, value: String)] = []
    ) {
        self.status = status
        self.type = type
        self.title = title ?? status.phrase
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// What happened, safe to show.
    package var description: String {
        "\(status.rawValue) \(title)" + (detail.map { ": \($0)" } ?? "")
    }

    /// 413, naming the limit.
    static func contentTooLarge(_ limit: Int) -> Problem {
        Problem(.contentTooLarge, detail: "The body may have at most \(limit) bytes.")
    }

    /// What a client learns of an error that is ours.
    static let unexpected = Problem(
        .internalServerError,
        detail: "Something went wrong on our side. Nothing was changed; try again later.")

    /// The problem as a response.
    package var response: Response {
        var response = Response(status: status, contentType: "application/problem+json", bytes: encoded)
        for header in headers { response.addHeader(header.name, header.value) }
        return response
    }

    private struct Document: Encodable {
        let type: String
        let title: String
        let status: Int
        let detail: String?
        let errors: [Entry]?
    }

    private var encoded: [UInt8] {
        let document = Document(
            type: type, title: title, status: status.rawValue, detail: detail,
            errors: errors.isEmpty ? nil : errors)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(document))
        } catch {
            // Strings and one Int cannot fail to encode; should they, the status still tells the client.
            return Array(#"{"status":\#(status.rawValue),"title":"Problem","type":"about:blank"}"#.utf8)
        }
    }
}
