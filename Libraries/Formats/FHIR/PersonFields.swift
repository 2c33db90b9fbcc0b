import Domain
import FoundationEssentials

extension FieldReader {
    /// The NHS number of somebody who may have one. A wrong one is a finding: the person is held as not verified.
    mutating func nhsNumber(_ values: [FHIRNode?], of path: String) -> NHSNumberCheck? {
        if values.count > 1 {
            report.add(.error, "nhs-number.repeated", at: path, fix: "give one NHS number, the patient’s own")
        }
        guard let node = values.first ?? nil, let text = text(node) else {
            report.add(.warning, "nhs-number.missing", at: path, fix: "give the patient’s NHS number where it is known")
            return nil
        }
        let check = NHSNumberCheck(text)
        addFinding(check, at: node.path)
        return check
    }

    /// What is wrong with an NHS number, as a finding.
    mutating func addFinding(_ check: NHSNumberCheck, at path: String) {
        switch check {
        case .valid: break
        case .wrongCheckDigit:
            report.add(
                .warning, "nhs-number.check-digit", at: path,
                fix: "check the NHS number: its last digit does not fit; the person is held as not verified")
        case .notTenDigits:
            report.add(.warning, "nhs-number.form", at: path, fix: "give the NHS number as ten digits")
        }
    }

    /// The day on which somebody was born, as far as it can be.
    mutating func birthDate(_ node: FHIRNode?, at path: String, issuedAt: Date?) -> CivilDate? {
        guard let node else {
            report.add(.warning, "expected", at: path, fix: "give the date of birth")
            return nil
        }
        guard let bornOn = date(node) else { return nil }
        addFinding(bornOn: bornOn, at: node.path, issuedAt: issuedAt)
        return bornOn
    }

    /// What is wrong with a birth date in a message of this time, as a finding.
    mutating func addFinding(bornOn: CivilDate, at path: String, issuedAt: Date?) {
        guard let issuedAt else { return }
        guard let age = Age.years(born: bornOn, on: CivilDate(londonDateOf: issuedAt)) else {
            report.add(
                .error, "birth-date.future", at: path, fix: "correct the date of birth: it is after the notice")
            return
        }
        if age > Age.yearsMax {
            report.add(
                .warning, "birth-date.age", at: path,
                fix: "check the date of birth: the patient would be over \(Age.yearsMax)")
        }
    }
}
