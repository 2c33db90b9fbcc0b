import Crypto
import Foundation
import TestSupport
import Testing

@testable import ServiceKit

@Suite("Who is acting")
struct IdentityTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)
    private let secret = Array("correct horse battery".utf8)
    private let ada = UUID()

    private func withIdentity(_ body: (LocalIdentity, String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "identity-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let identity = LocalIdentity(folder: folder + "/identity")
        try identity.create()
        try identity.add(
            id: ada, handle: "ada", name: "Ada Lovelace", roles: [.socialWorker, .auditor], secret: secret)
        try await body(identity, folder)
    }

    private func verifier(_ identity: LocalIdentity) throws -> IdentityVerifier {
        let loader = ConfigurationLoader(
            CommonSettings.list.allOptional, environment: ["TAKEUP_IDENTITY_FOLDER": identity.folder])
        return try IdentityVerifier(loader.load(CommonOptions()))
    }

    private func exitCode(_ body: () async throws -> Void) async -> ExitCode? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? CommandFailure)?.exitCode
        }
    }

    @Test("somebody who signs in is who they are until the token runs out")
    func signIn() async throws {
        try await withIdentity { identity, folder in
            let token = try identity.signIn(handle: "ada", secret: secret, at: now)
            let file = folder + "/deep/token"
            try TokenFile.write(token, to: file)
            let person = try await TokenFile.person(at: file, verifier: verifier(identity), now: now)
            #expect(person == ActingPerson(id: ada, name: "Ada Lovelace", roles: [.socialWorker, .auditor]))
            #expect(person.may(.offerDirectPayment))
            #expect(await exitCode { try person.require(.approvePayRun) } == .notAllowed)
            let later = now.addingTimeInterval(15 * 60 + 60)
            #expect(
                await exitCode { _ = try await TokenFile.person(at: file, verifier: verifier(identity), now: later) }
                    == .notAllowed
            )
        }
    }

    @Test("a wrong secret, an unknown person and an empty secret are refused alike")
    func refused() async throws {
        try await withIdentity { identity, _ in
            for (handle, secret) in [("ada", Array("correct horse".utf8)), ("eve", secret), ("ada", [])] {
                #expect(
                    await exitCode { _ = try identity.signIn(handle: handle, secret: secret, at: now) } == .notAllowed)
            }
        }
    }

    @Test("a token of another identity is not believed, and nobody signed in is nobody")
    func otherIdentity() async throws {
        try await withIdentity { identity, folder in
            try await withIdentity { other, _ in
                let file = folder + "/token"
                #expect(
                    await exitCode { _ = try await TokenFile.person(at: file, verifier: verifier(identity), now: now) }
                        == .notAllowed)
                try TokenFile.write(other.signIn(handle: "ada", secret: secret, at: now), to: file)
                #expect(
                    await exitCode { _ = try await TokenFile.person(at: file, verifier: verifier(identity), now: now) }
                        == .notAllowed)
            }
        }
    }

    @Test("keys, people and tokens are files that nobody else may read, and are refused when they are not")
    func permissions() async throws {
        try await withIdentity { identity, folder in
            for name in ["issuer.key", "people.json"] {
                let mode = try FileManager.default.attributesOfItem(atPath: "\(identity.folder)/\(name)")[
                    .posixPermissions]
                #expect(mode as? Int == 0o600, "\(name)")
            }
            let file = folder + "/token"
            try TokenFile.write(identity.signIn(handle: "ada", secret: secret, at: now), to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
            #expect(
                await exitCode { _ = try await TokenFile.person(at: file, verifier: verifier(identity), now: now) }
                    == .configuration)
        }
    }

    @Test("neither a secret nor the signing key stands in the folder in the clear")
    func nothingInTheClear() async throws {
        try await withIdentity { identity, _ in
            let people = try String(contentsOfFile: identity.folder + "/people.json", encoding: .utf8)
            #expect(!people.contains("correct horse battery"))
            let keys = try String(contentsOfFile: identity.keysFile, encoding: .utf8)
            #expect(!keys.contains("\"d\"") && !keys.contains("seed"))
        }
    }

    @Test("secrets are long enough and not endless; handles are plain; nobody is there twice")
    func limits() async throws {
        try await withIdentity { identity, _ in
            func add(_ handle: String, _ length: Int) async -> ExitCode? {
                await exitCode {
                    try identity.add(
                        id: UUID(), handle: handle, name: "x", roles: [], secret: [UInt8](repeating: 7, count: length))
                }
            }
            let bounds = LocalIdentity.secretBytes
            #expect(await add("a", bounds.lowerBound - 1) == .badInput)
            #expect(await add("b", bounds.lowerBound) == nil)
            #expect(await add("c", bounds.upperBound) == nil)
            #expect(await add("d", bounds.upperBound + 1) == .badInput)
            #expect(await add("ada", 20) == .badInput)
            #expect(await add("../x", 20) == .badInput)
            #expect(await add("", 20) == .badInput)
            #expect(await exitCode { try identity.create() } == .failed)
        }
    }

    @Test("a provider's subject that is no UUID becomes the same person each time, and another at another provider")
    func foreignSubjects() throws {
        func person(_ issuer: String) throws -> ActingPerson {
            let key = try SigningKey(id: "k", ed25519Seed: [UInt8](repeating: 1, count: 32))
            let token = try TokenIssuer(name: issuer, audience: "takeup", key: key).token(
                subject: "auth0|7", roles: ["auditor", "wizard"], at: now, lifetime: .seconds(60))
            let verifier = TokenVerifier(issuers: [
                .init(name: issuer, audience: "takeup", keys: VerificationKeys([try key.verificationKey]))
            ])
            return ActingPerson(try verifier.verify(token, at: now))
        }
        #expect(try person("https://a").id == person("https://a").id)
        #expect(try person("https://a").id != person("https://b").id)
        #expect(try person("https://a").roles == [.auditor])
    }

    @Test("a machine's scope lets a machine in, and nobody who has roles")
    func machinesScope() async throws {
        let folder = try TemporaryFolder.make("provider").path
        let key = try SigningKey(id: "k", ed25519Seed: [UInt8](repeating: 1, count: 32))
        let keys = StrictJSON.object([.init("keys", .array([key.publicJWK]))])
        try Data(keys.text.utf8).write(to: URL(filePath: folder + "/keys.jwks"))
        let loader = ConfigurationLoader(
            CommonSettings.list.allOptional,
            environment: [
                "TAKEUP_IDENTITY_OIDC_ISSUER": "https://a", "TAKEUP_IDENTITY_OIDC_SCOPE": "kpi",
                "TAKEUP_IDENTITY_OIDC_KEYS_FILE": folder + "/keys.jwks",
            ])
        let verifier = try IdentityVerifier(loader.load(CommonOptions()))
        func refusal(_ roles: [Role], _ scopes: [String]) async throws -> TokenRefusal? {
            let token = try TokenIssuer(name: "https://a", audience: "takeup", key: key).token(
                subject: "s", roles: roles.map(\.rawValue), scopes: scopes, at: now, lifetime: .seconds(60))
            do throws(TokenRefusal) {
                _ = try await verifier.claims(of: token, at: now)
                return nil
            } catch { return error }
        }
        #expect(try await refusal([], ["referrals.submit"]) == nil)
        #expect(try await refusal([.auditor], ["referrals.submit"]) == .wrongScope)
        #expect(try await refusal([.auditor], ["openid", "kpi"]) == nil)
        #expect(try await refusal([.auditor], []) == .wrongScope)
    }

    @Test("nobody may both make and approve a pay run by one role, and every permission has somebody")
    func separation() {
        #expect(Permission.draftPayRun.roles.isDisjoint(with: Permission.approvePayRun.roles))
        #expect(Permission.approvePayRun.roles.isDisjoint(with: Permission.releasePayRun.roles))
        #expect(Permission.allCases.allSatisfy { !$0.roles.isEmpty })
        #expect(Permission.allCases.filter { $0.roles.contains(.referralPartner) } == [.submitReferral])
    }
}
