import CMalloc

/// glibc's allocator, told how much freed memory it may keep. See docs/performance.md.
package enum MemoryAllocator {
    /// Arenas that threads share. glibc makes up to eight for each core, and what one of them freed no other can use.
    static let arenasMax: Int32 = 2
    /// Bytes from which a block is the system's and goes back to it. glibc raises this to 32 MiB by itself as blocks are freed,
    /// and then whole batches stay in holes of the heap.
    static let systemBlockBytes: Int32 = 1_048_576
    /// Free bytes at the end of the heap that are kept.
    static let keptBytesMax: Int32 = 1_048_576

    /// Call it before other threads start. A setting that glibc does not take changes nothing but the memory held.
    package static func keepLittle() {
        _ = mallopt(M_ARENA_MAX, arenasMax)
        _ = mallopt(M_MMAP_THRESHOLD, systemBlockBytes)
        _ = mallopt(M_TRIM_THRESHOLD, keptBytesMax)
    }
}
