import Autoscalers

/// Reading of KEDA's ScaledObject and ScaledJob, with KEDA's defaults.
extension Field {
    /// `self` is the spec.
    func scaledObject(annotations: [String: String]) throws(SnapshotError) -> ScaledObject {
        let advanced = try member("advanced")?.member("horizontalPodAutoscalerConfig")
        return ScaledObject(
            minReplicaCount: try member("minReplicaCount")?.count() ?? 0,
            maxReplicaCount: try member("maxReplicaCount")?.count() ?? 100,
            idleReplicaCount: try member("idleReplicaCount")?.count(),
            pollingInterval: try member("pollingInterval")?.count() ?? 30,
            cooldownPeriod: try member("cooldownPeriod")?.count() ?? 300,
            initialCooldownPeriod: try member("initialCooldownPeriod")?.count() ?? 0,
            fallback: try member("fallback")?.fallback(),
            annotations: KedaAnnotations(annotations),
            behavior: try advanced?.member("behavior")?.horizontalBehavior(),
            triggers: try kedaTriggers())
    }

    func kedaTriggers() throws(SnapshotError) -> [KedaTrigger] {
        var triggers: [KedaTrigger] = []
        for item in try items("triggers") {
            triggers.append(
                KedaTrigger(
                    type: try item.required("type").text(),
                    name: try item.member("name")?.text() ?? "",
                    metadata: try item.member("metadata")?.spellings() ?? [:],
                    metricType: try item.member("metricType")?.choice(MetricTarget.Kind.self)))
        }
        return triggers
    }

    /// A fallback; counts below zero make it invalid, and KEDA then goes on without it.
    func fallback() throws(SnapshotError) -> MetricFallback {
        MetricFallback(
            failureThreshold: try member("failureThreshold")?.count(
                atLeast: -ReplicaCount.largest) ?? 0,
            replicas: try member("replicas")?.count(atLeast: -ReplicaCount.largest) ?? 0,
            behavior: try member("behavior")?.choice(MetricFallback.Behavior.self) ?? .fixed)
    }

    /// Texts by name.
    func spellings() throws(SnapshotError) -> [String: String] {
        var texts: [String: String] = [:]
        for (key, node) in try members().sorted(by: { $0.key < $1.key }) where !node.isNull {
            texts[key] = try child(key, node).spelling()
        }
        return texts
    }

    /// `self` is the spec.
    func scaledJob(hasTriggers: Bool) throws(SnapshotError) -> ScaledJob {
        let strategy = try member("scalingStrategy")
        return ScaledJob(
            minReplicaCount: try member("minReplicaCount")?.count() ?? 0,
            maxReplicaCount: try member("maxReplicaCount")?.count(),
            strategy: try strategy?.jobStrategy() ?? .normal,
            combination: try strategy?.jobCombination() ?? .max,
            pollingInterval: try member("pollingInterval")?.count() ?? 30,
            triggers: hasTriggers ? try kedaTriggers() : [])
    }

    /// A name that KEDA does not know is the default strategy; so is a share that is no number.
    private func jobStrategy() throws(SnapshotError) -> ScaledJob.Strategy {
        switch try member("strategy")?.text() {
        case "custom":
            let share = try member("customScalingRunningJobPercentage")?.spelling() ?? ""
            guard let share = Double(share), !share.isNaN else { return .normal }
            return .custom(
                deduction: try member("customScalingQueueLengthDeduction")?.count(
                    atLeast: -ReplicaCount.largest) ?? 0,
                runningShare: share)
        case "accurate": return .accurate
        case "eager": return .eager
        default: return .normal
        }
    }

    private func jobCombination() throws(SnapshotError) -> ScaledJob.Combination {
        let text = try member("multipleScalersCalculation")?.text() ?? ""
        return ScaledJob.Combination(rawValue: text) ?? .max
    }
}
