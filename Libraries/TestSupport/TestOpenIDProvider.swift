import FoundationEssentials
import HTTP
package import ServiceKit

/// A real OpenID Connect provider (Glewlwyd) on this machine, which goes with the test.
package struct TestOpenIDProvider: Sendable {
    /// What `iss` says in its tokens.
    package let issuer: String
    private let process: ChildProcess
    private let client: HTTPClient

    /// Whom it knows and what it grants, as `tools/openid-provider` reads it.
    package struct Identities: Encodable, Sendable {
        /// The scopes that each audience has.
        package var resources: [String: [String]]
        package var machines: [String: Machine]
        package var people: [String: Person]
        package var redirectURIs: [String]

        /// Something that acts without a person.
        package struct Machine: Encodable, Sendable {
            let secret: String
            let scopes: [String]
        }

        /// Somebody who signs in.
        package struct Person: Encodable, Sendable {
            let name: String
            let password: String
            let scopes: [String]
            let roles: [String]
        }

        /// Nobody yet.
        package init(resources: [String: [String]], redirectURIs: [String] = []) {
            self.resources = resources
            self.redirectURIs = redirectURIs
            (machines, people) = ([:], [:])
        }

        /// A machine with the scopes that it is granted; its secret is its own name.
        package mutating func addMachine(_ name: String, scopes: [String]) {
            machines[name] = Machine(secret: name, scopes: scopes)
        }

        /// A person with scopes and roles; the password is their own login.
        package mutating func addPerson(_ login: String, scopes: [String], roles: [Role]) {
            people[login] = Person(name: login, password: login, scopes: scopes, roles: roles.map(\.rawValue))
        }

        private enum CodingKeys: String, CodingKey {
            case resources, machines, people
            case redirectURIs = "redirect_uris"
        }
    }

    /// Starts one on `port`, with a new signing key, and returns when it answers.
    package static func start(_ identities: Identities, on port: Int) async throws -> TestOpenIDProvider {
        let folder = try TemporaryFolder.make("openid").path
        let file = folder + "/identities.json"
        try JSONEncoder().encode(identities).write(to: URL(filePath: file))
        var program = URL(filePath: #filePath)
        for _ in 0..<3 { program.deleteLastPathComponent() }
        let issuer = "http://127.0.0.1:\(port)/api/oidc"
        let process = try ChildProcess.start(
            .init(
                "python3",
                [program.appending(path: "tools/openid-provider").path, folder + "/provider", "\(port)", file]),
            input: .untilWeEnd, output: .file(folder + "/output"), error: .file(folder + "/errors"))
        var configuration = HTTPClientConfiguration()
        configuration.allowsPlainHTTP = true
        let provider = TestOpenIDProvider(issuer: issuer, process: process, client: HTTPClient(configuration))
        for _ in 0..<600 {
            // Until it has begun there is no output.
            if let text = try? String(decoding: Data(contentsOf: URL(filePath: folder + "/output")), as: UTF8.self),
                text.contains(issuer)
            {
                return provider
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        await provider.stop()
        let errors = try Data(contentsOf: URL(filePath: folder + "/errors"))
        throw CommandFailure(
            .failed, "The OpenID provider did not start.", why: String(decoding: errors, as: UTF8.self))
    }

    /// Ends it.
    package func stop() async {
        process.signal(15)
        _ = await process.exit(killedAfter: .seconds(10))
        await client.stop()
    }

    /// A machine's token, by its id and secret.
    package func token(machine: String, scope: String, audience: String) async throws -> String {
        let basic = Data("\(machine):\(machine)".utf8).base64EncodedString()
        let form = FormFields.encode([
            (name: "grant_type", value: "client_credentials"), ("scope", scope), ("resource", audience),
        ])
        let response = try await client.send(
            HTTPClientRequest(
                .post, issuer + "/token",
                headers: [
                    ("Authorization", "Basic " + basic), ("Content-Type", "application/x-www-form-urlencoded"),
                ],
                body: Array(form.utf8)))
        struct Answer: Decodable { let access_token: String }
        return try JSONDecoder().decode(Answer.self, from: Data(response.body)).access_token
    }

    /// Follows `address`, the provider's sign-in page, as somebody's browser: they sign in, agree, and are sent back. Returns
    /// where to.
    package func signIn(_ login: String, scopes: String, at address: String) async throws -> String {
        let api = issuer.replacing("/oidc", with: "")
        let json: [(name: String, value: String)] = [("Content-Type", "application/json")]
        let entered = try await client.send(
            HTTPClientRequest(
                .post, api + "/auth/", headers: json,
                body: Array(#"{"username":"\#(login)","password":"\#(login)"}"#.utf8)))
        let cookie = entered.headers.first { $0.name.lowercased() == "set-cookie" }?.value.prefix { $0 != ";" } ?? ""
        let known = json + [("Cookie", String(cookie))]
        _ = try await client.send(
            HTTPClientRequest(
                .put, api + "/auth/grant/pages", headers: known, body: Array(#"{"scope":"\#(scopes)"}"#.utf8)))
        let answer = try await client.send(HTTPClientRequest(.get, address + "&g_continue=", headers: known))
        guard let location = answer[header: "Location"] else {
            throw CommandFailure(.failed, "The provider sent nobody back (\(answer.status.rawValue)).")
        }
        return location
    }
}
