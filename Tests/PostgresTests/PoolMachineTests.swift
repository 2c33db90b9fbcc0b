import Testing

@testable import Postgres

@Suite("The pool's decisions")
struct PoolMachineTests {
    private let start = ContinuousClock.now
    private let failure = PostgresError(.connectionFailed)

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant {
        start + .milliseconds(milliseconds)
    }

    private func machine(connections: Int = 2, waiters: Int = 3) -> PoolMachine {
        var settings = PoolMachine.Settings(connectionsMax: connections)
        settings.waitersMax = waiters
        settings.waitMax = .seconds(1)
        settings.lifetime = .seconds(100)
        settings.failuresMax = 3
        return PoolMachine(settings: settings)
    }

    /// Effects without wake-ups.
    private func deeds(_ effects: [PoolMachine.Effect]) -> [PoolMachine.Effect] {
        effects.filter { if case .wake = $0 { false } else { true } }
    }

    @Test("the first caller opens a connection and the second lease reuses it")
    func reuse() {
        var pool = machine()
        #expect(pool.acquire(waiter: 1, now: at(0)) == [.open(connection: 1), .wake(at(1_000))])
        #expect(deeds(pool.opened(connection: 1, now: at(5), jitter: 1)) == [.lease(waiter: 1, connection: 1)])
        #expect(deeds(pool.release(connection: 1, reusable: true, now: at(6))).isEmpty)
        #expect(pool.acquire(waiter: 2, now: at(7)) == [.lease(waiter: 2, connection: 1)])
    }

    @Test("waiters are served in the order they came")
    func order() {
        var pool = machine(connections: 1)
        _ = pool.acquire(waiter: 1, now: at(0))
        _ = pool.acquire(waiter: 2, now: at(1))
        _ = pool.acquire(waiter: 3, now: at(2))
        #expect(deeds(pool.opened(connection: 1, now: at(3), jitter: 0)) == [.lease(waiter: 1, connection: 1)])
        #expect(pool.release(connection: 1, reusable: true, now: at(4)) == [.lease(waiter: 2, connection: 1)])
        #expect(pool.release(connection: 1, reusable: true, now: at(5)) == [.lease(waiter: 3, connection: 1)])
    }

    @Test("no more connections than the maximum, and no more waiters than theirs", arguments: [1, 2, 3])
    func limits(connections: Int) {
        var pool = machine(connections: connections, waiters: 3)
        for waiter in 1...connections {
            _ = pool.acquire(waiter: waiter, now: at(0))
            _ = pool.opened(connection: waiter, now: at(0), jitter: 0)
        }
        #expect(pool.leasedCount == connections)
        for waiter in 11...13 { #expect(deeds(pool.acquire(waiter: waiter, now: at(1))).isEmpty) }
        guard case .refuse(14, let error)? = pool.acquire(waiter: 14, now: at(1)).first else {
            Issue.record("the fourth waiter was not refused")
            return
        }
        #expect(error.code == .poolExhausted)
        #expect(pool.connectionCount == connections && pool.waiterCount == 3)
    }

    @Test("a waiter is refused at its deadline, not before")
    func deadline() {
        var pool = machine()
        _ = pool.acquire(waiter: 1, now: at(0))
        #expect(pool.tick(now: at(999)) == [.wake(at(1_000))])
        guard case .refuse(1, let error)? = pool.tick(now: at(1_000)).first else {
            Issue.record("the waiter still waits")
            return
        }
        #expect(error.code == .timeout)
    }

    @Test("a connection that is not reusable is closed, and another opened if somebody waits")
    func notReusable() {
        var pool = machine(connections: 1)
        _ = pool.acquire(waiter: 1, now: at(0))
        _ = pool.opened(connection: 1, now: at(0), jitter: 0)
        _ = pool.acquire(waiter: 2, now: at(1))
        #expect(
            pool.release(connection: 1, reusable: false, now: at(2)) == [.close(connection: 1), .open(connection: 2)])
    }

    @Test("a connection is replaced at the end of its life, idle or lent, and jitter shortens it by up to a fifth")
    func lifetime() {
        for (jitter, end) in [(0.0, 80_000), (1.0, 100_000)] {
            var pool = machine()
            _ = pool.acquire(waiter: 1, now: at(0))
            _ = pool.opened(connection: 1, now: at(0), jitter: jitter)
            #expect(deeds(pool.release(connection: 1, reusable: true, now: at(end - 1))).isEmpty)
            _ = pool.acquire(waiter: 2, now: at(end - 1))
            #expect(pool.release(connection: 1, reusable: true, now: at(end)) == [.close(connection: 1)])

            _ = pool.acquire(waiter: 3, now: at(end))
            _ = pool.opened(connection: 2, now: at(end), jitter: jitter)
            _ = pool.release(connection: 2, reusable: true, now: at(end + 1))
            #expect(deeds(pool.tick(now: at(2 * end - 1))).isEmpty)
            #expect(pool.tick(now: at(2 * end)) == [.close(connection: 2)])
        }
    }

