import Crypto
import FoundationEssentials
package import HTTP
import Telemetry

/// Signs people in to a service's pages, and shows pages to whoever is signed in: with the OpenID provider where one is set, else
/// with the local identity.
///
/// What a browser keeps is the token itself, in a cookie that scripts cannot read; it is verified at every request like any other.
/// Whoever sends a token with the request, as programs do, needs no cookie.
package struct PageSignIn: Sendable {
    private let context: ServiceContext
    private let service: String
    private let styleSheet: String
    private let cookies: PageCookies
    private let provider: ProviderSignIn?
    private let ended = EndedSessions()
    private let attempts = SignInAttempts()
    /// An office whose people all sign in at nine, and no more.
    private let attemptsOfAddress = RateLimiter(RateLimit(perSecond: 1, burst: 60))

    private static let formLifetime: Duration = .seconds(60 * 60)
    private static let nextBytesMax = 1_024
    private static let pendingLifetime: Duration = .seconds(10 * 60)

    /// Throws where the settings name a provider's client in part.
    package init(_ context: ServiceContext, service: String, styleSheet: String) throws {
        self.context = context
        self.service = service
        self.styleSheet = styleSheet
        provider = try ProviderSignIn.configured(context.configuration)
        let publicURL = context.configuration[CommonSettings.httpPublicURL]
        let hasTLS = !context.configuration[CommonSettings.httpCertificateFile].isEmpty
        cookies = PageCookies(isSecure: publicURL.isEmpty ? hasTLS : publicURL.hasPrefix("https://"))
    }

    /// `/sign-in`, `/sign-out` and where a provider sends people back to.
    package func add(to router: inout Router) {
        router.get("/sign-in") { request in try await begin(request) }
        router.post("/sign-in") { request in try await signIn(request) }
        router.get("/sign-out") { request in
            try answer(request) { .html($0.signOut()) }
        }
        router.post("/sign-out") { request in try await signOut(request) }
        if provider != nil {
            router.get(ProviderSignIn.callbackPath) { request in try await comeBack(request) }
        }
    }

    /// Answers with what `body` makes of one look of whoever is signed in. A browser of somebody who is not goes to sign in;
    /// a program is told 401.
    package func show(
        _ request: Request, _ permission: Permission, _ body: @Sendable (Work) async throws -> Response
    ) async throws -> Response {
        guard request.headers.values("Authorization").isEmpty else {
            return try await context.act(request, permission, readOnly: true, body)
        }
        guard let person = try await person(of: request) else {
            guard request.headers.values("Accept").contains(where: { $0.contains("text/html") }) else {
                throw Problem(.unauthorized, detail: "Sign in, or send a bearer token.")
            }
            return .redirect(seeOther: "/sign-in?next=" + FormFields.encode(request.target))
        }
        guard person.may(permission) else {
            return try answer(request) {
                .html($0.message("Not for you", "None of your roles may see this page."), status: .forbidden)
            }
        }
        return try await context.act(as: person, permission, readOnly: true, body)
    }

    private func person(of request: Request) async throws -> ActingPerson? {
        guard let session = await session(of: request) else { return nil }
        let person = ActingPerson(session.claims)
        try context.quotas.count(person)
        return person
    }

    /// What the browser keeps, where it is believed and nobody signed out with it.
    private func session(of request: Request) async -> (token: String, claims: TokenClaims)? {
        guard let token = request.cookies[cookies.session], !ended.contains(token) else { return nil }
        do {
            return (token, try await context.verifier.claims(of: token, at: context.now()))
        } catch {
            return nil
        }
    }
}

// MARK: - With the local identity

extension PageSignIn {
    private func begin(_ request: Request) async throws -> Response {
        let next = Self.next(request.query["next"])
        guard let provider else { return try answer(request) { .html($0.signIn(next: next)) } }
        let pending = ProviderSignIn.Pending(next: next)
        do {
            var response = Response.redirect(toOtherSite: try await provider.address(for: pending))
            response.setCookie(
                try cookies.make(
                    cookies.signIn, pending.cookie, lifetime: Self.pendingLifetime, sameSite: .lax))
            return response
        } catch {
            return try providerFailed(request, error)
        }
    }

    private func signIn(_ request: Request) async throws -> Response {
        let form = try await form(of: request)
        let (name, next) = (form["person"] ?? "", Self.next(form["next"]))
        let folder = context.configuration[CommonSettings.identityFolder]
        guard !folder.isEmpty else {
            throw Problem(.notFound, detail: "Nobody signs in here with a secret.")
        }
        func refuse(_ status: HTTPStatus, _ why: String) throws -> Response {
            Counter(label: "page_sign_ins_refused_total").increment()
            context.logger.notice("sign-in refused", metadata: ["http.status": String(status.rawValue)])
            return try answer(request) { .html($0.signIn(next: next, failure: why), status: status) }
        }
        // A secret costs much to try, whatever the name.
        guard attemptsOfAddress.wait(for: CallerAddress.network(of: request.remoteAddress)) == nil else {
            return try refuse(.tooManyRequests, "Too many attempts from where you are. Wait a minute.")
        }
        guard attempts.mayTry(name, at: .now) else {
            return try refuse(.tooManyRequests, "Too many attempts. Wait a quarter of an hour.")
        }
        do {
            let token = try LocalIdentity(folder: folder).signIn(
                handle: name, secret: Array((form["secret"] ?? "").utf8), at: context.now())
            attempts.succeeded(name)
            return try await signedIn(with: token, next: next)
        } catch let failure as CommandFailure where failure.exitCode == .notAllowed {
            attempts.failed(name, at: .now)
            return try refuse(.forbidden, failure.what)
        }
    }

