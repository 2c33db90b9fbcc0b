/// The tables that every service with personal data has beside its own. They are numbered for themselves and run before the
/// service's own; whoever runs migrations turns each into a step.
package enum SafeguardsSchema {
    /// One step: version, file name and the text of the SQL, in which `{{owner}}`, `{{app}}`, `{{relay}}`, `{{reader}}`
    /// and `{{auditor}}` stand for roles.
    package struct Step: Sendable {
        /// 1, 2, 3 ... without gaps.
        package let version: Int
        /// For example `0001_audit`.
        package let name: String
        /// UTF-8.
        package let sql: [UInt8]
    }

    /// What the component is called.
    package static let component = "safeguards"
    /// All steps, in order.
    package static let steps = [
        Step(version: 1, name: "0001_audit", sql: PackageResources.m0001_audit_sql),
        Step(version: 2, name: "0002_sealed_values", sql: PackageResources.m0002_sealed_values_sql),
        Step(version: 3, name: "0003_people_guarded", sql: PackageResources.m0003_people_guarded_sql),
        Step(version: 4, name: "0004_audit_by_sets", sql: PackageResources.m0004_audit_by_sets_sql),
        Step(version: 5, name: "0005_audit_of_changes", sql: PackageResources.m0005_audit_of_changes_sql),
    ]
}
