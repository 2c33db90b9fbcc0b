package import FoundationEssentials

/// A type that a path segment can stand for. A segment that is not one makes the path unknown: 404.
package protocol PathParameter: Sendable {
    /// The value of a decoded segment, or nil.
    init?(pathSegment: String)
}

extension UUID: PathParameter {
    package init?(pathSegment: String) {
        guard pathSegment.utf8.count == 36 else { return nil }
        self.init(uuidString: pathSegment)
    }
}

extension String: PathParameter {
    package init?(pathSegment: String) {
        guard !pathSegment.isEmpty else { return nil }
        self = pathSegment
    }
}

extension PathParameter where Self: FixedWidthInteger {
    package init?(pathSegment: String) {
        // One spelling for each number: "+7" and "007" are not numbers in a path.
        guard let value = Self(pathSegment, radix: 10), String(value) == pathSegment else { return nil }
        self = value
    }
}

extension Int: PathParameter {}
extension Int32: PathParameter {}
extension Int64: PathParameter {}

extension PathParameter where Self: RawRepresentable, RawValue == String {
    package init?(pathSegment: String) { self.init(rawValue: pathSegment) }
}
