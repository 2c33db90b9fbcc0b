/// Addresses of the code systems and extensions that are read and written.
enum R4Names {
    static let nhsNumber = "https://fhir.nhs.uk/Id/nhs-number"
    static let odsCode = "https://fhir.nhs.uk/Id/ods-organization-code"
    static let ethnicCategory = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"
    static let deathStatus = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus"
    static let messageEvents = "https://fhir.nhs.uk/CodeSystem/message-events-bars"
    static let messageReasons = "https://fhir.nhs.uk/CodeSystem/message-reason-bars"
    static let messageCategory = "https://fhir.nhs.uk/CodeSystem/message-category-servicerequest"
    static let errorCodes = "https://fhir.nhs.uk/Codesystem/http-error-codes"
    static let bundleProfile = "https://fhir.nhs.uk/StructureDefinition/BARSBundleMessage"
    static let responseProfile = "https://fhir.nhs.uk/StructureDefinition/BARSMessageHeader-servicerequest-response"
    static let takeupReferral = "https://takeup.example/Id/referral"
}

/// What a message of the Booking and Referral Standard asks for (message-reason-bars).
enum R4MessageReason: String, CaseIterable {
    case new, update, delete
}

/// How a ServiceRequest stands (FHIR R4, request-status).
enum R4RequestStatus: String, CaseIterable {
    case draft, active
    case onHold = "on-hold"
    case revoked, completed
    case enteredInError = "entered-in-error"
    case unknown
}

/// What an answer quotes of a message.
package struct R4Envelope: Hashable, Sendable {
    /// How the message was written, and its answer will be.
    package var syntax: FHIRDocument.Syntax
    /// The bundle's id, which is the message's.
    package var bundleID: String?
    /// Whether it is a message, and not a bare bundle.
    package var isMessage = false
    /// What is asked for is something that is not done here.
    package var isUnsupported = false
    package var reason: String?
    package var sourceEndpoint: String?
    package var destinationEndpoint: String?
    /// The ServiceRequest as it is referred to, with what it said.
    package var requestURL: String?
    package var requestStatus: String?
    package var categorySystem: String?
    package var categoryCode: String?
    package var subject: String?

    /// An envelope of which nothing is known.
    package init(syntax: FHIRDocument.Syntax) { self.syntax = syntax }
}
