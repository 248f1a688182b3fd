package import Kernel

/// The decision of Kubernetes' HPA controller about one autoscaler at one instant.
///
/// Follows `reconcileAutoscaler` of `pkg/controller/podautoscaler/horizontal.go`, development branch of mid-2026.
/// Instants may lie before the start of the simulation.
package struct HorizontalAutoscaler {
    private let spec: HorizontalSpec
    private let settings: HorizontalSettings
    private let current: Int
    private let now: SimulatedInstant
    /// What the last pass left in the status.
    private let wasScaledToZero: Bool
    private var decision: HorizontalDecision

    /// One pass. Linear in pods and remembered entries, times the number of metrics.
    ///
    /// `status`: The conditions that the last pass left; only ScaledToZero has an effect on the size.
    /// `pods`: The pods that the target's selector selects, in any phase.
    /// `memory`: What the last pass left; a new value for an autoscaler that was never seen.
    package static func reconcile(
        spec: HorizontalSpec, status: ConditionList = ConditionList(),
        settings: HorizontalSettings = HorizontalSettings(), current: ScaleObservation,
        pods: [PodObservation], metrics: MetricsObservation, memory: HorizontalAutoscalerMemory,
        now: SimulatedInstant
    ) -> HorizontalDecision {
        var pass = HorizontalAutoscaler(
            spec: spec, settings: settings, current: current.specReplicas, now: now,
            wasScaledToZero: settings.scalesToZero && status["ScaledToZero"]?.status == .yes,
            decision: HorizontalDecision(conditions: status, memory: memory))
        pass.run(
            ReplicaCalculation(
                current: current, pods: pods, settings: settings,
                tolerances: pass.tolerances, now: now),
            metrics)
        return pass.decision
    }

    private mutating func run(
        _ calculation: ReplicaCalculation, _ metrics: MetricsObservation
    ) {
        set(
            "AbleToScale", .yes, "SucceededGetScale",
            "the HPA controller was able to get the target's current scale")
        decision.memory.seed(current, at: now)
        if current == 0, !mayLeaveZero {
            decision.desiredReplicas = 0
            set(
                "ScalingActive", .no, "ScalingDisabled",
                "scaling is disabled since the replica count of the target is zero")
            if !settings.scalesToZero { decision.conditions.remove("ScaledToZero") }
        } else if current > 0, current > spec.maxReplicas {
            rescale(to: spec.maxReplicas, "Current number of replicas above Spec.MaxReplicas")
        } else if current > 0, current < spec.minReplicas {
            rescale(to: spec.minReplicas, "Current number of replicas below Spec.MinReplicas")
        } else if let (replicas, name) = evaluate(calculation, metrics) {
            follow(max(0, replicas), name)
        }
    }

    /// Only an autoscaler that went to zero by itself leaves it, and only if something can be measured there or
    /// it may no longer be there.
    private var mayLeaveZero: Bool {
        wasScaledToZero && (spec.minReplicas != 0 || spec.hasObjectOrExternalMetric)
    }

    private var tolerances: ReplicaCalculation.Tolerances {
        var tolerances = ReplicaCalculation.Tolerances(
            down: settings.tolerance, up: settings.tolerance)
        if settings.allowsTolerances, let behavior = spec.behavior {
            tolerances.down = behavior.scaleDown.tolerance ?? tolerances.down
            tolerances.up = behavior.scaleUp.tolerance ?? tolerances.up
        }
        return tolerances
    }
}

// MARK: Metrics

extension HorizontalAutoscaler {
    /// The largest proposal with the name of its metric; `nil` if the pass must leave the size alone.
    private mutating func evaluate(
        _ calculation: ReplicaCalculation, _ metrics: MetricsObservation
    ) -> (replicas: Int, name: String)? {
        var (replicas, name) = (0, "")
        var first: (MetricResult.Failure, String)?
        var failures = 0
        for metric in spec.metrics {
            let result = calculation.evaluate(metric, metrics)
            decision.metrics.append(result)
            if let failure = result.failure {
                event(isWarning: true, failure.reason, failure.message)
                failures += 1
                first = first ?? (failure, ReplicaCalculation.passFailure(metric, failure.message))
            } else if let proposal = result.proposal, replicas == 0 || proposal > replicas {
                (replicas, name) = (proposal, result.name)
            }
        }
        if let (failure, text) = first {
            let message =
                "invalid metrics (\(failures) invalid out of \(spec.metrics.count)), first error "
                + "is: \(text)"
            decision.failure = message
            // What is known may ask for more, but not for less than what cannot be seen.
            if failures >= spec.metrics.count || replicas < current {
                set(
                    "ScalingActive", .no, failure.reason,
                    "the HPA was unable to compute the replica count: \(failure.message)")
                event(isWarning: true, "FailedComputeMetricsReplicas", message)
                return nil
            }
        }
        set(
            "ScalingActive", .yes, "ValidMetricFound",
            "the HPA was able to successfully calculate a replica count from \(name)")
        return (replicas, name)
    }
}

// MARK: From a proposal to a size

extension HorizontalAutoscaler {
    private mutating func follow(_ proposed: Int, _ name: String) {
        var reason = ""
        if proposed > current { reason = "\(name) above target" }
        if proposed < current { reason = "All metrics below target" }
        var desired =
            if let behavior = spec.behavior {
                normalized(proposed, behavior)
            } else {
                normalized(proposed)
            }
        if current == 0, spec.minReplicas != 0, wasScaledToZero, desired < spec.minReplicas {
            desired = spec.minReplicas
            if reason.isEmpty { reason = "Current number of replicas below Spec.MinReplicas" }
        }
        if desired == current {
            decision.desiredReplicas = current
        } else {
            rescale(to: desired, reason)
        }
    }

