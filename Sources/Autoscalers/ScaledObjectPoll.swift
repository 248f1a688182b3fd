package import Kernel

/// One polling pass of KEDA over a ScaledObject: between nothing, or its idle size, and its least size. What lies
/// above is the HPA's business.
///
/// Follows `RequestScale` of `pkg/scaling/executor/scale_scaledobjects.go`, KEDA at 8b4f083c (August 2026).
package struct ScaledObjectPoll {
    /// What a trigger says in this pass.
    package struct Trigger: Hashable, Sendable {
        package var name: String
        /// `nil` if the trigger could not be read.
        package var value: Quantity?
        package var activationThreshold: Quantity
        package var isFallbackActive: Bool
        /// It has failed for too long, and the formula says what to do.
        package var isLeftOut: Bool
        /// A cpu or memory trigger, which says nothing about activity by itself.
        package var isResource: Bool

        package init(
            name: String, value: Quantity?, activationThreshold: Quantity = .zero,
            isFallbackActive: Bool = false, isLeftOut: Bool = false, isResource: Bool = false
        ) {
            self.name = name
            self.value = value
            self.activationThreshold = activationThreshold
            self.isFallbackActive = isFallbackActive
            self.isLeftOut = isLeftOut
            self.isResource = isResource
        }

        var hasFailed: Bool {
            !isResource && value == nil && !isFallbackActive && !isLeftOut
        }

        /// Strictly above the threshold, which has nothing to do with the scaling target.
        var isActive: Bool {
            isFallbackActive || !isResource && value.map { $0 > activationThreshold } ?? false
        }
    }

    package struct Outcome: Hashable, Sendable {
        /// The size after the pass.
        package var replicas: Int
        package var isActive: Bool
        /// What the formula over all triggers came to; `nil` if there is none, or it came to nothing.
        package var composite: Quantity?
        /// `nil` if no trigger has ever been active.
        package var lastActive: SimulatedInstant?
        package var isLastActiveUpdated = false
        package var conditions = ConditionList()
        package var events: [AutoscalerEvent] = []
    }

    private let object: ScaledObject
    private let current: Int
    private let now: SimulatedInstant
    private let hasError: Bool
    private var outcome: Outcome

    /// Decides. Linear in the triggers.
    ///
    /// With a formula its result alone counts, against its own threshold, and a trigger that fails makes the object
    /// inactive (`getScaledObjectState` of `pkg/scaling/scale_handler.go`).
    ///
    /// `lastActive`: `nil` if no trigger has ever been active.
    /// `created`: When the object was created; only the initial cooldown asks for it.
    /// `ready`: Pods that are ready; all if absent. Only a formula with a target for all of them asks for it.
    package static func poll(
        _ object: ScaledObject, triggers: [Trigger], current: Int, ready: Int? = nil,
        lastActive: SimulatedInstant?, created: SimulatedInstant, now: SimulatedInstant
    ) -> Outcome {
        let hasError = triggers.contains(where: \.hasFailed)
        // What only watches cpu or memory would never come back from zero.
        let isAlwaysActive = !triggers.isEmpty && triggers.allSatisfy(\.isResource) && !hasError
        let composite = object.composite(of: triggers, current: current, ready: ready ?? current)
        let areActive =
            object.modifiers.map { modifiers in
                !hasError && composite.map { $0.double > modifiers.activationTarget } ?? false
            } ?? triggers.contains(where: \.isActive)
        let isActive = isAlwaysActive || object.annotations.forcesActivation || areActive
        var pass = ScaledObjectPoll(
            object: object, current: current, now: now, hasError: hasError,
            outcome: Outcome(
                replicas: current, isActive: isActive, composite: composite,
                lastActive: lastActive))
        pass.set(
            "Ready", .yes, "ScaledObjectReady",
            "ScaledObject is defined correctly and is ready for scaling")
        if object.annotations.isPaused {
            pass.set("Paused", .yes, "ScaledObjectPaused", "ScaledObject is paused")
        } else if isActive {
            pass.activate(triggers)
        } else {
            pass.deactivate(created: created)
        }
        return pass.outcome
    }

    private mutating func activate(_ triggers: [Trigger]) {
        set(
            "Active", .yes, "ScalerActive",
            object.annotations.forcesActivation
                ? "Scaling is performed because activation is being forced by annotation"
                : "Scaling is performed because triggers are active")
        if current == 0 || object.idleReplicaCount != nil && current < object.minReplicaCount {
            guard !object.annotations.pausesScaleOut else { return }
            let replicas = max(object.minReplicaCount, 1)
            let names =
                object.modifiers != nil
                ? ScalingModifiers.metricName
                : triggers.filter(\.isActive).map(\.name).joined(separator: ";")
            event(
                "KEDAScaleTargetActivated",
                "Scaled from \(current) to \(replicas), "
                    + (object.annotations.forcesActivation
                        ? "caused by forced activation annotation" : "triggered by \(names)"))
            outcome.replicas = replicas
            noteActivity()
        } else if hasError {
            set(
                "Ready", .unknown, "PartialTriggerError",
                "Some triggers defined in ScaledObject are not working correctly")
        } else {
            noteActivity()
        }
    }

    private mutating func deactivate(created: SimulatedInstant) {
        set(
            "Active", .no, "ScalerNotActive",
            "Scaling is not performed because triggers are not active")
        if hasError, let fallback = object.fallback, fallback.replicas != 0 {
            // At zero the HPA would be off, and never get to the fallback's size.
            return
        }
        if hasError, object.fallback == nil {
            set(
                "Ready", .no, "TriggerError",
                "Triggers defined in ScaledObject are not working correctly")
            return
        }
        let isAboveIdle = object.idleReplicaCount.map { current > $0 } ?? false
        if isAboveIdle || current > 0 && object.minReplicaCount == 0 {
            scaleIn(created: created)
        } else if object.idleReplicaCount == nil, current < object.minReplicaCount {
            outcome.replicas = object.minReplicaCount
        }
    }

    /// To the idle size or to the least, once the cooldown is over.
    private mutating func scaleIn(created: SimulatedInstant) {
        guard !object.annotations.pausesScaleIn else { return }
        let (since, period) =
            if let lastActive = outcome.lastActive {
                (lastActive, object.cooldownPeriod)
            } else {
                (created, object.initialCooldownPeriod)
            }
        guard since.age(at: now) > .seconds(Int64(period)) else {
            set(
                "Active", .no, "ScalerCooldown",
                "Scaler cooling down because triggers are not active")
            return
        }
        let replicas = object.idleReplicaCount ?? object.minReplicaCount
        event("KEDAScaleTargetDeactivated", "Deactivated from \(current) to \(replicas)")
        outcome.replicas = replicas
    }

    private mutating func noteActivity() {
        outcome.lastActive = now
        outcome.isLastActiveUpdated = true
    }

    private mutating func set(
        _ type: String, _ status: AutoscalerCondition.Status, _ reason: String, _ message: String
    ) {
        outcome.conditions.set(AutoscalerCondition(type, status, reason, message))
    }

    private mutating func event(_ reason: String, _ message: String) {
        outcome.events.append(AutoscalerEvent(isWarning: false, reason: reason, message: message))
    }
}

extension ScaledObject {
    /// What the formula makes of triggers as they are in a poll; `nil` without a formula, and if it makes nothing.
    fileprivate func composite(
        of triggers: [ScaledObjectPoll.Trigger], current: Int, ready: Int
    ) -> Quantity? {
        guard let modifiers else { return nil }
        let parts = triggers.filter { !$0.isResource }.map { trigger in
            ScalingModifiers.Part(
                name: trigger.name,
                value: trigger.isFallbackActive
                    ? fallback?.value(
                        for: modifiers.fallbackTarget, currentReplicas: current,
                        readyReplicas: ready)
                    : trigger.isLeftOut ? Quantity(-1) : trigger.value,
                isFallbackActive: trigger.isFallbackActive, isLeftOut: trigger.isLeftOut)
        }
        return modifiers.value(parts, fallback: fallback)
    }
}
