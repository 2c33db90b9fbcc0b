import HTTP

/// The pages on which people sign in and out, without a script.
struct SignInPage: Sendable {
    let service: String
    let styleSheet: String
    /// Repeated by the form, see `PageCookies.form`.
    let form: String

    /// - Parameters:
    ///   - next: where the person wanted to go.
    ///   - failure: why the last attempt failed.
    func signIn(next: String, failure: String? = nil) -> HTML {
        page("Sign in") {
            if let failure { element("p", .role("alert"), .id("failure")) { failure } }
            element("form", .method("post"), .action("/sign-in")) {
                field("person", "Name you sign in with", type: "text", completion: "username", failure != nil)
                field("secret", "Secret", type: "password", completion: "current-password", failure != nil)
                element("input", .type("hidden"), .name("next"), .value(next))
                element("input", .type("hidden"), .name("form"), .value(form))
                element("p") { element("button", .type("submit")) { "Sign in" } }
            }
        }
    }

    func signOut() -> HTML {
        page("Sign out") {
            element("form", .method("post"), .action("/sign-out")) {
                element("input", .type("hidden"), .name("form"), .value(form))
                element("p") { element("button", .type("submit")) { "Sign out" } }
            }
        }
    }

    /// Something that the person has to read, and a way on.
    func message(_ title: String, _ text: String) -> HTML {
        page(title) {
            element("p", .role("alert")) { text }
            element("p") {
                element("a", .href("/sign-in")) { "Sign in" }
                " or "
                element("a", .href("/sign-out")) { "sign out" }
                "."
            }
        }
    }

    private func page(_ title: String, @HTMLBuilder _ content: () -> HTML) -> HTML {
        let content = content()
        return HTML.page(title: "\(title), \(service)", styleSheet: styleSheet) {
            element("main", .id("main")) {
                element("h1") { title }
                content
            }
        }
    }

    private func field(
        _ name: String, _ label: String, type: StaticString, completion: String, _ isWrong: Bool
    ) -> HTML {
        element("p") {
            element("label", .for(name)) { label }
            " "
            element(
                "input", .id(name), .name(name), .type(type), .attribute("autocomplete", completion),
                .flag("required"), .attribute("aria-describedby", isWrong ? "failure" : ""))
        }
    }
}