    /// Without a behavior: the largest of recent proposals, within the bounds and at most double.
    private mutating func normalized(_ proposed: Int) -> Int {
        let wanted = decision.memory.stabilize(
            proposed, window: settings.downscaleStabilization, at: now)
        setStabilized(isChanged: wanted != proposed, isUp: false)
        let ceiling = max(2 * current, 4)
        let top = min(spec.maxReplicas, ceiling)
        if wanted < spec.minReplicas {
            return limited(wanted, to: spec.minReplicas, .tooFew)
        }
        if wanted > top {
            return limited(
                wanted, to: top, spec.maxReplicas > ceiling ? .rateUp : .tooMany)
        }
        return limited(wanted, to: wanted, .none)
    }

    /// With a behavior: within recent proposals, at the rates that the policies allow.
    private mutating func normalized(_ proposed: Int, _ behavior: HorizontalBehavior) -> Int {
        let upWindow = Int64(behavior.scaleUp.stabilizationSeconds ?? 0)
        let downWindow =
            behavior.scaleDown.stabilizationSeconds.map(Int64.init)
            ?? settings.downscaleStabilization.nanoseconds / 1_000_000_000
        let wanted = decision.memory.stabilize(
            proposed, current: current, upWindow: .seconds(upWindow),
            downWindow: .seconds(downWindow), at: now)
        setStabilized(isChanged: wanted != proposed, isUp: proposed >= current)
        let memory = decision.memory
        let now = now
        let changed = { (seconds: Int) in memory.change(within: seconds, at: now) }
        if wanted > current {
            let limit = max(behavior.scaleUp.upLimit(from: current, changed), current)
            let top = min(spec.maxReplicas, limit)
            if wanted > top {
                return limited(wanted, to: top, spec.maxReplicas > limit ? .rateUp : .tooMany)
            }
        } else if wanted < current {
            let limit = min(behavior.scaleDown.downLimit(from: current, changed), current)
            let bottom = max(spec.minReplicas, limit)
            if wanted < bottom {
                return limited(
                    wanted, to: bottom, spec.minReplicas < limit ? .rateDown : .tooFew)
            }
        }
        return limited(wanted, to: wanted, .none)
    }

    private mutating func rescale(to desired: Int, _ reason: String) {
        decision.desiredReplicas = desired
        decision.isRescale = true
        decision.rescaleReason = reason
        set(
            "AbleToScale", .yes, "SucceededRescale",
            "the HPA controller was able to update the target scale to \(desired)")
        event(
            isWarning: false, "SuccessfulRescale", "New size: \(desired); reason: \(reason)")
        if let behavior = spec.behavior {
            decision.memory.noteRescale(from: current, to: desired, behavior, at: now)
        }
        guard settings.scalesToZero else {
            decision.conditions.remove("ScaledToZero")
            return
        }
        if current > 0, desired == 0, spec.minReplicas == 0, spec.hasObjectOrExternalMetric {
            set(
                "ScaledToZero", .yes, "ScaledToZero",
                "the HPA controller scaled the workload to zero")
        } else {
            set(
                "ScaledToZero", .no, "NotScaledToZero",
                "the HPA controller did not scale the workload to zero")
        }
    }
}

// MARK: Conditions and events

extension HorizontalAutoscaler {
    private enum Limit {
        case none, tooFew, tooMany, rateUp, rateDown

        var reason: String {
            switch self {
            case .none: "DesiredWithinRange"
            case .tooFew: "TooFewReplicas"
            case .tooMany: "TooManyReplicas"
            case .rateUp: "ScaleUpLimit"
            case .rateDown: "ScaleDownLimit"
            }
        }

        var message: String {
            switch self {
            case .none: "the desired count is within the acceptable range"
            case .tooFew: "the desired replica count is less than the minimum replica count"
            case .tooMany: "the desired replica count is more than the maximum replica count"
            case .rateUp:
                "the desired replica count is increasing faster than the maximum scale rate"
            case .rateDown:
                "the desired replica count is decreasing faster than the maximum scale rate"
            }
        }
    }

    private mutating func limited(_ wanted: Int, to replicas: Int, _ limit: Limit) -> Int {
        set("ScalingLimited", replicas == wanted ? .no : .yes, limit.reason, limit.message)
        return replicas
    }

    private mutating func setStabilized(isChanged: Bool, isUp: Bool) {
        guard isChanged else {
            set(
                "AbleToScale", .yes, "ReadyForNewScale", "recommended size matches current size")
            return
        }
        if isUp {
            set(
                "AbleToScale", .yes, "ScaleUpStabilized",
                "recent recommendations were lower than current one, applying the lowest recent "
                    + "recommendation")
        } else {
            set(
                "AbleToScale", .yes, "ScaleDownStabilized",
                "recent recommendations were higher than current one, applying the highest recent "
                    + "recommendation")
        }
    }

    private mutating func set(
        _ type: String, _ status: AutoscalerCondition.Status, _ reason: String, _ message: String
    ) {
        decision.conditions.set(AutoscalerCondition(type, status, reason, message))
    }

    private mutating func event(isWarning: Bool, _ reason: String, _ message: String) {
        decision.events.append(
            AutoscalerEvent(isWarning: isWarning, reason: reason, message: message))
    }
}
