import Autoscalers
import Kernel

/// Reading of one entry of `spec.metrics`.
extension Field {
    private static let sources = [
        "Resource": "resource", "ContainerResource": "containerResource", "Pods": "pods",
        "Object": "object", "External": "external",
    ]

    func horizontalMetric() throws(SnapshotError) -> HorizontalMetric {
        let type = try required("type")
        let name = try type.text()
        try allow(["type"] + Self.sources.values.sorted())
        guard let key = Self.sources[name] else { return try unknownMetric(type, name) }
        for (other, node) in try members().sorted(by: { $0.key < $1.key })
        where other != key && other != "type" && !node.isNull {
            throw child(other, node).failure(
                "does not belong to a metric of type \(name)",
                "write `\(key)`, or change `type`")
        }
        let source = try required(key)
        switch name {
        case "Resource": return .resource(try source.resourceMetric(["name", "target"]))
        case "ContainerResource":
            return .containerResource(
                try source.resourceMetric(["name", "container", "target"]))
        case "Pods":
            try source.allow(["metric", "target"])
            return .pods(
                PodsMetric(
                    metric: try source.required("metric").metricIdentifier(),
                    target: try source.metricTarget(oneOf: ["averageValue"])))
        case "Object":
            try source.allow(["describedObject", "metric", "target"])
            return .object(
                ObjectMetric(
                    object: try source.required("describedObject").objectReference(),
                    metric: try source.required("metric").metricIdentifier(),
                    target: try source.metricTarget(oneOf: ["value", "averageValue"])))
        default:
            try source.allow(["metric", "target"])
            return .external(
                ExternalMetric(
                    metric: try source.required("metric").metricIdentifier(),
                    target: try source.metricTarget(
                        oneOf: ["value", "averageValue"], isExclusive: true)))
        }
    }

    /// In a snapshot a metric that fails, as the controller's own tests have it.
    private func unknownMetric(
        _ field: Field, _ type: String
    ) throws(SnapshotError) -> HorizontalMetric {
        guard isManifest else { return .unknown(type: type) }
        let known = Self.sources.keys.sorted()
        throw field.failure(
            "unknown value \"\(type.prefix(40))\"",
            (NearestName.nearest(to: type, among: known).map { "write \($0), or " } ?? "write ")
                + "one of \(known.joined(separator: ", "))")
    }

    private func resourceMetric(_ fields: [String]) throws(SnapshotError) -> ResourceMetric {
        try allow(fields)
        return ResourceMetric(
            name: try required("name").text(),
            container: fields.contains("container") ? try required("container").text() : "",
            target: try metricTarget(
                oneOf: ["averageUtilization", "averageValue"], isExclusive: true))
    }

    /// The member `target`; it has one of `amounts`, or several unless that is forbidden. An empty one is
    /// a metric that fails in a snapshot.
    private func metricTarget(
        oneOf amounts: [String], isExclusive: Bool = false
    ) throws(SnapshotError) -> MetricTarget {
        let field = try required("target")
        try field.allow(["type", "value", "averageValue", "averageUtilization"])
        let kind = try (isManifest ? field.required("type") : field.member("type"))?
            .choice(MetricTarget.Kind.self)
        let target = MetricTarget(
            kind: kind,
            averageUtilization: try field.member("averageUtilization")?.count(atLeast: 1),
            averageValue: try field.member("averageValue")?.positiveQuantity().milli,
            value: try field.member("value")?.positiveQuantity().milli)
        var given: [String] = []
        for amount in amounts where try field.member(amount) != nil { given.append(amount) }
        let isEmpty = try field.members().isEmpty && !isManifest
        guard isEmpty || !given.isEmpty else {
            throw field.failure(
                "has no " + amounts.map { "`\($0)`" }.joined(separator: " or "),
                "add `\(amounts[0]):` to it")
        }
        guard given.count <= 1 || !isExclusive else {
            throw field.failure(
                "has both `\(given[0])` and `\(given[1])`", "remove one of them")
        }
        return target
    }

    private func metricIdentifier() throws(SnapshotError) -> MetricIdentifier {
        try allow(["name", "selector"])
        return MetricIdentifier(
            name: try required("name").text(),
            selector: try member("selector")?.selectorText() ?? "nil")
    }

    /// A label selector as Go prints it, which is how events show it.
    private func selectorText() throws(SnapshotError) -> String {
        try allow(["matchLabels", "matchExpressions"])
        var labels = ""
        if let field = try member("matchLabels") {
            for (key, node) in try field.members().sorted(by: { $0.key < $1.key }) {
                labels += "\(key): \(try field.child(key, node).spelling()),"
            }
        }
        var expressions = ""
        for item in try items("matchExpressions") {
            var values: [String] = []
            for value in try item.items("values") { values.append(try value.spelling()) }
            expressions +=
                "LabelSelectorRequirement{Key:\(try item.required("key").text()),"
                + "Operator:\(try item.required("operator").text()),"
                + "Values:[\(values.joined(separator: " "))],},"
        }
        return "&LabelSelector{MatchLabels:map[string]string{\(labels)},"
            + "MatchExpressions:[]LabelSelectorRequirement{\(expressions)},}"
    }

    func objectReference() throws(SnapshotError) -> ObjectReference {
        try allow(["apiVersion", "kind", "name"])
        if isManifest { for key in ["kind", "name"] { _ = try required(key) } }
        return ObjectReference(
            apiVersion: try member("apiVersion")?.text() ?? "",
            kind: try member("kind")?.text() ?? "", name: try member("name")?.text() ?? "")
    }
}
