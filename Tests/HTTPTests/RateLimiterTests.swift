import Testing

@testable import HTTP

@Suite("Rate limiter")
struct RateLimiterTests {
    private let start = ContinuousClock.now

    /// How many of `count` sent `interval` apart are let through, and when the last was.
    private func letThrough(
        _ count: Int, every interval: Duration, by limiter: RateLimiter, as caller: String = "a",
        from: Duration = .zero
    ) -> Int {
        (0..<count).count { limiter.wait(for: caller, at: start + from + interval * $0) == nil }
    }

    @Test("after a pause a burst goes through, and not one more")
    func burst() {
        let limiter = RateLimiter(RateLimit(perSecond: 10, burst: 25))
        #expect(letThrough(1_000, every: .zero, by: limiter) == 25)
    }

    @Test("who keeps to the rate is never refused, however long")
    func evenPace() {
        let limiter = RateLimiter(RateLimit(perSecond: 10, burst: 1))
        #expect(letThrough(10_000, every: .milliseconds(100), by: limiter) == 10_000)
    }

    @Test("who sends twice the rate gets the rate in the long run, and the burst once")
    func twiceTheRate() {
        let limiter = RateLimiter(RateLimit(perSecond: 10, burst: 5))
        let passed = letThrough(2_000, every: .milliseconds(50), by: limiter)
        #expect((1_004...1_005).contains(passed), "\(passed)")
    }

    @Test("who is refused is told how long to wait, and goes through then and not before")
    func waiting() throws {
        let limiter = RateLimiter(RateLimit(perSecond: 4, burst: 2))
        #expect(letThrough(2, every: .zero, by: limiter) == 2)
        let wait = try #require(limiter.wait(for: "a", at: start))
        #expect(wait == .milliseconds(250))
        #expect(limiter.wait(for: "a", at: start + wait - .nanoseconds(1)) != nil)
        #expect(limiter.wait(for: "a", at: start + wait) == nil)
    }

    @Test("a refusal costs nothing: who asks on and on goes through as soon as who waited")
    func refusalsAreNotCounted() {
        let limiter = RateLimiter(RateLimit(perSecond: 1, burst: 1))
        #expect(letThrough(1_001, every: .milliseconds(1), by: limiter) == 2)
    }

    @Test("one caller's excess takes nothing from another")
    func apart() {
        let limiter = RateLimiter(RateLimit(perSecond: 1, burst: 3))
        #expect(letThrough(100, every: .zero, by: limiter, as: "a") == 3)
        #expect(letThrough(100, every: .zero, by: limiter, as: "b") == 3)
    }

    @Test("callers that were quiet are forgotten where there are too many, and those who were not are not")
    func bounded() {
        let limiter = RateLimiter(RateLimit(perSecond: 1, burst: 10))
        for number in 0..<(RateLimiter.callersMax - 1) { _ = limiter.wait(for: "quiet \(number)", at: start) }
        let later = Duration.seconds(5)
        #expect(letThrough(20, every: .zero, by: limiter, as: "busy", from: later) == 10)
        #expect(limiter.callerCount == RateLimiter.callersMax)
        #expect(letThrough(1, every: .zero, by: limiter, as: "new", from: later) == 1)
        #expect(limiter.callerCount == 2)
        #expect(letThrough(1, every: .zero, by: limiter, as: "busy", from: later) == 0)
    }

    @Test("memory is bounded where nobody was quiet")
    func neverMore() {
        let limiter = RateLimiter(RateLimit(perSecond: 1, burst: 1))
        for number in 0...RateLimiter.callersMax { _ = limiter.wait(for: "\(number)", at: start) }
        #expect(limiter.callerCount == 1)
    }
}
