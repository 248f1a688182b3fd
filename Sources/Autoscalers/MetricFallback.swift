/// `spec.fallback` of a ScaledObject: the size to hold while a trigger cannot be read.
///
/// Follows `GetMetricsWithFallback` of `pkg/fallback/fallback.go`, KEDA at 8b4f083c (August 2026).
package struct MetricFallback: Hashable, Sendable {
    /// Which size.
    package enum Behavior: String, CaseIterable, Hashable, Sendable {
        case fixed = "static"
        case currentReplicas
        case currentReplicasIfHigher
        case currentReplicasIfLower
        /// A formula over triggers decides; the metric reads as -1.
        case scalingModifiers
    }

    /// Reads that may fail in a row before the fallback takes over.
    package var failureThreshold: Int
    package var replicas: Int
    package var behavior: Behavior

    package init(failureThreshold: Int, replicas: Int, behavior: Behavior = .fixed) {
        self.failureThreshold = failureThreshold
        self.replicas = replicas
        self.behavior = behavior
    }

    /// How the reads of one metric have gone.
    package struct Health: Hashable, Sendable {
        /// In a row.
        package var failures: Int
        package var isFailing: Bool

        package init(failures: Int, isFailing: Bool) {
            self.failures = failures
            self.isFailing = isFailing
        }
    }

    /// What the HPA is to reach with the metric.
    package enum Target: Hashable, Sendable {
        case averageValue(Quantity)
        case value(Quantity)
    }

    package struct Reading: Hashable, Sendable {
        /// What the HPA is handed; `nil` if it sees a metric error.
        package var value: Quantity?
        package var isFallbackActive: Bool
        /// Has failed too often, and ``Behavior/scalingModifiers`` leaves it to the formula.
        package var isLeftOut = false
        /// Of all metrics, after the read.
        package var health: [String: Health]
        /// The condition Fallback; `nil` if it is left as it is.
        package var condition: AutoscalerCondition?
    }

    /// One read of one metric, by a poll or by the HPA: each failure of either adds to the same count, and each
    /// success of either sets it to zero.
    ///
    /// Both come by `processMetricsWithFallback` of `pkg/scaling/scale_handler.go`: polls in `getScalerState`, and the
    /// HPA through the metrics adapter in `GetScaledObjectMetrics`. The count lies in the object's status.
    ///
    /// `fallback`: `nil` if the object has none; then nothing is counted.
    /// `health`: Of the object's metrics, by name.
    /// `value`: What the trigger said; `nil` if it failed.
    /// `readyReplicas`: Running and ready; only targets of kind Value ask for it.
    package static func read(
        _ fallback: MetricFallback?, metric: String, target: Target, value: Quantity?,
        health: [String: Health], currentReplicas: Int, readyReplicas: Int
    ) -> Reading {
        guard let fallback, fallback.failureThreshold >= 0, fallback.replicas >= 0 else {
            return Reading(value: value, isFallbackActive: false, health: health)
        }
        var health = health
        let failures =
            value == nil ? ReplicaCount.clamped((health[metric]?.failures ?? 0) + 1) : 0
        health[metric] = Health(failures: failures, isFailing: value == nil)
        var reading = Reading(
            value: value, isFallbackActive: false, health: health,
            condition: fallback.condition(health))
        guard value == nil, failures > fallback.failureThreshold else { return reading }
        if fallback.behavior == .scalingModifiers {
            reading.value = Quantity(-1)
            reading.isLeftOut = true
            return reading
        }
        reading.value = fallback.value(
            for: target, currentReplicas: currentReplicas, readyReplicas: readyReplicas)
        reading.isFallbackActive = reading.value != nil
        return reading
    }

    private func condition(_ health: [String: Health]) -> AutoscalerCondition {
        health.values.contains { $0.isFailing && $0.failures > failureThreshold }
            ? AutoscalerCondition(
                "Fallback", .yes, "FallbackExists",
                "At least one trigger is falling back on this scaled object")
            : AutoscalerCondition(
                "Fallback", .no, "NoFallbackFound",
                "No fallbacks are active on this scaled object")
    }

    /// The metric that makes the HPA arrive at the size; `nil` if none can.
    func value(
        for target: Target, currentReplicas: Int, readyReplicas: Int
    ) -> Quantity? {
        let size =
            switch behavior {
            case .fixed, .scalingModifiers: replicas
            case .currentReplicas: currentReplicas
            case .currentReplicasIfHigher: max(currentReplicas, replicas)
            case .currentReplicasIfLower: min(currentReplicas, replicas)
            }
        switch target {
        case .averageValue(let each):
            return Quantity(
                milli: Int64(saturatingTowardsZero: each.double * 1000 * Double(size)))
        case .value(let all):
            guard readyReplicas != 0 else { return nil }
            let share = Double(size) / Double(readyReplicas)
            return Quantity(milli: Int64(saturatingTowardsZero: all.double * 1000 * share))
        }
    }
}
