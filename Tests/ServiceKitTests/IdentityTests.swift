import Crypto
import Foundation
import Testing

@testable import ServiceKit

@Suite("Who is acting")
struct IdentityTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)
    private let secret = Array("correct horse battery".utf8)
    private let ada = UUID()

    private func withIdentity(_ body: (LocalIdentity, String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "identity-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let identity = LocalIdentity(folder: folder + "/identity")
        try identity.create()
        try identity.add(
            id: ada, handle: "ada", name: "Ada Lovelace", roles: [.socialWorker, .auditor], secret: secret)
        try body(identity, folder)
    }

    private func verifier(_ identity: LocalIdentity) throws -> TokenVerifier {
        let keys = try VerificationKeys(jwks: Array(Data(contentsOf: URL(filePath: identity.keysFile))))
        return TokenVerifier(issuers: [
            .init(
                name: LocalIdentity.issuer, audience: LocalIdentity.audience, keys: keys,
                lifetimeMax: LocalIdentity.tokenLifetime)
        ])
    }

    private func exitCode(_ body: () throws -> Void) -> ExitCode? {
        do {
            try body()
            return nil
        } catch {
            return (error as? CommandFailure)?.exitCode
        }
    }

    @Test("somebody who signs in is who they are until the token runs out")
    func signIn() throws {
        try withIdentity { identity, folder in
            let token = try identity.signIn(handle: "ada", secret: secret, at: now)
            let file = folder + "/deep/token"
            try TokenFile.write(token, to: file)
            let person = try TokenFile.person(at: file, verifier: verifier(identity), now: now)
            #expect(person == ActingPerson(id: ada, name: "Ada Lovelace", roles: [.socialWorker, .auditor]))
            #expect(person.may(.offerDirectPayment))
            #expect(exitCode { try person.require(.approvePayRun) } == .notAllowed)
            let later = now.addingTimeInterval(15 * 60 + 60)
            #expect(
                exitCode { _ = try TokenFile.person(at: file, verifier: verifier(identity), now: later) } == .notAllowed
            )
        }
    }

    @Test("a wrong secret, an unknown person and an empty secret are refused alike")
    func refused() throws {
        try withIdentity { identity, _ in
            for (handle, secret) in [("ada", Array("correct horse".utf8)), ("eve", secret), ("ada", [])] {
                #expect(exitCode { _ = try identity.signIn(handle: handle, secret: secret, at: now) } == .notAllowed)
            }
        }
    }

    @Test("a token of another identity is not believed, and nobody signed in is nobody")
    func otherIdentity() throws {
        try withIdentity { identity, folder in
            try withIdentity { other, _ in
                let file = folder + "/token"
                #expect(
                    exitCode { _ = try TokenFile.person(at: file, verifier: verifier(identity), now: now) }
                        == .notAllowed)
                try TokenFile.write(other.signIn(handle: "ada", secret: secret, at: now), to: file)
                #expect(
                    exitCode { _ = try TokenFile.person(at: file, verifier: verifier(identity), now: now) }
                        == .notAllowed)
            }
        }
    }

    @Test("keys, people and tokens are files that nobody else may read, and are refused when they are not")
    func permissions() throws {
        try withIdentity { identity, folder in
            for name in ["issuer.key", "people.json"] {
                let mode = try FileManager.default.attributesOfItem(atPath: "\(identity.folder)/\(name)")[
                    .posixPermissions]
                #expect(mode as? Int == 0o600, "\(name)")
            }
            let file = folder + "/token"
            try TokenFile.write(identity.signIn(handle: "ada", secret: secret, at: now), to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
            #expect(
                exitCode { _ = try TokenFile.person(at: file, verifier: verifier(identity), now: now) }
                    == .configuration)
        }
    }

    @Test("neither a secret nor the signing key stands in the folder in the clear")
    func nothingInTheClear() throws {
        try withIdentity { identity, _ in
            let people = try String(contentsOfFile: identity.folder + "/people.json", encoding: .utf8)
            #expect(!people.contains("correct horse battery"))
            let keys = try String(contentsOfFile: identity.keysFile, encoding: .utf8)
            #expect(!keys.contains("\"d\"") && !keys.contains("seed"))
        }
    }

    @Test("secrets are long enough and not endless; handles are plain; nobody is there twice")
    func limits() throws {
        try withIdentity { identity, _ in
            func add(_ handle: String, _ length: Int) -> ExitCode? {
                exitCode {
                    try identity.add(
                        id: UUID(), handle: handle, name: "x", roles: [], secret: [UInt8](repeating: 7, count: length))
                }
            }
            let bounds = LocalIdentity.secretBytes
            #expect(add("a", bounds.lowerBound - 1) == .badInput)
            #expect(add("b", bounds.lowerBound) == nil)
            #expect(add("c", bounds.upperBound) == nil)
            #expect(add("d", bounds.upperBound + 1) == .badInput)
            #expect(add("ada", 20) == .badInput)
            #expect(add("../x", 20) == .badInput)
            #expect(add("", 20) == .badInput)
            #expect(exitCode { try identity.create() } == .failed)
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

    @Test("nobody may both make and approve a pay run by one role, and every permission has somebody")
    func separation() {
        #expect(Permission.draftPayRun.roles.isDisjoint(with: Permission.approvePayRun.roles))
        #expect(Permission.approvePayRun.roles.isDisjoint(with: Permission.releasePayRun.roles))
        #expect(Permission.allCases.allSatisfy { !$0.roles.isEmpty })
        #expect(Permission.allCases.filter { $0.roles.contains(.referralPartner) } == [.submitReferral])
    }
}
