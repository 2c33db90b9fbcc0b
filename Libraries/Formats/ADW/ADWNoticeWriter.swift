import Domain

extension ADWNotice {
    /// The notice as a message bundle in UTF-8. The same notice always gives the same bytes.
    package func write() -> [UInt8] {
        ADWBundleWriter.bundle(id: bundleID, messageID: messageID) { writer in
            writer.header(of: self)
            writer.referral(of: self)
            writer.encounter(of: self)
            writer.patient(patient)
            writer.practitioner(liaison, .liaison, employer: .hospital)
            writer.practitioner(leadClinician, .clinician, employer: .hospital)
            writer.organization(hospital, .hospital, system: ADWNames.odsSite, code: "prov", "Healthcare Provider")
            writer.organization(localAuthority, .council, system: ADWNames.odsOrganization, code: "govt", "Government")
            writer.team(socialServicesTeam)
            writer.ward(stay.ward)
            if !kind.isWithdrawal { writer.answers(answers, of: kind) }
            writer.condition(stay.admissionReason)
        }
    }
}

extension ADWBundleWriter {
    mutating func header(of notice: ADWNotice) {
        let profile = ADWNames.profiles + "ADW-\(notice.kind.profileName)-MessageHeader-1"
        entry("MessageHeader", .header, profile: profile) { writer in
            writer.value("timestamp", Instant.format(notice.issuedAt))
            writer.coding("event", system: ADWNames.snomed, code: notice.kind.eventCode)
            writer.node("source") { $0.value("endpoint", ADWNames.odsPrefix + notice.sourceODS) }
            writer.node("destination") { $0.value("endpoint", ADWNames.odsPrefix + notice.destinationODS) }
            if notice.liaison != nil { writer.reference("author", to: .liaison) }
            writer.reference("receiver", to: .council)
            if notice.leadClinician != nil { writer.reference("responsible", to: .clinician) }
            if let reason = notice.withdrawalReason {
                writer.node("reason") {
                    $0.coding(
                        "coding", system: ADWNames.codes + "ADW-WithdrawalReason-1", code: reason.rawValue,
                        display: reason.text)
                }
            }
            writer.reference("data", to: .referral)
        }
    }

    mutating func referral(of notice: ADWNotice) {
        let profile = notice.kind.isWithdrawal ? "ADW-Cancel-ReferralRequest-1" : "ADW-ReferralRequest-1"
        entry("ReferralRequest", .referral, profile: ADWNames.profiles + profile) { writer in
            writer.value("status", notice.kind.referralStatus)
            writer.node("identifier") { $0.value("value", notice.referralIdentifier) }
            writer.reference("patient", to: .patient)
            if notice.liaison != nil { writer.reference("requester", to: .liaison) }
            writer.reference("recipient", to: .council)
            writer.reference("encounter", to: .encounter)
            if let reason = notice.referralReason { writer.node("reason") { $0.value("text", reason) } }
            writer.value("description", notice.supportingInformation)
            if !notice.kind.isWithdrawal { writer.reference("supportingInformation", to: .answers) }
        }
    }

    mutating func encounter(of notice: ADWNotice) {
        let stay = notice.stay
        entry("Encounter", .encounter, profile: ADWNames.profiles + "CareConnect-ADW-Encounter-1") { writer in
            if let identifier = notice.encounterIdentifier {
                writer.node("identifier") { writer in
                    writer.value("system", ADWNames.encounter)
                    writer.value("value", identifier)
                }
            }
            writer.value("status", "in-progress")
            writer.value("class", "inpatient")
            if let type = stay.admissionType {
                writer.node("priority") {
                    $0.coding(
                        "coding", system: ADWNames.codes + "ADW-AdmissionType-1", code: type.rawValue,
                        display: type.display)
                }
            }
            writer.reference("patient", to: .patient)
            if stay.admittedOn != nil || stay.proposedDischargeOn != nil {
                writer.node("period") { writer in
                    writer.value("start", stay.admittedOn?.description)
                    writer.value("end", stay.proposedDischargeOn?.description)
                }
            }
            if stay.admissionReason != nil {
                writer.node("hospitalization") { $0.reference("admittingDiagnosis", to: .condition) }
            }
            if stay.ward != nil { writer.node("location") { $0.reference("location", to: .ward) } }
            writer.reference("serviceProvider", to: .hospital)
        }
    }

    mutating func ward(_ name: String?) {
        guard let name else { return }
        entry("Location", .ward, profile: ADWNames.careConnect + "CareConnect-Location-1") { writer in
            writer.value("name", name)
            writer.reference("managingOrganization", to: .hospital)
        }
    }

    mutating func condition(_ reason: String?) {
        guard let reason else { return }
        entry("Condition", .condition, profile: ADWNames.profiles + "ADW-Condition-1") { writer in
            writer.reference("patient", to: .patient)
            writer.node("code") { $0.value("text", reason) }
            writer.value("verificationStatus", "confirmed")
        }
    }

    mutating func answers(_ answers: ADWAnswers, of kind: ADWNoticeKind) {
        let subject = kind == .discharge ? "the proposed discharge date" : "this Assessment Notice"
        entry("QuestionnaireResponse", .answers, profile: ADWNames.profiles + "ADW-QuestionnaireResponse-1") { writer in
            writer.value("status", "completed")
            writer.reference("encounter", to: .encounter)
            writer.node("group") { writer in
                writer.question(
                    "Has the patient been consulted regarding \(subject)?", "ADW-ConsultationStatus-1",
                    answers.patientConsulted?.rawValue, answers.patientConsulted?.display)
                writer.question(
                    "Has the patient's carer (if applicable) been consulted regarding \(subject)?",
                    "ADW-CarerConsultationStatus-1", answers.carerConsulted?.rawValue, answers.carerConsulted?.display)
                writer.question(
                    "Are there any Safeguarding Concerns associated with the patient?", "ADW-ConsultationStatus-1",
                    answers.safeguardingConcerns?.rawValue, answers.safeguardingConcerns?.display)
                writer.question(
                    "Has the patient consented to \(subject)?", "ADW-PatientConsentStatus-1", answers.consent?.rawValue,
                    answers.consent?.display)
                writer.question(
                    "What is the source of the third party consent for this assessment notice?",
                    "ADW-ThirdPartyConsentSource-1", answers.thirdPartyConsent?.rawValue,
                    answers.thirdPartyConsent?.display)
                writer.question(
                    "Has the provision of NHS Continuing Health Care been considered?", "ADW-ConsultationStatus-1",
                    answers.continuingHealthCareConsidered?.rawValue, answers.continuingHealthCareConsidered?.display)
                writer.outcome(answers.continuingHealthCareOutcome)
            }
        }
    }

    private mutating func question(_ text: String, _ list: String, _ code: String?, _ display: String?) {
        guard let code else { return }
        node("question") { writer in
            writer.value("text", text)
            writer.node("answer") {
                $0.coding("valueCoding", system: ADWNames.codes + list, code: code, display: display)
            }
        }
    }

    private mutating func outcome(_ outcome: String?) {
        guard let outcome else { return }
        node("question") { writer in
            writer.value(
                "text",
                "If the provision of NHS Continuing Health Care has been considered, what was the result of that consideration?"
            )
            writer.node("answer") { $0.value("valueString", outcome) }
        }
    }
}
