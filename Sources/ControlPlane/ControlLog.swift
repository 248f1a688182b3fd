import Autoscalers
import Kernel

/// Keeps what there is to be reported, within bounds.
struct ControlLog: Hashable, Sendable {
    private var steps: [ScalingStep]
    private var events: [ControlEvent] = []
    private var dropped = 0
    private var conditions: [ConditionChange] = []
    private var recommendations: [RecommendationStep] = []
    /// By service: what was said of it at its autoscaler's last look.
    private var lastReasons: [Set<String>]
    private var lastConditions: [[String: AutoscalerCondition]]

    static let limit = 100_000

    init(_ plan: ScalingPlan) {
        steps = plan.services.enumerated().map {
            ScalingStep(instant: .start, service: $0, desired: $1.initialReplicas)
        }
        lastReasons = plan.services.map { _ in [] }
        lastConditions = plan.services.map { _ in [:] }
    }

    /// A decision without a size is an event when it says something else than before; so is a warning, and
    /// a condition when it is another than before.
    mutating func note(_ decision: ScalingDecision, at now: SimulatedInstant) {
        let service = decision.service
        var reasons = Set(decision.events.map(\.reason))
        for event in decision.events where !lastReasons[service].contains(event.reason) {
            note(
                ControlEvent(
                    instant: now, service: service, reason: event.reason, message: event.message))
        }
        if decision.replicas == nil, decision.conditions == nil {
            reasons.insert(decision.reason)
            if !lastReasons[service].contains(decision.reason) {
                note(
                    ControlEvent(
                        instant: now, service: service, reason: decision.reason,
                        message: decision.message))
            }
        }
        lastReasons[service] = reasons
        for condition in decision.conditions?.all ?? [] { note(condition, of: service, at: now) }
    }

    /// A condition of a service's autoscaler or ReplicaSet, if it is another than before.
    mutating func note(
        _ condition: AutoscalerCondition, of service: Int, at now: SimulatedInstant
    ) {
        let known = lastConditions[service][condition.type]
        guard known?.status != condition.status || known?.reason != condition.reason else { return }
        lastConditions[service][condition.type] = condition
        note(condition, ofRequestFor: service, at: now)
    }

    /// A condition of a ProvisioningRequest for a service, or for none.
    mutating func note(
        _ condition: AutoscalerCondition, ofRequestFor service: Int?, at now: SimulatedInstant
    ) {
        guard conditions.count < Self.limit else { return }
        conditions.append(ConditionChange(instant: now, service: service, condition: condition))
    }

    mutating func note(_ step: RecommendationStep) {
        if recommendations.count < Self.limit { recommendations.append(step) }
    }

    mutating func note(
        _ service: Int?, _ reason: String, _ message: String, at now: SimulatedInstant
    ) {
        note(ControlEvent(instant: now, service: service, reason: reason, message: message))
    }

    mutating func noteRescale(
        of decision: ScalingDecision, from before: Int, to after: Int, at now: SimulatedInstant
    ) {
        steps.append(ScalingStep(instant: now, service: decision.service, desired: after))
        note(
            ControlEvent(
                instant: now, service: decision.service, reason: "SuccessfulRescale",
                message: "from \(before) to \(after) replicas; reason: \(decision.message)"))
    }

    mutating func note(_ event: ControlEvent) {
        if events.count < Self.limit { events.append(event) } else { dropped += 1 }
    }

    func report(policy: String, nodes: NodeReport?, quotas: [QuotaReport]) -> ControlReport {
        ControlReport(
            policy: policy, steps: steps, events: events, eventsDropped: dropped,
            conditions: conditions, recommendations: recommendations, nodes: nodes, quotas: quotas)
    }
}
