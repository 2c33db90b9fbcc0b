import Foundation
import Glibc
import Synchronization

/// A PostgreSQL server of our own, in a private folder, for tests, the demo and one machine.
///
/// It listens on a unix socket only (anybody else on the machine is kept out by the folder's mode), runs as an ordinary
/// user even when started by root, and is gone, with its folder, when `stop` returns or this process ends in any way.
package final class LocalPostgreSQL: Sendable {
    /// How to run it.
    package struct Options: Sendable {
        /// True: a commit survives a power cut, as in production. False: no fsync at all, for tests.
        package var durable: Bool
        /// True: also listens on 127.0.0.1, with a password, on a free port.
        package var loopback: Bool
        /// Where the data lives and stays, or nil for a new folder that goes with the server.
        package var folder: String?
        /// More `postgresql.conf` settings; they win over ours.
        package var settings: [String: String]

        /// Fast and private by default.
        package init(
            durable: Bool = false, loopback: Bool = false, folder: String? = nil, settings: [String: String] = [:]
        ) {
            self.durable = durable
            self.loopback = loopback
            self.folder = folder
            self.settings = settings
        }
    }

    /// Longest wait for the server to accept connections: crash recovery of a large folder needs it.
    static let startSecondsMax = 60
    /// The database role that owns everything.
    static let superuser = "postgres"

    /// The server's folder: `data/`, `server.log` and the socket.
    package let folder: String
    /// The port: part of the socket's name, and of the loopback address where there is one.
    package let port: Int
    private let password: String?
    private let sitter: Sitter
    private let hasEnded = Mutex(false)

    private init(folder: String, port: Int, password: String?, sitter: Sitter) {
        self.folder = folder
        self.port = port
        self.password = password
        self.sitter = sitter
    }

    /// Starts a server and returns when it accepts connections.
    ///
    /// - Throws: `LocalServerError`: not installed, no folder, or the end of the server's log.
    package static func start(_ options: Options = Options()) async throws -> LocalPostgreSQL {
        let installation = try await PostgreSQLInstallation.find()
        let account = try ordinaryAccount()
        let folder = try options.folder ?? PrivateFolder.make(prefix: "takeup-pg", owner: account)
        if options.folder != nil { try PrivateFolder.makeIfMissing(folder, owner: account) }
        do {
            let password = try await prepare(folder, installation: installation, account: account)
            return try await startServer(
                in: folder, options: options, installation: installation, account: account, password: password)
        } catch {
            if options.folder == nil { removeFolder(folder) }
            throw error
        }
    }

    /// A libpq address of `database` over the unix socket, for any role (the folder's mode is what keeps others out).
    package func url(database: String = "postgres", role: String = LocalPostgreSQL.superuser) -> String {
        "postgresql://\(role)@/\(database)?host=\(folder)&port=\(port)"
    }

    /// The superuser's address on 127.0.0.1, or nil unless `Options.loopback` was set.
    package func loopbackURL(database: String = "postgres") -> String? {
        password.map { "postgresql://\(Self.superuser):\($0)@127.0.0.1:\(port)/\(database)" }
    }

    /// Stops the server (its clients are disconnected) and removes a folder it made. Does nothing the second time.
    package func stop() async {
        guard isFirstEnd() else { return }
        await sitter.end(.init(signal: "INT", keepsFolder: false))
    }

    /// Stops it as a power cut would: what was not committed to disk is gone. A folder it made is removed.
    package func stopAtOnce() async {
        guard isFirstEnd() else { return }
        await sitter.end(.init(signal: "QUIT", keepsFolder: false))
    }

    private func isFirstEnd() -> Bool {
        hasEnded.withLock { ended in
            defer { ended = true }
            return !ended
        }
    }
}

// MARK: - Preparing and starting

extension LocalPostgreSQL {
    /// PostgreSQL refuses to run as root; Debian's package brings an account for it.
    private static func ordinaryAccount() throws -> Account? {
        guard geteuid() == 0 else { return nil }
        guard let account = Account.first(of: ["postgres", "nobody"]) else {
            throw LocalServerError.notInstalled("PostgreSQL's account \"postgres\" (it refuses to run as root)")
        }
        return account
    }

