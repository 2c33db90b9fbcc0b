import Domain
import FoundationEssentials

/// The resources of a message, by the part they play in it.
enum ADWPart: UInt64 {
    case header, referral, encounter, patient, liaison, clinician, socialWorker
    case hospital, council, team, ward, answers, condition
}

/// Writes the resources of a message bundle. The ids of all but the header follow from the message's id, so that the same
/// message always gives the same bytes.
struct ADWBundleWriter {
    private(set) var xml = XMLWriter()
    private let messageID: String

    /// A whole bundle, whose resources `content` writes.
    static func bundle(id: String, messageID: String, _ content: (inout ADWBundleWriter) -> Void) -> [UInt8] {
        var writer = ADWBundleWriter(messageID: messageID)
        writer.node("Bundle", ["xmlns": FHIRDocument.namespace]) { writer in
            writer.value("id", id)
            writer.profile(ADWNames.profiles + "ADW-Message-Bundle-1")
            writer.value("type", "message")
            content(&writer)
        }
        return writer.xml.document
    }

    private init(messageID: String) {
        self.messageID = messageID
    }

    /// An element whose children `content` writes.
    mutating func node(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:],
        _ content: (inout ADWBundleWriter) -> Void
    ) {
        // The XML writer hands itself to its content; ours carries it, so it changes hands and back. A copy instead of a
        // swap would copy the whole document for every element.
        let id = messageID
        xml.element(name, attributes) { inner in
            var writer = ADWBundleWriter(messageID: id)
            swap(&writer.xml, &inner)
            content(&writer)
            swap(&writer.xml, &inner)
        }
    }

    /// A primitive, where there is a value.
    mutating func value(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        xml.element(name, ["value": value])
    }

    /// The profile of a resource.
    mutating func profile(_ url: String) {
        node("meta") { $0.value("profile", url) }
    }

    /// A reference to another resource of the message.
    mutating func reference(_ name: StaticString, to part: ADWPart) {
        let target = "urn:uuid:" + id(of: part)
        node(name) { $0.value("reference", target) }
    }

    /// A coding.
    mutating func coding(_ name: StaticString, system: String, code: String, display: String? = nil) {
        node(name) { writer in
            writer.value("system", system)
            writer.value("code", code)
            writer.value("display", display)
        }
    }

    /// An entry with one resource.
    mutating func entry(
        _ type: StaticString, _ part: ADWPart, profile: String, _ content: (inout ADWBundleWriter) -> Void
    ) {
        let id = id(of: part)
        node("entry") { writer in
            writer.value("fullUrl", "urn:uuid:" + id)
            writer.node("resource") { writer in
                writer.node(type) { writer in
                    writer.value("id", id)
                    writer.profile(profile)
                    content(&writer)
                }
            }
        }
    }

    /// A telephone number and an e-mail address.
    mutating func telecoms(_ contact: ADWContact) {
        for (system, value) in [("email", contact.email), ("phone", contact.phone)] where value != nil {
            node("telecom") { writer in
                writer.value("system", system)
                writer.value("value", value)
            }
        }
    }

    /// A name.
    mutating func name(family: String, given: [String], isUsual: Bool) {
        node("name") { writer in
            if isUsual { writer.value("use", "usual") }
            writer.value("family", family)
            for name in given { writer.value("given", name) }
        }
    }

    /// The id of a resource: the message's own for the header, else a version 8 UUID made of it and the part.
    private func id(of part: ADWPart) -> String {
        guard part != .header else { return messageID }
        // FNV-1a, twice with different beginnings. It needs to be stable and spread, not secret.
        func hash(_ start: UInt64) -> UInt64 {
            (Array(messageID.utf8) + [UInt8(truncatingIfNeeded: part.rawValue)]).reduce(start) {
                ($0 ^ UInt64($1)) &* 0x100_0000_01b3
            }
        }
        let high = hash(0xcbf2_9ce4_8422_2325) & ~0xF000 | 0x8000
        let low = hash(0x6c62_272e_07bb_0142) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return UUID(high: high, low: low).uuidString.lowercased()
    }
}