    private func signOut(_ request: Request) async throws -> Response {
        _ = try await form(of: request)
        if let (token, claims) = await session(of: request) {
            ended.add(token, until: claims.expiresAt, at: context.now())
            context.logger.notice("signed out", metadata: ["actor.id": ActingPerson(claims).id.uuidString])
        }
        var response = Response.redirect(seeOther: "/sign-in")
        response.setCookie(try cookies.make(cookies.session, "", lifetime: .zero, sameSite: .lax))
        return response
    }
}

// MARK: - With a provider

extension PageSignIn {
    /// The provider sent the browser back, with a code or with what went wrong.
    private func comeBack(_ request: Request) async throws -> Response {
        let query = request.query
        guard let provider, let pending = request.cookies[cookies.signIn].flatMap(ProviderSignIn.Pending.init(cookie:)),
            PageCookies.areEqual(query["state"], pending.state),
            query["iss"] ?? context.configuration[CommonSettings.oidcIssuer]
                == context.configuration[CommonSettings.oidcIssuer]
        else {
            // Somebody else's sign-in, or one that was begun too long ago.
            return try answer(request) {
                .html($0.message("Sign in again", "This sign-in was not begun here."), status: .badRequest)
            }
        }
        guard let code = query["code"] else {
            return try answer(request) {
                .html($0.message("Not signed in", "The provider did not sign you in."), status: .forbidden)
            }
        }
        do {
            let tokens = try await provider.tokens(for: code, pending)
            let identity = try await context.verifier.claims(ofSignIn: tokens.identity, at: context.now())
            guard PageCookies.areEqual(identity.nonce, pending.nonce) else {
                throw ProviderFailure("what it says is of another sign-in")
            }
            var response = try await signedIn(with: tokens.access, next: pending.next)
            response.setCookie(try cookies.make(cookies.signIn, "", lifetime: .zero, sameSite: .lax))
            return response
        } catch {
            return try providerFailed(request, error)
        }
    }

    private func providerFailed(_ request: Request, _ error: any Error) throws -> Response {
        let reason = (error as? ProviderFailure)?.description ?? errorLabel(error)
        context.logger.warning("nobody can sign in", metadata: ["reason": reason])
        return try answer(request) {
            .html(
                $0.message("Not signed in", "Signing in does not work now. Try again, or tell an operator."),
                status: .badGateway)
        }
    }
}

// MARK: - Forms and cookies

extension PageSignIn {
    private func signedIn(with token: String, next: String) async throws -> Response {
        let now = context.now()
        let claims = try await context.verifier.claims(of: token, at: now)
        context.logger.notice("signed in", metadata: ["actor.id": ActingPerson(claims).id.uuidString])
        var response = Response.redirect(seeOther: next)
        let lifetime = Duration.seconds(max(1, Int(claims.expiresAt.timeIntervalSince(now))))
        response.setCookie(try cookies.make(cookies.session, token, lifetime: lifetime, sameSite: .lax))
        return response
    }

    /// A page with a form, which repeats what the form's cookie says.
    private func answer(_ request: Request, _ page: (SignInPage) -> Response) throws -> Response {
        let kept = request.cookies[cookies.form].flatMap { PageCookies.isRandom($0) ? $0 : nil }
        let form = kept ?? PageCookies.random()
        var response = page(SignInPage(service: service, styleSheet: styleSheet, form: form))
        response.setCookie(try cookies.make(cookies.form, form, lifetime: Self.formLifetime, sameSite: .strict))
        return response
    }

    /// A form that came from a page of ours: it repeats the cookie, and the browser names no other site as its origin.
    private func form(of request: Request) async throws -> FormFields {
        let fields = try await request.form(bytesMax: 8_192)
        let hosts = request.headers.values("Host")
        let origins = request.headers.values("Origin")
        let isOwn = origins.allSatisfy { origin in
            hosts.contains { origin == "https://\($0)" || origin == "http://\($0)" }
        }
        guard isOwn, PageCookies.areEqual(fields["form"], request.cookies[cookies.form]) else {
            throw Problem(
                .forbidden, detail: "This form did not come from a page of this service. Load the page again.")
        }
        return fields
    }

    /// Where a person wanted to go, where a cookie can hold it. That it is on this server is the redirect's to see.
    private static func next(_ text: String?) -> String {
        guard let text, text.utf8.count <= nextBytesMax else { return "/" }
        return text
    }
}
