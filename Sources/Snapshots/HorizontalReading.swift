import Autoscalers

/// The API of a HorizontalPodAutoscaler.
enum HorizontalVersion: Hashable {
    case v1, v2
    /// A spec in a snapshot: of either, and `isGated` without HPAScaleToZero.
    case snapshot(isGated: Bool)

    var fields: [String] {
        let common = ["scaleTargetRef", "minReplicas", "maxReplicas"]
        let (old, new) = (["targetCPUUtilizationPercentage"], ["metrics", "behavior"])
        return switch self {
        case .v1: common + old
        case .v2: common + new
        case .snapshot: common + new + old
        }
    }
}

/// Reading of a HorizontalPodAutoscaler's spec, with the defaults of the API server.
///
/// What it refuses is refused with it: `pkg/apis/autoscaling/validation/validation.go` of Kubernetes' development
/// branch of 2026.
extension Field {
    /// In `autoscaling/v1` the only metric is `targetCPUUtilizationPercentage`. Whether `minReplicas` may be 0 is
    /// for a manifest's user to know.
    func horizontalSpec(_ version: HorizontalVersion) throws(SnapshotError) -> HorizontalSpec {
        try allow(version.fields)
        try member("scaleTargetRef")?.allow(["apiVersion", "kind", "name"])
        var metrics: [HorizontalMetric] = []
        for item in try items("metrics") { metrics.append(try item.horizontalMetric()) }
        if let percent = try member("targetCPUUtilizationPercentage")?.count(atLeast: 1) {
            metrics.append(
                .resource(ResourceMetric(name: "cpu", target: .utilization(percent))))
        }
        let spec = HorizontalSpec(
            minReplicas: try member("minReplicas")?.count() ?? 1,
            maxReplicas: try required("maxReplicas").count(atLeast: 1), metrics: metrics,
            behavior: try member("behavior")?.horizontalBehavior())
        try checkBounds(of: spec, version)
        return spec
    }

    private func checkBounds(
        of spec: HorizontalSpec, _ version: HorizontalVersion
    ) throws(SnapshotError) {
        guard spec.minReplicas <= spec.maxReplicas else {
            throw try required("maxReplicas").failure(
                "\(spec.maxReplicas) is less than `minReplicas`, which is \(spec.minReplicas)",
                "write \(spec.minReplicas) or more, or lower `minReplicas`")
        }
        guard spec.minReplicas == 0, let least = try member("minReplicas") else { return }
        if version == .snapshot(isGated: true) {
            throw least.failure(
                "0 needs the feature gate HPAScaleToZero, which is off",
                "write 1 or more, or `\"featureGates\": {\"HPAScaleToZero\": true}` in `controller`"
            )
        }
        let canWakeUp = spec.metrics.contains {
            switch $0 {
            case .object, .external, .unknown: true
            case .resource, .containerResource, .pods: false
            }
        }
        guard canWakeUp else {
            throw least.failure(
                "0 needs an Object or External metric, since pods that are not there have none",
                "write 1 or more, or add such a metric")
        }
    }
}

// MARK: Behavior

extension Field {
    func horizontalBehavior() throws(SnapshotError) -> HorizontalBehavior {
        try allow(["scaleUp", "scaleDown"])
        return HorizontalBehavior(
            scaleUp: try member("scaleUp")?.scalingRules(default: .defaultUp) ?? .defaultUp,
            scaleDown: try member("scaleDown")?.scalingRules(default: .defaultDown)
                ?? .defaultDown)
    }

    private func scalingRules(default rules: ScalingRules) throws(SnapshotError) -> ScalingRules {
        try allow(["stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance"])
        var rules = rules
        if let window = try member("stabilizationWindowSeconds") {
            rules.stabilizationSeconds = try window.count(atMost: 3600)
        }
        if let selection = try member("selectPolicy") {
            rules.selection = try selection.choice(ScalingRules.Selection.self)
        }
        if let policies = try member("policies") {
            rules.policies = []
            for item in try policies.items() { rules.policies.append(try item.scalingRate()) }
            guard !rules.policies.isEmpty else {
                throw policies.failure(
                    "the list is empty", "add a policy, or leave `policies` out for the defaults")
            }
        }
        rules.tolerance = try member("tolerance")?.ratio()
        return rules
    }

    private func scalingRate() throws(SnapshotError) -> ScalingRate {
        try allow(["type", "value", "periodSeconds"])
        return ScalingRate(
            try required("type").choice(ScalingRate.Unit.self),
            try required("value").count(atLeast: 1),
            periodSeconds: try required("periodSeconds").count(atLeast: 1, atMost: 1800))
    }
}
