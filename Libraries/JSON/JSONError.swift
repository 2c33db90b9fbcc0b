/// Why a text is no JSON that is read.
package enum JSONError: String, Error, Sendable, Hashable, CaseIterable {
    /// More bytes than ``JSONLimits/bytesMax``.
    case tooLarge = "too_large"
    /// Not JSON.
    case malformed
    /// Not UTF-8.
    case notUTF8 = "not_utf8"
    /// Not a number of JSON, or one that does not fit in 64 bits.
    case number
    /// Arrays and objects nested deeper than ``JSONLimits/depthMax``.
    case tooDeep = "too_deep"
    /// An object has a key twice.
    case duplicateKey = "duplicate_key"
    /// A string holds a NUL.
    case nul
    /// A string holds half of a surrogate pair.
    case surrogate
    /// More values and keys than ``JSONLimits/valuesMax``.
    case tooManyValues = "too_many_values"
    /// There was no memory to read it.
    case noMemory = "no_memory"
}

/// How much of a document is read.
package struct JSONLimits: Sendable {
    /// Bytes of the document.
    package let bytesMax: Int
    /// The deepest nesting; `{"a":[1]}` has a depth of 2.
    package let depthMax: Int
    /// Values and keys.
    package let valuesMax: Int

    /// These limits.
    package init(bytesMax: Int, depthMax: Int, valuesMax: Int) {
        self.bytesMax = bytesMax
        self.depthMax = depthMax
        self.valuesMax = valuesMax
    }
}
