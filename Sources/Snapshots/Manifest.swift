package import Autoscalers

/// An autoscaler as Kubernetes' own files describe it.
package enum Manifest: Hashable, Sendable {
    /// HorizontalPodAutoscaler of `autoscaling/v2` or `v1`; `target`: the name of what it scales.
    case horizontal(name: String, target: String, HorizontalSpec)
    /// ScaledObject of `keda.sh/v1alpha1`.
    case scaledObject(name: String, target: String, ScaledObject)
    /// ScaledJob of `keda.sh/v1alpha1`.
    case scaledJob(name: String, ScaledJob)

    /// All autoscalers in a YAML or JSON text of one or more documents, in order. Lists of objects are opened;
    /// other kinds are left out.
    package static func all(in text: String, file: String) throws(SnapshotError) -> [Manifest] {
        do throws(SnapshotError) {
            var found: [Manifest] = []
            for document in try YAMLText.documents(in: text) {
                found += try all(in: Field(document, isManifest: true))
            }
            return found
        } catch {
            throw error.inFile(file)
        }
    }

    private static func all(in object: Field) throws(SnapshotError) -> [Manifest] {
        guard case .map = object.node.content,
            case .text(let kind)? = try object.member("kind")?.node.content
        else { return [] }
        let version = try object.member("apiVersion")?.text() ?? ""
        switch (kind, version) {
        case ("List", _):
            var found: [Manifest] = []
            for item in try object.items("items") { found += try all(in: item) }
            return found
        case ("HorizontalPodAutoscaler", "autoscaling/v2"),
            ("HorizontalPodAutoscaler", "autoscaling/v1"):
            let spec = try object.required("spec")
            return [
                .horizontal(
                    name: try name(object), target: try target(spec),
                    try spec.horizontalSpec(version == "autoscaling/v1" ? .v1 : .v2))
            ]
        case ("HorizontalPodAutoscaler", _):
            throw try object.required("apiVersion").failure(
                "\"\(version)\" is no longer served", "convert the object to autoscaling/v2")
        case ("ScaledObject", "keda.sh/v1alpha1"):
            let spec = try object.required("spec")
            let annotations =
                try object.member("metadata")?.member("annotations")?.spellings() ?? [:]
            return [
                .scaledObject(
                    name: try name(object), target: try target(spec),
                    try spec.scaledObject(annotations: annotations))
            ]
        case ("ScaledJob", "keda.sh/v1alpha1"):
            return [
                .scaledJob(
                    name: try name(object),
                    try object.required("spec").scaledJob(hasTriggers: true))
            ]
        default: return []
        }
    }

    /// Empty in a template.
    private static func name(_ object: Field) throws(SnapshotError) -> String {
        try object.member("metadata")?.member("name")?.spelling() ?? ""
    }

    /// Empty in a template.
    private static func target(_ spec: Field) throws(SnapshotError) -> String {
        try spec.required("scaleTargetRef").member("name")?.spelling() ?? ""
    }
}
