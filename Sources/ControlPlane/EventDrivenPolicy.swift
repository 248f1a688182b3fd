import Autoscalers
package import Kernel
import Model

/// Every service's own ScaledObject or ScaledJob, as KEDA evaluates it.
///
/// KEDA itself polls the triggers and moves a service between zero, or its idle size, and its least size; the
/// HorizontalPodAutoscaler that it makes does the rest, and reads the triggers at each of its own looks.
package struct EventDrivenPolicy: ScalingPolicy {
    private let period: SimulatedDuration
    private let settings: HorizontalSettings
    private var states: [State?]

    fileprivate struct State: Sendable {
        var nextPoll: SimulatedInstant
        var horizontal: HorizontalState
        var lastActive: SimulatedInstant?
        /// By trigger: how its reads have gone, by polls and by the HPA alike.
        var health: [String: MetricFallback.Health] = [:]
        /// By trigger: what the last poll has left for the HPA; `nil` for an error.
        var cached: [Int: Quantity?] = [:]
    }

    package init(_ plan: ScalingPlan, seed: UInt64) {
        period = plan.syncPeriod
        settings = plan.horizontal
        states = plan.services.enumerated().map { index, service in
            service.autoscaler.map { _ in
                State(
                    nextPoll: .start,
                    horizontal: HorizontalState(next: plan.firstSync(of: index, seed: seed)))
            }
        }
    }

    package var nextInstant: SimulatedInstant {
        states.lazy.compactMap { $0.map { min($0.nextPoll, $0.horizontal.next) } }.min() ?? .never
    }

    package mutating func decide(_ view: ControlView) -> PolicyVerdict {
        var decisions: [ScalingDecision] = []
        for service in states.indices {
            guard var state = states[service],
                let autoscaler = view.plan.services[service].autoscaler
            else { continue }
            var current = view.desired[service]
            if state.nextPoll <= view.now {
                state.nextPoll = state.nextPoll.advanced(
                    saturatingBy: .seconds(Int64(max(1, autoscaler.eventDriven.pollingInterval))))
                let decision = Self.poll(service, autoscaler.eventDriven, &state, view)
                current = decision.replicas ?? current
                decisions.append(decision)
            }
            if state.horizontal.next <= view.now {
                state.horizontal.next = state.horizontal.next.advanced(saturatingBy: period)
                // A pass of KEDA's in the same instant comes first, and the HPA sees what it wrote.
                if case .object(let object) = autoscaler.eventDriven.target,
                    current == view.desired[service]
                {
                    decisions.append(
                        reconcile(service, object, autoscaler, &state, view))
                }
            }
            states[service] = state
        }
        return .decisions(decisions)
    }

    // MARK: Polls

    private static func poll(
        _ service: Int, _ autoscaler: EventDrivenAutoscaler, _ state: inout State,
        _ view: ControlView
    ) -> ScalingDecision {
        switch autoscaler.target {
        case .object(let object): poll(service, object, autoscaler, &state, view)
        case .job(let job): start(service, job, autoscaler, view)
        }
    }

    private static func poll(
        _ service: Int, _ object: ScaledObject, _ autoscaler: EventDrivenAutoscaler,
        _ state: inout State, _ view: ControlView
    ) -> ScalingDecision {
        let triggers = autoscaler.triggers.indices.map { index -> ScaledObjectPoll.Trigger in
            let trigger = autoscaler.triggers[index]
            guard !trigger.isResource else {
                return .init(name: trigger.name, value: .zero, isResource: true)
            }
            let value = value(of: trigger, view)
            let reading = state.read(value, of: trigger, service, object, view)
            state.cached[index] = .some(reading.value)
            return .init(
                name: trigger.name, value: value,
                activationThreshold: trigger.activationThreshold,
                isFallbackActive: reading.isFallbackActive, isLeftOut: reading.isLeftOut)
        }
        let outcome = ScaledObjectPoll.poll(
            object, triggers: triggers, current: view.desired[service],
            ready: view.readyPods(service), lastActive: state.lastActive, created: .start,
            now: view.now)
        if outcome.isLastActiveUpdated { state.lastActive = view.now }
        var decision = ScalingDecision(
            service: service, replicas: outcome.replicas,
            reason: outcome.events.first?.reason ?? "ScaledObjectPoll",
            message: outcome.events.first?.message ?? "")
        decision.conditions = outcome.conditions
        return decision
    }

    /// Starts jobs for what waits. They end by themselves.
    private static func start(
        _ service: Int, _ job: ScaledJob, _ autoscaler: EventDrivenAutoscaler, _ view: ControlView
    ) -> ScalingDecision {
        var fill = 1
        let queues = autoscaler.triggers.compactMap { trigger -> ScaledJob.Queue? in
            guard let each = trigger.target.averageValue ?? trigger.target.value else { return nil }
            let whole = each / 1000 + (each % 1000 > 0 ? 1 : 0)
            fill = max(fill, Int(min(whole, 65_535)))
            return value(of: trigger, view).map {
                .init(
                    length: $0, target: Quantity(milli: each),
                    isActive: $0 > trigger.activationThreshold)
            }
        }
        // Pods that are there at first are no jobs.
        let live = view.now == .start ? [] : Deployment.live(view.seen[service])
        let decided = job.decide(
            queues: queues, running: live.count, pending: live.count { job.isPending($0) })
        var decision = ScalingDecision(
            service: service, replicas: live.count + decided.create, reason: "KEDAJobsCreated")
        decision.starts = JobStart(count: decided.create, fill: fill)
        return decision
    }

    // MARK: The HPA

    private func reconcile(
        _ service: Int, _ object: ScaledObject, _ autoscaler: ServiceAutoscaler,
        _ state: inout State, _ view: ControlView
    ) -> ScalingDecision {
        var metrics: [HorizontalMetric] = []
        var answers = view.metricsObservation(service, autoscaler)
        // What the HPA does not ask for does not fail either.
        let isRead = object.readsMetrics(at: view.desired[service])
        var parts: [ScalingModifiers.Part] = []
        for (index, trigger) in autoscaler.eventDriven.triggers.enumerated() {
            if case .resource(let metric) = trigger.source {
                metrics.append(metric)
                continue
            }
            let name = "s\(index)-\(trigger.name)"
            metrics.append(
                .external(
                    ExternalMetric(
                        metric: MetricIdentifier(name: name), target: trigger.target)))
            guard isRead else { continue }
            let raw: Quantity? =
                if trigger.usesCachedMetrics, let cached = state.cached[index] {
                    cached
                } else {
                    Self.value(of: trigger, view)
                }
            let reading = state.read(raw, of: trigger, service, object, view)
            parts.append(
                .init(
                    name: trigger.name, value: reading.value,
                    isFallbackActive: reading.isFallbackActive, isLeftOut: reading.isLeftOut))
            if object.modifiers == nil, let value = reading.value {
                answers.external.append(.init(metric: name, values: [value.milli]))
            }
        }
        if isRead, let value = object.modifiers?.value(parts, fallback: object.fallback) {
            answers.external.append(
                .init(metric: ScalingModifiers.metricName, values: [value.milli]))
        }
        return state.horizontal.reconcile(
            service, object.horizontalSpec(metrics: metrics), settings, autoscaler, view,
            external: answers)
    }

    // MARK: Triggers

    fileprivate static func value(
        of trigger: EventDrivenAutoscaler.Trigger, _ view: ControlView
    ) -> Quantity? {
        switch trigger.source {
        case .signal(let signal):
            view.value(of: signal).map { Quantity(milli: ControlView.milli($0)) }
        case .cron(let cron): cron.reading(at: view.now).value
        case .resource: nil
        }
    }
}

