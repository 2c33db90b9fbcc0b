package import FoundationEssentials

/// The answer to a referral by the Booking and Referral Standard: a message of its own (servicerequest-response), with what
/// was asked for as it now stands. It repeats nothing about the person.
package enum BaRSResponse {
    /// The bundle in UTF-8. `referral` is the council's id of it.
    package static func write(
        to envelope: R4Envelope, bundleID: UUID, headerID: UUID, referral: String, isWithdrawn: Bool, at now: Date
    ) -> [UInt8] {
        let instant = FHIRValue.text(Instant.format(now))
        let request = envelope.requestURL ?? "urn:uuid:\(referral)"
        let header = FHIRValue.resource(
            "MessageHeader",
            [
                ("id", .text(headerID.text)),
                ("meta", .element(("lastUpdated", instant), ("profile", .array([.text(R4Names.responseProfile)])))),
                (
                    "eventCoding",
                    .element(("system", .text(R4Names.messageEvents)), ("code", .text("servicerequest-response")))
                ),
                (
                    "destination",
                    envelope.sourceEndpoint.map { .array([.element(("endpoint", .text($0)))]) }
                ),
                (
                    "source",
                    .element(
                        ("name", .text("Takeup")), ("endpoint", .text(envelope.destinationEndpoint ?? "urn:takeup")))
                ),
                ("reason", FHIRValue.concept(R4Names.messageReasons, envelope.reason)),
                (
                    "response",
                    .element(("identifier", .text(envelope.bundleID ?? "")), ("code", .text("ok")))
                ),
                ("focus", .array([.element(("reference", .text(request)))])),
            ])
        let identifier = FHIRValue.element(("system", .text(R4Names.takeupReferral)), ("value", .text(referral)))
        let serviceRequest = FHIRValue.resource(
            "ServiceRequest",
            [
                ("id", .text(referral)), ("meta", .element(("lastUpdated", instant))),
                ("identifier", .array([identifier])),
                ("status", .text(isWithdrawn ? "revoked" : envelope.requestStatus ?? "active")),
                ("intent", .text("plan")),
                ("category", FHIRValue.concept(envelope.categorySystem, envelope.categoryCode).map { .array([$0]) }),
                ("subject", .element(("reference", .text(envelope.subject ?? "urn:takeup")))),
            ])
        let bundle = FHIRValue.resource(
            "Bundle",
            [
                ("id", .text(bundleID.text)),
                ("meta", .element(("lastUpdated", instant), ("profile", .array([.text(R4Names.bundleProfile)])))),
                ("type", .text("message")), ("timestamp", instant),
                (
                    "entry",
                    .array([
                        .element(("fullUrl", .text("urn:uuid:\(headerID.text)")), ("resource", header)),
                        .element(("fullUrl", .text(request)), ("resource", serviceRequest)),
                    ])
                ),
            ])
        return bundle.write(envelope.syntax)
    }
}

extension UUID {
    fileprivate var text: String { uuidString.lowercased() }
}
