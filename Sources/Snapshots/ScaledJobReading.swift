import Autoscalers

/// Reading of KEDA's ScaledJob, with KEDA's defaults.
///
/// What it refuses is refused by the schema of the resource: `apis/keda/v1alpha1/scaledjob_types.go`, KEDA at 8b4f083c
/// (August 2026). A least size above the largest is not: it then is the largest.
extension Field {
    /// `self` is the spec.
    func scaledJob(hasTriggers: Bool) throws(SnapshotError) -> ScaledJob {
        try allow([
            "jobTargetRef", "pollingInterval", "successfulJobsHistoryLimit",
            "failedJobsHistoryLimit", "rolloutStrategy", "rollout", "envSourceContainerName",
            "minReplicaCount", "maxReplicaCount", "scalingStrategy", "triggers",
        ])
        try member("rollout")?.allow(["strategy", "propagationPolicy"])
        for key in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
            _ = try member(key)?.count()
        }
        let strategy = try member("scalingStrategy")
        try strategy?.allow([
            "strategy", "customScalingQueueLengthDeduction", "customScalingRunningJobPercentage",
            "pendingPodConditions", "multipleScalersCalculation",
        ])
        var conditions: [String] = []
        for item in try strategy?.items("pendingPodConditions") ?? [] {
            conditions.append(try item.text())
        }
        return ScaledJob(
            minReplicaCount: try member("minReplicaCount")?.count() ?? 0,
            maxReplicaCount: try member("maxReplicaCount")?.count(atLeast: 1),
            strategy: try strategy?.jobStrategy() ?? .normal,
            combination: try strategy?.jobCombination() ?? .max,
            pollingInterval: try member("pollingInterval")?.count(atLeast: 1) ?? 30,
            triggers: hasTriggers ? try kedaTriggers() : [], pendingPodConditions: conditions)
    }

    private enum StrategyName: String, CaseIterable {
        case normal = "default"
        case custom, accurate, eager
    }

    /// A share that is no number makes the default strategy of the custom one.
    private func jobStrategy() throws(SnapshotError) -> ScaledJob.Strategy {
        guard let field = try writtenMember("strategy") else { return .normal }
        switch try field.choice(StrategyName.self) {
        case .custom:
            let share = try member("customScalingRunningJobPercentage")?.spelling() ?? ""
            guard let share = Double(share), !share.isNaN else { return .normal }
            return .custom(
                deduction: try member("customScalingQueueLengthDeduction")?.count(
                    atLeast: -ReplicaCount.largest) ?? 0,
                runningShare: share)
        case .accurate: return .accurate
        case .eager: return .eager
        case .normal: return .normal
        }
    }

    private func jobCombination() throws(SnapshotError) -> ScaledJob.Combination {
        try writtenMember("multipleScalersCalculation")?.choice(ScaledJob.Combination.self) ?? .max
    }

    /// A member that is not an empty text.
    private func writtenMember(_ key: String) throws(SnapshotError) -> Field? {
        guard let field = try member(key), field.node.content != .text("") else { return nil }
        return field
    }
}
