import Glibc
import Synchronization

/// One of the process's own streams. Writers take turns, so two lines never mix.
package final class FileDescriptorSink: TextSink {
    private let descriptor: Int32
    private let turn = Mutex(())

    /// A sink over an open descriptor, which stays open.
    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes all of it. When the reader has gone (a closed pipe) the rest is dropped: nobody is there to tell.
    package func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            turn.withLock { _ in
                var written = 0
                while written < bytes.count {
                    let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
                    if count > 0 {
                        written += count
                    } else if errno != EINTR {
                        return
                    }
                }
            }
        }
    }
}

extension Terminal {
    /// The process's own standard output and standard error.
    package static let standard = Terminal(
        output: FileDescriptorSink(descriptor: STDOUT_FILENO),
        messages: FileDescriptorSink(descriptor: STDERR_FILENO),
        isInteractive: isatty(STDERR_FILENO) == 1,
        mayColour: isatty(STDOUT_FILENO) == 1 && Environment.process["NO_COLOR", default: ""].isEmpty)
}
