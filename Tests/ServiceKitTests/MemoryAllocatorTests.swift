import Glibc
import Testing

@testable import ServiceKit

@Suite("Memory")
struct MemoryAllocatorTests {
    @Test("what malloc hands out is jemalloc's, and it gives back what is idle")
    func isInForce() throws {
        #expect(MemoryAllocator.returnWhatIsIdle())
        let before = try #require(MemoryAllocator.bytesAllocatedByThisThread)
        let block = try #require(malloc(1 << 20))
        defer { free(block) }
        // Used, or the optimizer takes the pair away.
        memset(block, 1, 1 << 20)
        let after = try #require(MemoryAllocator.bytesAllocatedByThisThread)
        #expect(after - before >= 1 << 20)
    }
}
