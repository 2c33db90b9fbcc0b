package import Crypto
package import FoundationEssentials
import HTTP
import Synchronization
import Telemetry

/// Believes or refuses tokens: the local identity's, a provider's, both, or nobody's.
///
/// Issuers are pinned by the settings; their keys may change while a service runs. A token that names a key which is not known
/// makes the keys be read again, and so does time: a key that its issuer took back is believed ten minutes longer at most.
package final class IdentityVerifier: Sendable {
    fileprivate struct State {
        /// For tokens that people and machines act with.
        var verifier: TokenVerifier
        /// For what a provider says to the pages of whoever signed in (an ID token).
        var signIns: TokenVerifier
        /// When keys were read last, and when that was last tried.
        var readAt: ContinuousClock.Instant?
        var triedAt: ContinuousClock.Instant?
        var isReading = false
    }

    private let configuration: Configuration
    private let logger: Logger
    private let state: Mutex<State>

    /// Keys older than this are read again.
    static let keysAgeMax: Duration = .seconds(600)
    /// Between two attempts at reading them: nobody makes us ask a provider more often with invented keys.
    static let pause: Duration = .seconds(10)

    /// Reads what stands in files; a provider is asked when the first token comes.
    ///
    /// - Throws: `CommandFailure` with what is wrong with the settings.
    init(_ configuration: Configuration, logger: Logger = Logger(label: "takeup.identity")) throws {
        self.configuration = configuration
        self.logger = logger
        state = Mutex(
            State(
                verifier: TokenVerifier(issuers: try configuration.issuers(providerKeys: nil)),
                signIns: TokenVerifier(issuers: [])))
    }

    /// What a token says, where it may be believed at `now`.
    package func claims(of token: String, at now: Date) async throws(TokenRefusal) -> TokenClaims {
        let claims = try await verify(token, at: now) { $0.verifier }
        // A machine's scope lets a machine in. Whoever has roles was granted the scope that people need, or is refused.
        let isProviders = claims.issuer == configuration[CommonSettings.oidcIssuer]
        guard !isProviders || claims.roles.isEmpty || claims.scopes.contains(configuration[CommonSettings.oidcScope])
        else { throw .wrongScope }
        return claims
    }

    /// What a provider's ID token says, which it gave to the pages' own client.
    func claims(ofSignIn token: String, at now: Date) async throws(TokenRefusal) -> TokenClaims {
        try await verify(token, at: now) { $0.signIns }
    }

    private func verify(
        _ token: String, at now: Date, by verifier: (State) -> TokenVerifier
    ) async throws(TokenRefusal) -> TokenClaims {
        await readKeys(olderThan: Self.keysAgeMax)
        do {
            return try state.withLock({ verifier($0) }).verify(token, at: now)
        } catch {
            guard error == .unknownKey else { throw error }
            await readKeys(olderThan: Self.pause)
            return try state.withLock({ verifier($0) }).verify(token, at: now)
        }
    }

    /// Reads the keys again, unless they are young. Whoever comes meanwhile waits for it.
    private func readKeys(olderThan age: Duration) async {
        while !state.withLock({ $0.isReading ? false : $0.beginReading(olderThan: age, at: .now) }) {
            guard state.withLock(\.isReading) else { return }
            // A cancelled request goes on with the keys that there are.
            guard (try? await Task.sleep(for: .milliseconds(5))) != nil else { return }
        }
        do {
            let keys = try await providerKeys()
            let issuers = try configuration.issuers(providerKeys: keys)
            let signIns = configuration.signIns(by: issuers)
            state.withLock { $0.endReading((TokenVerifier(issuers: issuers), TokenVerifier(issuers: signIns))) }
        } catch {
            logger.warning(
                "the keys of those who issue tokens cannot be read, the last ones stay",
                metadata: ["reason": (error as? ProviderFailure)?.description ?? errorLabel(error)])
            state.withLock { $0.endReading(nil) }
        }
    }

    private func providerKeys() async throws -> VerificationKeys? {
        let issuer = configuration[CommonSettings.oidcIssuer]
        guard !issuer.isEmpty, configuration[CommonSettings.oidcKeysFile].isEmpty else { return nil }
        return try await OpenIDProvider.asking(configuration) { try await $0.keys($1) }
    }
}

extension IdentityVerifier.State {
    /// Whether the caller is to read the keys now.
    mutating func beginReading(olderThan age: Duration, at now: ContinuousClock.Instant) -> Bool {
        let isOld = readAt.map { now - $0 >= age } ?? true
        let isTimeToTry = triedAt.map { now - $0 >= IdentityVerifier.pause } ?? true
        guard isOld, isTimeToTry else { return false }
        isReading = true
        triedAt = now
        return true
    }

    mutating func endReading(_ new: (TokenVerifier, TokenVerifier)?) {
        isReading = false
        guard let new else { return }
        (verifier, signIns) = new
        readAt = triedAt
    }
}

extension Configuration {
    /// The provider again, for what it says to the pages' client.
    fileprivate func signIns(by issuers: [TokenVerifier.Issuer]) -> [TokenVerifier.Issuer] {
        let client = self[CommonSettings.oidcClientID]
        guard !client.isEmpty else { return [] }
        return issuers.filter { $0.name == self[CommonSettings.oidcIssuer] }.map {
            TokenVerifier.Issuer(name: $0.name, audience: client, keys: $0.keys)
        }
    }

    /// Whose tokens are believed, as far as the settings and files say it.
    fileprivate func issuers(providerKeys: VerificationKeys?) throws -> [TokenVerifier.Issuer] {
        var issuers: [TokenVerifier.Issuer] = []
        let folder = self[CommonSettings.identityFolder]
        if !folder.isEmpty {
            issuers.append(
                TokenVerifier.Issuer(
                    name: LocalIdentity.issuer, audience: LocalIdentity.audience,
                    keys: try Self.keys(LocalIdentity(folder: folder).keysFile),
                    lifetimeMax: LocalIdentity.tokenLifetime))
        }
        let provider = self[CommonSettings.oidcIssuer]
        guard !provider.isEmpty else { return issuers }
        let scope = self[CommonSettings.oidcScope]
        guard !scope.isEmpty else {
            throw CommandFailure(
                .configuration, "identity.oidc.scope is missing.",
                why: "A provider gives a token to whoever may sign in; the scope is what it grants for this work.",
                next: "Set it to the scope that people are granted, for example takeup.")
        }
        let file = self[CommonSettings.oidcKeysFile]
        let machines = Permission.allCases.filter(\.isForMachines).map(\.rawValue)
        issuers.append(
            TokenVerifier.Issuer(
                name: provider, audience: self[CommonSettings.oidcAudience],
                keys: try file.isEmpty ? providerKeys ?? VerificationKeys([]) : Self.keys(file),
                scopes: Set([scope] + machines)))
        return issuers
    }
}
