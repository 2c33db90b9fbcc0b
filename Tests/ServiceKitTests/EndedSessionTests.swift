import FoundationEssentials
import Testing

@testable import ServiceKit

@Suite("Sessions that ended")
struct EndedSessionTests {
    private let now = Date(timeIntervalSince1970: 1_775_000_000)

    @Test("a token that was signed out with is nobody's, another one is somebody's")
    func ended() {
        let sessions = EndedSessions()
        #expect(!sessions.contains("a"))
        sessions.add("a", until: now + 900, at: now)
        #expect(sessions.contains("a"))
        #expect(!sessions.contains("b"))
    }

    @Test("memory is bounded: those that have run out are forgotten first, then those that run out soonest")
    func bounded() {
        let sessions = EndedSessions()
        for number in 0..<EndedSessions.tokensMax {
            sessions.add("\(number)", until: now + TimeInterval(number < 10 ? 1 : 900 + number), at: now)
        }
        sessions.add("later", until: now + 900, at: now + 2)
        #expect(!sessions.contains("9") && sessions.contains("10") && sessions.contains("later"))
        for number in 0..<10 { sessions.add("more \(number)", until: now + 90_000, at: now + 2) }
        #expect(!sessions.contains("later") && sessions.contains("11") && sessions.contains("more 9"))
    }
}