extension EventDrivenPolicy.State {
    /// Notes what a read of a trigger gave, `nil` if it failed, and counts failures.
    fileprivate mutating func read(
        _ value: Quantity?, of trigger: EventDrivenAutoscaler.Trigger, _ service: Int,
        _ object: ScaledObject, _ view: ControlView
    ) -> MetricFallback.Reading {
        let target: MetricFallback.Target =
            if let modifiers = object.modifiers {
                modifiers.fallbackTarget
            } else if let all = trigger.target.value, trigger.target.kind == .value {
                .value(Quantity(milli: all))
            } else {
                .averageValue(Quantity(milli: trigger.target.averageValue ?? 1000))
            }
        let reading = MetricFallback.read(
            object.usableFallback, metric: trigger.name, target: target, value: value,
            health: health,
            currentReplicas: view.desired[service], readyReplicas: view.readyPods(service))
        health = reading.health
        return reading
    }
}

extension ScaledJob {
    /// Whether a job's pod has no container yet, or lacks one of the conditions that are named.
    fileprivate func isPending(_ pod: ReplicaObservation) -> Bool {
        guard !pendingPodConditions.isEmpty else { return !pod.isRunning }
        return !pendingPodConditions.allSatisfy { condition in
            switch condition {
            case "PodScheduled", "Initialized": !pod.isUnbound
            // A job with its fill is still ready in Kubernetes.
            case "ContainersReady", "Ready": pod.phase == .running
            default: false
            }
        }
    }
}