    @Test("failures back off, open the circuit at the third, and one success closes it")
    func circuit() {
        var pool = machine()
        _ = pool.acquire(waiter: 1, now: at(0))
        #expect(deeds(pool.openFailed(connection: 1, error: failure, now: at(0), jitter: 0.5)).isEmpty)
        #expect(pool.phase == .connectFailing(failures: 1))
        #expect(deeds(pool.tick(now: at(99))).isEmpty)
        #expect(deeds(pool.tick(now: at(100))) == [.open(connection: 2)])
        _ = pool.openFailed(connection: 2, error: failure, now: at(100), jitter: 0.5)
        #expect(deeds(pool.tick(now: at(299))).isEmpty)
        #expect(deeds(pool.tick(now: at(300))) == [.open(connection: 3)])
        guard
            case .refuse(1, let error)? = deeds(
                pool.openFailed(connection: 3, error: failure, now: at(300), jitter: 0.5)
            ).first
        else {
            Issue.record("the waiter was not refused")
            return
        }
        #expect(error.code == .circuitOpen && pool.phase == .circuitOpen(failures: 3))
        guard case .refuse(2, _)? = pool.acquire(waiter: 2, now: at(301)).first else {
            Issue.record("a caller was let in although the circuit is open")
            return
        }
        #expect(deeds(pool.tick(now: at(700))) == [.open(connection: 4)])
        _ = pool.opened(connection: 4, now: at(701), jitter: 0)
        #expect(pool.phase == .running)
        #expect(deeds(pool.acquire(waiter: 3, now: at(702))) == [.lease(waiter: 3, connection: 4)])
    }

    @Test("connections that were asked for together and fail together count once")
    func failuresTogether() {
        var pool = machine(connections: 3)
        for waiter in 1...3 { _ = pool.acquire(waiter: waiter, now: at(0)) }
        for connection in 1...3 { _ = pool.openFailed(connection: connection, error: failure, now: at(1), jitter: 0.5) }
        #expect(pool.phase == .connectFailing(failures: 1))
    }

    @Test("draining refuses callers, closes what is idle, and ends when the last comes back")
    func drain() {
        var pool = machine(connections: 2)
        for waiter in 1...2 {
            _ = pool.acquire(waiter: waiter, now: at(0))
            _ = pool.opened(connection: waiter, now: at(0), jitter: 0)
        }
        _ = pool.acquire(waiter: 3, now: at(0))
        _ = pool.abandon(waiter: 3)
        _ = pool.release(connection: 1, reusable: true, now: at(1))
        #expect(pool.drain() == [.close(connection: 1)])
        #expect(pool.phase == .draining)
        #expect(pool.drain().isEmpty)
        guard case .refuse(4, let error)? = pool.acquire(waiter: 4, now: at(2)).first else {
            Issue.record("a caller was let in while draining")
            return
        }
        #expect(error.code == .poolClosed)
        #expect(pool.release(connection: 2, reusable: true, now: at(3)) == [.close(connection: 2)])
        #expect(pool.phase == .closed)
    }

    @Test("a connection that opens after the pool was drained is closed")
    func opensTooLate() {
        var pool = machine()
        _ = pool.acquire(waiter: 1, now: at(0))
        #expect(deeds(pool.drain()) == [.refuse(waiter: 1, PostgresError(.poolClosed))])
        #expect(pool.phase == .draining)
        #expect(pool.opened(connection: 1, now: at(1), jitter: 0) == [.close(connection: 1)])
        #expect(pool.phase == .closed)
    }

    @Test("whatever happens, leases and limits hold and nobody is forgotten", arguments: [1, 2, 3, 4, 5])
    func random(seed: UInt64) {
        var state = seed
        func roll(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var pool = machine(connections: 3, waiters: 5)
        var (now, nextWaiter) = (0, 0)
        var (waiting, leased, opening): (Set<Int>, Set<Int>, Set<Int>) = ([], [], [])
        func apply(_ effects: [PoolMachine.Effect]) {
            for effect in effects {
                switch effect {
                case .lease(let waiter, let connection):
                    #expect(waiting.remove(waiter) != nil && leased.insert(connection).inserted, "seed \(seed)")
                case .refuse(let waiter, _): #expect(waiting.remove(waiter) != nil, "seed \(seed)")
                case .open(let connection): #expect(opening.insert(connection).inserted, "seed \(seed)")
                case .close(let connection): #expect(!leased.contains(connection), "seed \(seed)")
                case .wake: break
                }
            }
        }
        for _ in 0..<5_000 {
            now += roll(200)
            switch roll(6) {
            case 0, 1:
                nextWaiter += 1
                waiting.insert(nextWaiter)
                apply(pool.acquire(waiter: nextWaiter, now: at(now)))
            case 2:
                if let connection = leased.popFirst() {
                    apply(pool.release(connection: connection, reusable: roll(4) > 0, now: at(now)))
                }
            case 3:
                if let connection = opening.popFirst() {
                    apply(pool.opened(connection: connection, now: at(now), jitter: 0.5))
                }
            case 4:
                if let connection = opening.popFirst() {
                    apply(pool.openFailed(connection: connection, error: failure, now: at(now), jitter: 0.5))
                }
            default: apply(pool.tick(now: at(now)))
            }
            #expect(pool.connectionCount <= 3 && pool.waiterCount == waiting.count && pool.leasedCount == leased.count)
        }
        apply(pool.drain())
        while let connection = leased.popFirst() {
            apply(pool.release(connection: connection, reusable: true, now: at(now)))
        }
        while let connection = opening.popFirst() {
            apply(pool.opened(connection: connection, now: at(now), jitter: 0))
        }
        #expect(waiting.isEmpty && pool.phase == .closed, "seed \(seed)")
    }
}
