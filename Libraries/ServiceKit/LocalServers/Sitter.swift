import Glibc

/// Keeps one server and outlives us: it stops the server and removes its folder when asked to, or as soon as this
/// process is gone, however it went (a crash, kill -9, an `exit()` in a test runner).
///
/// It is a shell that starts the server as its child and reads a socket whose other end only this process holds. When
/// this process ends, the kernel closes that end; nothing has to run here for it.
final class Sitter: Sendable {
    /// What the sitter does with the server when it ends it.
    struct Ending: Sendable {
        /// Name of the signal, as `kill` takes it.
        let signal: String
        /// The folder stays.
        let keepsFolder: Bool
    }

    /// Seconds a server has to end after the signal before it is killed.
    static let patienceSeconds = 20

    private let shell: ChildProcess
    private let channel: Channel
    private let pidFile: String

    /// - Parameters:
    ///   - folder: removed at the end, unless `Ending.keepsFolder`; nil when it is not ours to remove.
    ///   - orphanSignal: sent to the server when this process has gone without a word.
    init(
        server: ChildProcess.Command, folder: String?, pidFile: String, log: String, orphanSignal: String
    ) throws {
        let channel = try Channel()
        unlink(pidFile)
        defer { channel.closeTheirs() }
        var command = ChildProcess.Command(
            "/bin/sh",
            [
                "-c", Self.script, "takeup-sitter", folder ?? "", pidFile, log, orphanSignal,
                String(Self.patienceSeconds * 10), server.executable,
            ] + server.arguments)
        command.environment = server.environment
        command.workingDirectory = server.workingDirectory
        command.startsSession = true
        do {
            shell = try ChildProcess.start(
                command, input: .descriptor(channel.theirs), output: .discard, error: .file(log))
        } catch {
            channel.closeOurs()
            throw error
        }
        self.channel = channel
        self.pidFile = pidFile
    }

    /// The server's process id, once the sitter has started it. It stays the server's until the sitter ends.
    var serverID: pid_t? {
        guard let text = readText(pidFile), let id = pid_t(text.trimmingNewline) else { return nil }
        return id
    }

    /// False when the server has ended by itself or was killed, or could not be started at all.
    var serverIsAlive: Bool {
        guard shell.exitIfEnded == nil else { return false }
        guard let id = serverID else { return true }
        // "pid (name) S ...": Z is a process that has ended and was not waited for.
        guard let status = readText("/proc/\(id)/stat") else { return false }
        return !status.contains(") Z ")
    }

    /// Sends the server a signal, without ending the sitter's watch over its folder.
    func signalServer(_ number: Int32) {
        guard shell.exitIfEnded == nil, let id = serverID else { return }
        kill(id, number)
    }

    /// Ends the server, returns when it is gone. Only once.
    func end(_ ending: Ending) async {
        channel.write(Array("\(ending.signal) \(ending.keepsFolder ? "keep" : "remove")\n".utf8))
        channel.closeOurs()
        _ = await shell.exit
    }

    /// Arguments: folder to remove or nothing, pid file, log, signal when orphaned, patience in tenths of a second,
    /// and the server's command line.
    ///
    /// Signals are ignored only after the server has started: a Java program keeps ignoring what it inherits ignored.
    private static let script = """
        folder=$1 pidfile=$2 log=$3 signal=$4 patience=$5
        shift 5
        "$@" </dev/null >>"$log" 2>&1 &
        pid=$!
        echo "$pid" >"$pidfile.part" && mv "$pidfile.part" "$pidfile"
        trap '' HUP INT TERM

        fate=remove
        while read -r asked_signal asked_fate; do
            signal=$asked_signal fate=$asked_fate
        done

        alive() {
            case $(cat "/proc/$pid/stat" 2>/dev/null) in '' | *') Z '*) return 1 ;; esac
        }
        kill -s "$signal" "$pid" 2>/dev/null
        while alive && [ "$patience" -gt 0 ]; do
            sleep 0.1
            patience=$((patience - 1))
        done
        kill -s KILL "$pid" 2>/dev/null
        wait "$pid"
        if [ "$fate" = remove ] && [ -n "$folder" ]; then rm -rf -- "$folder"; fi
        """
}
