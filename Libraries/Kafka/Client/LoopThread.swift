import CRdKafka
import Glibc

/// A thread of our own for one loop over librdkafka, so that waiting inside it never holds up the cooperative pool.
enum LoopThread {
    /// Starts a detached thread that runs `body` and ends with it.
    ///
    /// - Parameter name: the kernel keeps 15 bytes of it.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                kafka_name_current_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        guard status == 0 else {
            start.release()
            throw KafkaError(.systemResource, message: "no thread: pthread_create returned \(status)")
        }
        pthread_detach(thread)
    }

    /// Runs a blocking call on a thread of its own and waits for it without blocking.
    static func run<T: Sendable>(_ name: String, _ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try start(name) { continuation.resume(with: Result(catching: body)) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}
