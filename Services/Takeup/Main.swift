import Glibc
import ServiceKit

/// `takeup`: starts, checks, migrates, replays and demonstrates the whole. It imports no service; it starts their executables.
@main
enum Main {
    static func main() { ServiceMain.run(command) }

    static let command = Command(
        "takeup", abstract: "Start, check, migrate, replay and demonstrate the whole.",
        subcommands: [DemoVerb.command] + EveryServiceVerbs.all + [BrokerVerb.command, TopicsVerb.command]
            + [KeysCommands.command, erase] + IdentityCommands.all)

    /// What the services say on the way is for people to follow: the result alone stands in standard output.
    private static let erase = ErasePersonVerb.command(services: ServicePrograms.names) {
        try await ServicePrograms.run($0, $1, output: .descriptor(STDERR_FILENO))
    }
}
