/// A value about a person. It can be used where it is asked for by name, and nowhere by accident: what prints, logs or dumps
/// it gets a mask, and it is no `Encodable`, so it stands in no JSON.
package struct Sensitive<Value: Sendable>: Sendable {
    private let value: Value

    /// Wraps a value.
    package init(_ value: Value) { self.value = value }

    /// The value itself. Whoever calls it answers for where it goes.
    package func reveal() -> Value { value }

    /// Another value made of this one, just as sensitive.
    package func map<Other: Sendable>(_ transform: (Value) throws -> Other) rethrows -> Sensitive<Other> {
        Sensitive<Other>(try transform(value))
    }
}

extension Sensitive: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// A mask.
    package var description: String { "•••" }
    /// A mask.
    package var debugDescription: String { description }
    /// Nothing to look into.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Sensitive: Equatable where Value: Equatable {}
extension Sensitive: Hashable where Value: Hashable {}
