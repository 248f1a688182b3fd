package import Kernel

/// The step of a Knative revision to zero and back: bounds, the activator, and how long the last pod stays.
///
/// Follows `scale` and `handleScaleToZero` of `pkg/reconciler/autoscaling/kpa/scaler.go` and the conditions and modes of
/// `kpa.go` beside it, Knative Serving 98e5ef90 (August 2026).
package struct KnativeActivation: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        /// Requests wait for the first pods.
        case activating
        case active
        /// Not in use.
        case inactive
    }

    package struct Outcome: Hashable, Sendable {
        /// `spec.replicas` of the deployment.
        package var replicas: Int
        package var phase: Phase
        /// Whether requests go through the activator, which holds those that find no pod.
        package var usesActivator: Bool
    }

    /// A revision that does not start within the deployment's 600 s, and 10 s more, is given up.
    private static let activationTimeout = SimulatedDuration.seconds(610)

    package private(set) var phase: Phase
    /// Since when the phase lasts.
    private var since: SimulatedInstant
    /// Since when the activator has been in the path; `nil` if it is not.
    private var proxyingSince: SimulatedInstant?
    /// Whether the initial scale has been reached once.
    private var isInitialised = false

    /// A revision that has just been made.
    package init(now: SimulatedInstant) {
        phase = .activating
        since = now
    }

    /// Turns the autoscaler's wish into a size, at each of its decisions.
    ///
    /// `desired`: `nil` while the autoscaler has no data.
    /// `current`: The deployment's `spec.replicas`.
    /// `ready`: Pods that are ready.
    package mutating func scale(
        _ spec: KnativeSpec, desired: Int?, excessBurstCapacity: Int, current: Int, ready: Int,
        now: SimulatedInstant
    ) -> Outcome {
        let least = isInitialised ? spec.minScale : max(spec.initialScale, spec.minScale)
        var replicas = current
        /// What the revision is to have; `nil` if that is not known.
        var wanted: Int?
        if let desired = desired ?? (phase == .activating ? least : nil) {
            var bounded = max(desired, least)
            if spec.maxScale > 0 { bounded = min(bounded, spec.maxScale) }
            (wanted, replicas) =
                bounded > 0
                ? (bounded, bounded) : leavingLast(spec, current: current, now: now)
        }
        updateActivator(wanted, excessBurstCapacity, now)
        updatePhase(wanted, ready: ready, threshold: max(1, least), now)
        return Outcome(
            replicas: replicas, phase: phase, usesActivator: proxyingSince != nil)
    }

    /// What happens to the last pods when none is wanted.
    private func leavingLast(
        _ spec: KnativeSpec, current: Int, now: SimulatedInstant
    ) -> (wanted: Int?, replicas: Int) {
        guard spec.scalesToZero else { return (1, 1) }
        let age = since.age(at: now)
        switch phase {
        case .activating:
            return age >= Self.activationTimeout ? (0, 0) : (nil, current)
        case .active:
            // First the activator takes over; until then one pod stays.
            return age >= spec.stableWindow ? (0, current) : (1, 1)
        case .inactive:
            guard let proxyingSince else { return (0, current) }
            let isGraceOver =
                proxyingSince.age(at: now) >= spec.scaleToZeroGracePeriod
                || age >= spec.scaleToZeroGracePeriod
            return isGraceOver && age >= spec.lastPodRetention ? (0, 0) : (0, current)
        }
    }

    private mutating func updateActivator(
        _ wanted: Int?, _ excess: Int, _ now: SimulatedInstant
    ) {
        let isNeeded = wanted == 0 || excess < 0 || wanted == nil && phase == .inactive
        proxyingSince = isNeeded ? proxyingSince ?? now : nil
    }

    private mutating func updatePhase(
        _ wanted: Int?, ready: Int, threshold: Int, _ now: SimulatedInstant
    ) {
        if ready >= threshold { isInitialised = true }
        if wanted == 0 {
            enter(.inactive, now)
        } else if wanted != nil || phase != .inactive {
            enter(ready >= threshold ? .active : .activating, now)
        }
    }

    private mutating func enter(_ next: Phase, _ now: SimulatedInstant) {
        guard next != phase else { return }
        phase = next
        since = now
    }
}
