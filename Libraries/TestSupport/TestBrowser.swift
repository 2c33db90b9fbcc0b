package import HTTP

/// A browser on one service's pages, as far as signing in needs one: it keeps cookies and follows nothing by itself.
package actor TestBrowser {
    private let client: HTTPClient
    private let address: String
    /// What it keeps, by name.
    package private(set) var cookies: [String: String] = [:]
    /// The cookies that the last answer set, with their attributes.
    package private(set) var lastSetCookies: [String] = []

    /// On the pages at `address`, a scheme with host and port.
    package init(at address: String) {
        var configuration = HTTPClientConfiguration()
        configuration.allowsPlainHTTP = true
        client = HTTPClient(configuration)
        self.address = address
    }

    /// Opens a page.
    package func get(_ path: String, accept: String = "text/html") async throws -> HTTPClientResponse {
        try await send(.get, path, [("Accept", accept)])
    }

    /// Sends a form, from a page of the service unless another origin is named.
    package func post(
        _ path: String, _ fields: [(name: String, value: String)], origin: String? = nil
    ) async throws -> HTTPClientResponse {
        let headers = [
            (name: "Content-Type", value: "application/x-www-form-urlencoded"), ("Origin", origin ?? address),
        ]
        return try await send(.post, path, headers, Array(FormFields.encode(fields).utf8))
    }

    /// Puts a cookie, or takes it away.
    package func set(_ name: String, _ value: String?) { cookies[name] = value }

    /// Ends it.
    package func close() async { await client.stop() }

    private func send(
        _ method: HTTPMethod, _ path: String, _ headers: [(name: String, value: String)], _ body: [UInt8] = []
    ) async throws -> HTTPClientResponse {
        var headers = headers
        if !cookies.isEmpty {
            headers.append(("Cookie", cookies.map { "\($0)=\($1)" }.sorted().joined(separator: "; ")))
        }
        let response = try await client.send(HTTPClientRequest(method, address + path, headers: headers, body: body))
        lastSetCookies = response.headers.filter { $0.name.lowercased() == "set-cookie" }.map(\.value)
        for cookie in lastSetCookies {
            let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1).map(String.init)
            cookies[pair[0]] = pair.count == 2 && !cookie.contains("Max-Age=0") ? pair[1] : nil
        }
        return response
    }
}

extension HTTPClientResponse {
    /// Its body as text.
    package var text: String { String(decoding: body, as: UTF8.self) }
}
