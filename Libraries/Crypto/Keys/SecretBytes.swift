import COpenSSL

/// Bytes of a key. They are never shown, and overwritten when the last owner lets go.
///
/// Sendable because nothing changes the bytes between `init` and `deinit`.
package final class SecretBytes: @unchecked Sendable {
    private let memory: UnsafeMutableRawBufferPointer

    /// New bytes that nobody can foresee.
    package convenience init(random count: Int) {
        var bytes = randomBytes(count)
        self.init(taking: &bytes)
    }

    /// Takes over `bytes`, which are overwritten where they stood. Copies that were made before are not reached.
    package init(taking bytes: inout [UInt8]) {
        memory = .allocate(byteCount: bytes.count, alignment: 16)
        memory.copyBytes(from: bytes)
        bytes.wipe()
    }

    deinit {
        OPENSSL_cleanse(memory.baseAddress, memory.count)
        memory.deallocate()
    }

    /// How many there are.
    package var count: Int { memory.count }

    /// The bytes where they lie. The pointer is valid during the call only.
    package func withBytes<T, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> T) throws(E) -> T {
        try body(UnsafeRawBufferPointer(memory))
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Only how many there are.
    package var description: String { "\(count) secret bytes" }
    /// The same.
    package var debugDescription: String { description }
    /// Nothing to look into.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Array where Element == UInt8 {
    /// Overwrites the bytes where they stand, in a way that no compiler leaves out, and empties the array.
    package mutating func wipe() {
        withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
        removeAll()
    }
}
