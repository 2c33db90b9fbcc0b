import Domain

extension ADWNoticeReader {
    /// The stay in hospital: dates, ward, reason, hospital.
    mutating func readStay(_ referral: FHIRNode, into notice: inout ADWNotice) {
        let encounter =
            bundle.resource("Encounter", referredBy: "encounter", of: referral, report: &fields.report)
            ?? bundle.first("Encounter")
        guard let encounter else {
            fields.report.add(
                .warning, "expected", at: "Bundle.entry", fix: "add the Encounter with the dates of the stay")
            return
        }
        notice.encounterIdentifier = fields.text(encounter.child("identifier", "value"))
        notice.hospital = fields.organization(
            bundle.resource("Organization", referredBy: "serviceProvider", of: encounter, report: &fields.report))
        notice.stay.admittedOn = fields.date(encounter.child("period", "start"))
        notice.stay.proposedDischargeOn = fields.date(encounter.child("period", "end"))
        notice.stay.admissionType = fields.code(
            encounter.child("priority", "coding", "code"), of: ADWAdmissionType.self, named: "ADW-AdmissionType-1")
        let ward = bundle.resource(
            "Location", referredBy: "location", of: encounter.child("location"), report: &fields.report)
        notice.stay.ward = fields.text(ward?.child("name"))
        let condition = bundle.resource(
            "Condition", referredBy: "admittingDiagnosis", of: encounter.child("hospitalization"),
            report: &fields.report)
        notice.stay.admissionReason = fields.text(condition?.child("code", "text"), max: ADWLimits.longTextMax)
        checkDates(of: notice, encounter)
    }

    private mutating func checkDates(of notice: ADWNotice, _ encounter: FHIRNode) {
        guard !notice.kind.isWithdrawal else { return }
        if notice.stay.admittedOn == nil {
            fields.report.add(
                .warning, "expected", at: encounter.path("period.start"), fix: "give the date of admission")
        }
        guard let discharge = notice.stay.proposedDischargeOn else {
            let severity: ValidationSeverity = notice.kind == .discharge ? .error : .warning
            fields.report.add(severity, "expected", at: encounter.path("period.end"), fix: "give the date of discharge")
            return
        }
        if let admitted = notice.stay.admittedOn, discharge < admitted {
            fields.report.add(
                .error, "period", at: encounter.path("period.end"),
                fix: "correct the dates of the stay: discharge lies before admission")
        }
    }

    /// The questions. They carry no id, so that only their words tell them apart.
    mutating func readAnswers(_ referral: FHIRNode, into notice: inout ADWNotice) {
        guard !notice.kind.isWithdrawal else { return }
        let response =
            bundle.resource(
                "QuestionnaireResponse", referredBy: "supportingInformation", of: referral, report: &fields.report)
            ?? bundle.first("QuestionnaireResponse")
        if let response {
            for question in questions(in: response) { readAnswer(question, into: &notice.answers) }
        }
        if notice.kind == .assessment, notice.answers.consent == nil {
            fields.report.add(
                .warning, "expected", at: response?.path ?? "Bundle.entry",
                fix: "say whether the patient has consented to the notice")
        }
    }

    private func questions(in node: FHIRNode) -> [FHIRNode] {
        node.children("question").flatMap { [$0] + questions(in: $0) }
            + node.children("group").flatMap { questions(in: $0) }
    }

    private mutating func readAnswer(_ question: FHIRNode, into answers: inout ADWAnswers) {
        let words = (question.child("text")?.value ?? "").lowercased()
        let code = question.child("answer", "valueCoding", "code")
        func asks(_ parts: String...) -> Bool { parts.allSatisfy(words.contains) }
        if asks("third party consent") {
            answers.thirdPartyConsent = fields.code(
                code, of: ADWThirdPartyConsent.self, named: "ADW-ThirdPartyConsentSource-1")
        } else if asks("result of that consideration") {
            answers.continuingHealthCareOutcome = fields.text(
                question.child("answer", "valueString"), max: ADWLimits.longTextMax)
        } else if asks("continuing health care") {
            answers.continuingHealthCareConsidered = fields.code(
                code, of: ADWYesNo.self, named: "ADW-ConsultationStatus-1")
        } else if asks("safeguarding") {
            answers.safeguardingConcerns = fields.code(code, of: ADWYesNo.self, named: "ADW-ConsultationStatus-1")
        } else if asks("consented") {
            answers.consent = fields.code(code, of: ADWConsent.self, named: "ADW-PatientConsentStatus-1")
        } else if asks("carer", "consulted") {
            answers.carerConsulted = fields.code(
                code, of: ADWCarerConsulted.self, named: "ADW-CarerConsultationStatus-1")
        } else if asks("patient", "consulted") {
            answers.patientConsulted = fields.code(code, of: ADWYesNo.self, named: "ADW-ConsultationStatus-1")
        } else {
            fields.report.add(
                .warning, "question", at: question.path("text"), fix: "use the wording of the published questionnaire")
        }
    }
}
