/// A council's own id of a child.
enum ChildID {
    /// In characters; real ones have a dozen.
    static let charactersMax = 100

    /// What to do about an id that is not taken; nil for one that is. A # would be taken for the number of a child's later referral.
    static func fault(of id: String) -> String? {
        let isRight = (1...charactersMax).contains(id.unicodeScalars.count) && !id.contains("#")
        return isRight ? nil : "write the child's id in 1 to \(charactersMax) characters, none of them #"
    }
}
