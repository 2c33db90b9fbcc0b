import Messaging

extension ServiceDefinition {
    var configCommand: Command {
        Command(
            "config", abstract: "Look at the configuration.",
            subcommands: [
                Command("show", abstract: "Show every setting and where it came from; secrets stay hidden.") { _ in
                    { call in
                        call.show(try configuration(call).table)
                        return .success
                    }
                },
                Command("check", abstract: "Say everything that is wrong with the configuration.") { _ in
                    { call in
                        let configuration = try configuration(call)
                        // What the libraries make of the settings is part of whether they are right.
                        _ = try configuration.postgres(schema, as: .app)
                        _ = try configuration.postgres(schema, as: .relay)
                        _ = try configuration.httpServer(port: configuration[httpPort])
                        _ = try IdentityVerifier(configuration)
                        call.terminal.say("The configuration is good.")
                        return .success
                    }
                },
            ])
    }
}
