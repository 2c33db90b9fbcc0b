/// What went wrong with a request, as FHIR R4 says it, with the codes of the Booking and Referral Standard.
package struct OperationOutcome: Sendable {
    /// The codes of NHS England for an HTTP status (http-error-codes).
    package enum Code: String, Sendable, CaseIterable {
        case badRequest = "REC_BAD_REQUEST"
        case unauthorized = "REC_UNAUTHORISED"
        case forbidden = "REC_FORBIDDEN"
        case notFound = "REC_NOT_FOUND"
        case conflict = "REC_CONFLICT"
        case unprocessable = "REC_UNPROCESSABLE_ENTITY"
        case tooManyRequests = "REC_TOO_MANY_REQUESTS"
        case serverError = "REC_SERVER_ERROR"
    }

    /// One thing.
    package struct Issue: Sendable {
        /// A code of FHIR's issue-type.
        let type: String
        let isError: Bool
        let diagnostics: String
        /// Where, as a FHIRPath.
        let expression: String?

        /// One thing that is an error.
        package init(type: String, diagnostics: String) {
            self.type = type
            isError = true
            self.diagnostics = diagnostics
            expression = nil
        }

        /// A finding.
        init(_ finding: ValidationIssue) {
            type =
                switch finding.rule {
                case "required", "fhir.entry": "required"
                case "not-supported": "not-supported"
                case "code", "status", "category": "code-invalid"
                case "length": "too-long"
                case "referral.unknown", "fhir.reference": "not-found"
                case "referral.withdrawn", "referral.other-person", "person.erased", "person.died": "business-rule"
                case _ where finding.rule.hasPrefix("json.") || finding.rule.hasPrefix("xml."): "structure"
                case "fhir.bundle", "fhir.bundle-type", "fhir.full-url": "structure"
                default: "value"
                }
            isError = finding.severity == .error
            diagnostics = finding.fix
            expression = finding.path.hasPrefix("Bundle") ? finding.path : nil
        }
    }

    private let code: Code
    private let issues: [Issue]

    /// An outcome of one thing.
    package init(_ code: Code, type: String, diagnostics: String) {
        self.code = code
        issues = [Issue(type: type, diagnostics: diagnostics)]
    }

    /// Of everything that was found: what is said about something that is not done here is its own code.
    package init(_ report: ValidationReport) {
        let isMalformed = report.issues.contains {
            $0.severity == .error
                && (!$0.path.hasPrefix("Bundle") || $0.rule.hasPrefix("fhir.") || $0.rule == "required")
        }
        code = isMalformed ? .badRequest : .unprocessable
        issues = report.issues.map(Issue.init)
    }

    /// The HTTP status that goes with it.
    package var status: Int {
        switch code {
        case .badRequest: 400
        case .unauthorized: 401
        case .forbidden: 403
        case .notFound: 404
        case .conflict: 409
        case .unprocessable: 422
        case .tooManyRequests: 429
        case .serverError: 500
        }
    }

    /// The resource in UTF-8.
    package func write(_ syntax: FHIRDocument.Syntax) -> [UInt8] {
        FHIRValue.resource("OperationOutcome", [("issue", .array(issues.map(value)))]).write(syntax)
    }

    private func value(_ issue: Issue) -> FHIRValue {
        .element(
            ("severity", .text(issue.isError ? "error" : "warning")), ("code", .text(issue.type)),
            ("details", FHIRValue.concept(R4Names.errorCodes, code.rawValue)),
            ("diagnostics", .text(issue.diagnostics)),
            ("expression", issue.expression.map { .array([.text($0)]) }))
    }
}
