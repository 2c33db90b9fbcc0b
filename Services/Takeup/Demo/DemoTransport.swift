import HTTP
import ServiceKit

/// How the demonstration's services reach their servers, and how they are reached: on one machine plainly, over a unix socket
/// and loopback. A rehearsal of several machines says otherwise.
struct DemoTransport: Sendable {
    /// Whether the database is reached over TCP.
    var isOverTCP = false
    /// PostgreSQL's settings beside those that it has anyway.
    var databaseSettings: [String: String] = [:]
    /// The address of a database for a service, without a user.
    var databaseURL: @Sendable (_ service: String, _ database: String, LocalPostgreSQL) -> String = { _, name, server in
        "postgresql:///\(name)?host=\(server.folder)&port=\(server.port)"
    }
    /// What else a service is told.
    var environment: @Sendable (_ service: String) -> [String: String] = { _ in [:] }
    /// `http` or `https`.
    var scheme = "http"
    /// With what services are asked.
    var client: HTTPClientConfiguration = {
        var client = HTTPClientConfiguration()
        client.allowsPlainHTTP = true
        return client
    }()
}
