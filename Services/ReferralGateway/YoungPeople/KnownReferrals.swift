import Postgres

/// The referrals that one sender made of young people. A referral that was taken back stays so; a child who comes again gets
/// another one, numbered: `7001`, `7001#2`.
struct KnownReferrals: Sendable {
    private var newest: [String: (number: Int, isWithdrawn: Bool)] = [:]

    /// Those of these children.
    static func of(_ children: [String], from sender: String, in transaction: PostgresTransaction) async throws
        -> KnownReferrals
    {
        let rows = try await transaction.query(
            """
            select senders_number, is_withdrawn from referral
            where sender = \(sender) and regexp_replace(senders_number, '#[0-9]+$', '') = any (\(children))
            """)
        var known = KnownReferrals()
        for row in rows {
            let (identifier, isWithdrawn) = try row.decode(String.self, Bool.self)
            known.add(identifier, isWithdrawn: isWithdrawn)
        }
        return known
    }

    /// Remembers one.
    mutating func add(_ identifier: String, isWithdrawn: Bool) {
        let (child, number) = Self.parts(identifier)
        if number >= newest[child]?.number ?? 0 { newest[child] = (number, isWithdrawn) }
    }

    /// The referral of a child that is open.
    func open(_ child: String) -> String? {
        guard let known = newest[child], !known.isWithdrawn else { return nil }
        return Self.identifier(child, known.number)
    }

    /// The referral that is open, or else the next one.
    func identifierToRefer(_ child: String) -> String {
        open(child) ?? Self.identifier(child, (newest[child]?.number ?? 0) + 1)
    }

    private static func identifier(_ child: String, _ number: Int) -> String {
        number == 1 ? child : "\(child)#\(number)"
    }

    private static func parts(_ identifier: String) -> (child: String, number: Int) {
        guard let mark = identifier.lastIndex(of: "#"), let number = Int(identifier[identifier.index(after: mark)...])
        else {
            return (identifier, 1)
        }
        return (String(identifier[..<mark]), number)
    }
}
