import Autoscalers

/// Reading of a HorizontalPodAutoscaler's spec, with the defaults of the API server.
extension Field {
    /// `autoscaling/v2`; in `autoscaling/v1` the only metric is `targetCPUUtilizationPercentage`.
    func horizontalSpec() throws(SnapshotError) -> HorizontalSpec {
        var metrics: [HorizontalMetric] = []
        for item in try items("metrics") { metrics.append(try item.horizontalMetric()) }
        if let percent = try member("targetCPUUtilizationPercentage")?.count() {
            metrics.append(
                .resource(ResourceMetric(name: "cpu", target: .utilization(percent))))
        }
        return HorizontalSpec(
            minReplicas: try member("minReplicas")?.count() ?? 1,
            maxReplicas: try required("maxReplicas").count(), metrics: metrics,
            behavior: try member("behavior")?.horizontalBehavior())
    }

    private func horizontalMetric() throws(SnapshotError) -> HorizontalMetric {
        switch try required("type").text() {
        case "Resource":
            return .resource(try required("resource").resourceMetric(hasContainer: false))
        case "ContainerResource":
            return .containerResource(
                try required("containerResource").resourceMetric(hasContainer: true))
        case "Pods":
            let source = try required("pods")
            return .pods(
                PodsMetric(
                    metric: try source.required("metric").metricIdentifier(),
                    target: try source.required("target").metricTarget()))
        case "Object":
            let source = try required("object")
            return .object(
                ObjectMetric(
                    object: try source.required("describedObject").objectReference(),
                    metric: try source.required("metric").metricIdentifier(),
                    target: try source.required("target").metricTarget()))
        case "External":
            let source = try required("external")
            return .external(
                ExternalMetric(
                    metric: try source.required("metric").metricIdentifier(),
                    target: try source.required("target").metricTarget()))
        case let type:
            return .unknown(type: type)
        }
    }

    private func resourceMetric(hasContainer: Bool) throws(SnapshotError) -> ResourceMetric {
        ResourceMetric(
            name: try required("name").text(),
            container: hasContainer ? try required("container").text() : "",
            target: try required("target").metricTarget())
    }

    private func metricTarget() throws(SnapshotError) -> MetricTarget {
        MetricTarget(
            kind: try member("type")?.choice(MetricTarget.Kind.self),
            averageUtilization: try member("averageUtilization")?.count(),
            averageValue: try member("averageValue")?.quantity().milli,
            value: try member("value")?.quantity().milli)
    }

    private func metricIdentifier() throws(SnapshotError) -> MetricIdentifier {
        MetricIdentifier(
            name: try required("name").text(),
            selector: try member("selector")?.selectorText() ?? "nil")
    }

    /// A label selector as Go prints it, which is how events show it.
    private func selectorText() throws(SnapshotError) -> String {
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
        ObjectReference(
            apiVersion: try member("apiVersion")?.text() ?? "",
            kind: try member("kind")?.text() ?? "", name: try member("name")?.text() ?? "")
    }

    func horizontalBehavior() throws(SnapshotError) -> HorizontalBehavior {
        HorizontalBehavior(
            scaleUp: try member("scaleUp")?.scalingRules(default: .defaultUp) ?? .defaultUp,
            scaleDown: try member("scaleDown")?.scalingRules(default: .defaultDown)
                ?? .defaultDown)
    }

    private func scalingRules(default rules: ScalingRules) throws(SnapshotError) -> ScalingRules {
        var rules = rules
        if let window = try member("stabilizationWindowSeconds") {
            rules.stabilizationSeconds = try window.count()
        }
        if let selection = try member("selectPolicy") {
            rules.selection = try selection.choice(ScalingRules.Selection.self)
        }
        if let policies = try member("policies") {
            rules.policies = []
            for item in try policies.items() { rules.policies.append(try item.scalingRate()) }
        }
        rules.tolerance = try member("tolerance")?.ratio()
        return rules
    }

    private func scalingRate() throws(SnapshotError) -> ScalingRate {
        ScalingRate(
            try required("type").choice(ScalingRate.Unit.self), try required("value").count(),
            periodSeconds: try required("periodSeconds").count())
    }
}
