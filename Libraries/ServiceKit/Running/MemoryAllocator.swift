import CJemalloc

/// jemalloc, which takes glibc's place in every executable that is linked with this library (docs/decisions/0015).
package enum MemoryAllocator {
    /// Lets freed memory go back to the system after some seconds, from a thread of its own: without one it goes back only as
    /// more is asked for, and a service that was busy once would hold what it needed then.
    /// - Returns: Whether jemalloc is at work and took the setting. Where not, nothing changes but the memory held.
    @discardableResult
    package static func returnWhatIsIdle() -> Bool {
        var isOn = true
        return mallctl("background_thread", nil, nil, &isOn, MemoryLayout<Bool>.size) == 0
    }

    /// Bytes that this thread has ever asked jemalloc for; `nil` where it does not answer.
    static var bytesAllocatedByThisThread: UInt64? {
        var bytes: UInt64 = 0
        var size = MemoryLayout<UInt64>.size
        return mallctl("thread.allocated", &bytes, &size, nil, 0) == 0 ? bytes : nil
    }
}
