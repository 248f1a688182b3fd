import Autoscalers
package import Kernel

/// Every service's own HorizontalPodAutoscaler, as Kubernetes' controller evaluates it.
///
/// The controller looks at each autoscaler once a sync period. Autoscalers are not made at the same time
/// in a cluster, so each has a phase of its own: whole seconds, drawn once.
package struct HorizontalPolicy: ScalingPolicy {
    private let period: SimulatedDuration
    private let settings: HorizontalSettings
    /// By service; `nil` for those that keep their size.
    private var states: [HorizontalState?]

    package init(_ plan: ScalingPlan, seed: UInt64) {
        period = plan.syncPeriod
        settings = plan.horizontal
        states = plan.services.enumerated().map { index, service in
            service.autoscaler.map { _ in
                HorizontalState(next: plan.firstSync(of: index, seed: seed))
            }
        }
    }

    package var nextInstant: SimulatedInstant {
        states.lazy.compactMap { $0?.next }.min() ?? .never
    }

    package mutating func decide(_ view: ControlView) -> PolicyVerdict {
        var decisions: [ScalingDecision] = []
        for service in states.indices {
            guard var state = states[service], state.next <= view.now,
                let autoscaler = view.plan.services[service].autoscaler
            else { continue }
            state.next = state.next.advanced(saturatingBy: period)
            decisions.append(
                state.reconcile(service, autoscaler.horizontal, settings, autoscaler, view))
            states[service] = state
        }
        return .decisions(decisions)
    }

    /// By service: what its autoscaler would make of it now, whatever its phase.
    mutating func proposals(_ view: ControlView) -> [Int: Int] {
        var found: [Int: Int] = [:]
        for service in states.indices {
            guard var state = states[service],
                let autoscaler = view.plan.services[service].autoscaler
            else { continue }
            let decision = state.reconcile(
                service, autoscaler.horizontal, settings, autoscaler, view)
            states[service] = state
            found[service] = decision.replicas
        }
        return found
    }
}

/// What the controller keeps of one autoscaler.
struct HorizontalState: Hashable, Sendable {
    var next: SimulatedInstant
    private var memory = HorizontalAutoscalerMemory()
    private var conditions = ConditionList()

    init(next: SimulatedInstant) { self.next = next }

    /// One pass of the controller.
    ///
    /// - Returns: the size that is wanted after it, `nil` if it came to no decision.
    mutating func reconcile(
        _ service: Int, _ spec: HorizontalSpec, _ settings: HorizontalSettings,
        _ autoscaler: ServiceAutoscaler, _ view: ControlView, external: MetricsObservation? = nil
    ) -> ScalingDecision {
        let made = HorizontalAutoscaler.reconcile(
            spec: spec, status: conditions, settings: settings,
            current: view.scaleObservation(service), pods: view.podObservations(service),
            metrics: external ?? view.metricsObservation(service, autoscaler), memory: memory,
            now: view.now)
        memory = made.memory
        conditions = made.conditions
        var decision = ScalingDecision(
            service: service, replicas: made.desiredReplicas, reason: "SuccessfulRescale",
            message: made.rescaleReason)
        decision.events = made.events.filter(\.isWarning)
        decision.conditions = made.conditions
        return decision
    }
}

extension ScalingPlan {
    /// When the autoscaler of a service is looked at first: within one sync period, at a whole second if the
    /// period has several.
    func firstSync(of service: Int, seed: UInt64) -> SimulatedInstant {
        let seconds = syncPeriod.nanoseconds / 1_000_000_000
        guard seconds > 1 else { return .start + syncPeriod }
        let key = DrawKey(
            seed: seed, identity: 0, purpose: .controlPlane, service: UInt32(service), step: 1)
        return .start + .seconds(1 + Int64(key.uniform() * Double(seconds)))
    }
}
