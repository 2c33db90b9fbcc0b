import CLibPQ
import Glibc

/// A serial executor over one thread of its own.
///
/// An actor that returns it as `unownedExecutor` is confined to that thread, so it may call blocking C functions: the
/// cooperative pool, which has as many threads as the machine has cores, is never held up.
///
/// The thread is detached and keeps the executor alive until `stop()` was called and every job has run. Call `stop()`
/// from the `deinit` of the actor, when nothing can enqueue any more.
package final class ThreadExecutor: SerialExecutor {
    private let queue: JobQueue

    /// Starts the thread. `name` shows in debuggers and `top -H`; the kernel keeps 15 bytes of it.
    package init(name: String) throws {
        queue = JobQueue()
        let start = Unmanaged.passRetained(Start(executor: self, name: name))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                pq_name_current_thread(start.name)
                start.executor.runUntilStopped()
                return nil
            }, start.toOpaque())
        guard status == 0 else {
            start.release()
            throw PostgresError(.threadUnavailable, message: "pthread_create returned \(status)")
        }
        pthread_detach(thread)
    }

    private final class Start {
        let executor: ThreadExecutor
        let name: String

        init(executor: ThreadExecutor, name: String) {
            self.executor = executor
            self.name = name
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job))
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Lets the thread end once every job that was enqueued has run.
    package func stop() {
        queue.close()
    }

    package func checkIsolated() {
        precondition(queue.isOwnedByCurrentThread, "not on the thread of this executor")
    }

    package func isIsolatingCurrentContext() -> Bool? {
        queue.isOwnedByCurrentThread
    }

    private func runUntilStopped() {
        queue.adoptCurrentThread()
        while let job = queue.next() {
            job.runSynchronously(on: asUnownedSerialExecutor())
        }
    }
}

/// Jobs waiting for one thread.
///
/// Sendable: every stored value is read and written under `mutex`, which like `arrived` never moves in memory.
private final class JobQueue: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let arrived: UnsafeMutablePointer<pthread_cond_t>
    private var jobs: [UnownedJob] = []
    private var taken = 0
    private var isClosed = false
    private var owner: pthread_t?

    init() {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        arrived = .allocate(capacity: 1)
        pthread_cond_init(arrived, nil)
    }

    deinit {
        pthread_cond_destroy(arrived)
        arrived.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    var isOwnedByCurrentThread: Bool {
        locked { owner.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
    }

    func adoptCurrentThread() {
        locked { owner = pthread_self() }
    }

    func append(_ job: UnownedJob) {
        locked { jobs.append(job) }
        pthread_cond_signal(arrived)
    }

    func close() {
        locked { isClosed = true }
        pthread_cond_signal(arrived)
    }

    /// The next job, after waiting for one; nil when closed and empty.
    func next() -> UnownedJob? {
        locked {
            while taken == jobs.count {
                jobs.removeAll(keepingCapacity: true)
                taken = 0
                if isClosed { return nil }
                pthread_cond_wait(arrived, mutex)
            }
            taken += 1
            return jobs[taken - 1]
        }
    }

    private func locked<T>(_ body: () -> T) -> T {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
