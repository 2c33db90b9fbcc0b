/// An element of a FHIR resource together with its path, so that every finding can say where it is.
struct FHIRNode {
    let element: XMLElement
    let path: String

    /// The primitive's value.
    var value: String? { element.attributes["value"] }

    /// The first child of this name.
    func child(_ name: String) -> FHIRNode? {
        element.first(name).map { FHIRNode(element: $0, path: "\(path).\(name)") }
    }

    /// The descendant that the names lead to, by first children.
    func child(_ first: String, _ rest: String...) -> FHIRNode? {
        rest.reduce(child(first)) { $0?.child($1) }
    }

    /// The children of this name, numbered from 0.
    func children(_ name: String) -> [FHIRNode] {
        element.all(name).enumerated().map { FHIRNode(element: $1, path: "\(path).\(name)[\($0)]") }
    }

    /// The extension with this address; `url` is relative in nested extensions.
    func `extension`(_ url: String) -> FHIRNode? {
        children("extension").first { $0.element.attributes["url"] == url }
    }

    /// The reference that the child of this name holds.
    func reference(_ name: String) -> String? { child(name, "reference")?.value }

    /// The path of a child that is not there.
    func path(_ name: String) -> String { "\(path).\(name)" }
}

/// A bundle: resources that refer to each other by `fullUrl`, or by type and id.
struct FHIRBundle {
    let root: FHIRNode
    private let resources: [FHIRNode]
    private let byURL: [String: Int]

    /// Takes the bundle apart; nil, with the reason in `report`, where the document is no FHIR message.
    init?(_ document: XMLElement, types: [String] = ["message"], report: inout ValidationReport) {
        root = FHIRNode(element: document, path: "Bundle")
        guard document.name == "Bundle", document.namespace == FHIRDocument.namespace else {
            report.add(
                .error, "fhir.bundle", at: document.name,
                fix: "send a FHIR Bundle in the namespace \(FHIRDocument.namespace)")
            return nil
        }
        if !types.contains(root.child("type")?.value ?? "") {
            report.add(
                .error, "fhir.bundle-type", at: "Bundle.type",
                fix: "set the bundle’s type to \(types.joined(separator: " or "))")
        }
        var resources: [FHIRNode] = []
        var byURL: [String: Int] = [:]
        for entry in root.children("entry") {
            guard let resource = entry.child("resource")?.element.children.first else {
                report.add(
                    .error, "fhir.entry", at: entry.path("resource"),
                    fix: "put a resource into the entry or leave it out")
                continue
            }
            if let id = resource.first("id")?.attributes["value"] { byURL["\(resource.name)/\(id)"] = resources.count }
            if let url = entry.child("fullUrl")?.value, byURL.updateValue(resources.count, forKey: url) != nil {
                report.add(
                    .error, "fhir.full-url", at: entry.path("fullUrl"), fix: "give every entry a fullUrl of its own")
            }
            resources.append(FHIRNode(element: resource, path: "\(entry.path).\(resource.name)"))
        }
        self.resources = resources
        self.byURL = byURL
    }

    /// The first resource of a type.
    func first(_ type: String) -> FHIRNode? { resources.first { $0.element.name == type } }

    /// All resources of a type.
    func all(_ type: String) -> [FHIRNode] { resources.filter { $0.element.name == type } }

    /// The `fullUrl` by which others refer to a resource of the bundle.
    func fullURL(of node: FHIRNode) -> String? {
        guard let index = resources.firstIndex(where: { $0.path == node.path }) else { return nil }
        return byURL.first { $0.value == index && !$0.key.hasPrefix(node.element.name + "/") }?.key
    }

    /// The resource that `node`'s child `name` refers to, where it is of this type and in the bundle: for references that may
    /// lead elsewhere.
    func resource(_ type: String, perhapsReferredBy name: String, of node: FHIRNode?) -> FHIRNode? {
        guard let index = node?.reference(name).flatMap({ byURL[$0] }) else { return nil }
        return resources[index].element.name == type ? resources[index] : nil
    }

    /// The resource of a type that `node`'s child `name` refers to; nil where it refers to none. A reference that leads
    /// nowhere, or to another type, is a finding.
    func resource(
        _ type: String, referredBy name: String, of node: FHIRNode?, report: inout ValidationReport
    ) -> FHIRNode? {
        guard let node, let reference = node.reference(name) else { return nil }
        guard let index = byURL[reference], resources[index].element.name == type else {
            report.add(
                .warning, "fhir.reference", at: "\(node.path(name)).reference",
                fix: "refer to a \(type) that is in the bundle, by its fullUrl")
            return nil
        }
        return resources[index]
    }
}