    /// Makes `data/` if it is not there. Returns the superuser's password for connections over TCP.
    private static func prepare(
        _ folder: String, installation: PostgreSQLInstallation, account: Account?
    ) async throws -> String {
        let passwordFile = "\(folder)/password"
        if FileManager.default.fileExists(atPath: "\(folder)/data/PG_VERSION"), let known = readText(passwordFile) {
            return known.trimmingNewline
        }
        let password = (0..<4).map { _ in String(UInt32.random(in: 0...UInt32.max), radix: 36) }.joined()
        let isWritten = FileManager.default.createFile(
            atPath: passwordFile, contents: Data((password + "\n").utf8), attributes: [.posixPermissions: 0o600])
        guard isWritten else { throw LocalServerError.folder(folder, reason: "nothing can be written in it") }
        try PrivateFolder.give(passwordFile, to: account)

        let arguments = [
            "--pgdata=\(folder)/data", "--username=\(superuser)", "--encoding=UTF8", "--locale=C.UTF-8",
            "--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=\(passwordFile)", "--no-sync",
        ]
        let result = try await ChildProcess.run(
            command("\(installation.programs)/initdb", arguments, folder: folder, account: account))
        guard result.exit.isSuccess else {
            throw LocalServerError.didNotStart("PostgreSQL's initdb", log: result.errorText)
        }
        return password
    }

    private static func startServer(
        in folder: String, options: Options, installation: PostgreSQLInstallation, account: Account?, password: String
    ) async throws -> LocalPostgreSQL {
        let port = try FreePort.find()
        let settings = self.settings(options, folder: folder, port: port)
        let arguments =
            ["-D", "\(folder)/data"] + settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
        let log = "\(folder)/server.log"
        let sitter = try Sitter(
            server: command("\(installation.programs)/postgres", arguments, folder: folder, account: account),
            folder: options.folder == nil ? folder : nil, pidFile: "\(folder)/server.pid", log: log,
            orphanSignal: options.durable ? "INT" : "QUIT")
        do {
            try await waitUntilReady(sitter, folder: folder, log: log)
        } catch {
            await sitter.end(.init(signal: "QUIT", keepsFolder: true))
            throw error
        }
        return LocalPostgreSQL(folder: folder, port: port, password: options.loopback ? password : nil, sitter: sitter)
    }

    private static func settings(_ options: Options, folder: String, port: Int) -> [String: String] {
        var settings = [
            "port": String(port),
            "listen_addresses": options.loopback ? "127.0.0.1" : "",
            "unix_socket_directories": folder,
            "max_connections": "300",
            "shared_buffers": "256MB",
            "max_wal_size": "4GB",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "timezone": "UTC",
            "log_timezone": "UTC",
        ]
        if !options.durable {
            settings["fsync"] = "off"
            settings["synchronous_commit"] = "off"
            settings["full_page_writes"] = "off"
        }
        return settings.merging(options.settings) { _, theirs in theirs }
    }

    /// The server writes its state into the last line of `postmaster.pid`, as `pg_ctl --wait` reads it.
    private static func waitUntilReady(_ sitter: Sitter, folder: String, log: String) async throws {
        let pauseMilliseconds = 20
        for _ in 0..<(startSecondsMax * 1_000 / pauseMilliseconds) {
            let lines = (readText("\(folder)/data/postmaster.pid") ?? "").split(
                separator: "\n", omittingEmptySubsequences: false)
            // A folder that was killed before still holds the last server's file: the id must be this one's.
            if lines.count >= 8, pid_t(lines[0]) == sitter.serverID, lines[7].hasPrefix("ready") { return }
            guard sitter.serverIsAlive else { break }
            try await Task.sleep(for: .milliseconds(pauseMilliseconds))
        }
        throw LocalServerError.didNotStart("PostgreSQL", log: endOfLog(log))
    }

    /// `program` as `account`. The account may not enter the folder we stand in, so it starts in the server's.
    private static func command(
        _ program: String, _ arguments: [String], folder: String, account: Account?
    ) -> ChildProcess.Command {
        guard let account else { return .init(program, arguments, workingDirectory: folder) }
        let asAccount = ["--reuid=\(account.name)", "--regid=\(account.groupID)", "--init-groups", program]
        return .init("setpriv", asAccount + arguments, workingDirectory: folder)
    }

    private static func removeFolder(_ folder: String) {
        // It is a folder of ours under /tmp with nothing in it that anybody needs; the first error is the one to report.
        try? FileManager.default.removeItem(atPath: folder)
    }
}
