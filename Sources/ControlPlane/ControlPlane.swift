import Autoscalers
package import Kernel
package import Model

/// Orders for the replicas of one service.
package struct ServiceOrders: Hashable, Sendable {
    package var service: ServiceID
    package var orders: [ReplicaOrder]

    package init(service: ServiceID, orders: [ReplicaOrder]) {
        self.service = service
        self.orders = orders
    }
}

/// What the control plane wants at an instant.
package enum ControlStep: Hashable, Sendable {
    /// Orders to be carried out at once; services without orders are left out.
    case orders([ServiceOrders])
    /// A question to a policy outside; ``ControlPlane/answer(_:)`` goes on with what it says.
    case question(PolicyQuestion)
}

/// The control plane of a run: metrics pipeline, autoscalers, deployments, scheduler and nodes.
///
/// A deterministic state machine without surroundings. Whoever runs the simulation brings it to each
/// ``nextInstant`` with everything before that instant executed, shows it what there is to be seen,
/// and carries out its orders as the first events of the instant. A value: a copy is a snapshot.
package struct ControlPlane: Sendable {
    private let plan: ScalingPlan
    private let seed: UInt64
    private var scrapes: Ticker
    private var metrics: [ServiceMetrics]
    private var deployments: [Deployment]
    private var policy: any ScalingPolicy
    private var cluster: Cluster?
    private var log: ControlLog
    /// Whether observations shall have ``ServiceObservation/latencyBuckets``.
    package let wantsLatencies: Bool
    private var question: PolicyQuestion?
    /// As shown at the present instant.
    private var seen: [ServiceObservation] = []
    private var now = SimulatedInstant.start

    package init(_ plan: ScalingPlan, seed: UInt64) {
        self.plan = plan
        self.seed = seed
        wantsLatencies = plan.wantsLatencies
        scrapes = Ticker(every: plan.pipeline.scrapePeriod, from: .start)
        metrics = plan.services.map { ServiceMetrics(plan.pipeline, startUp: $0.startUp) }
        deployments = plan.services.map {
            Deployment(
                replicas: $0.initialReplicas, room: $0.room,
                runsJobs: plan.policy.kind == .eventDriven
                    && $0.autoscaler?.eventDriven.runsJobs == true)
        }
        policy = plan.makePolicy(seed: seed)
        cluster = plan.cluster.map { Cluster($0, plan, seed: seed) }
        log = ControlLog(plan)
    }

    /// When it acts next.
    package var nextInstant: SimulatedInstant {
        min(scrapes.next, min(policy.nextInstant, cluster?.nextInstant ?? .never))
    }

    /// Acts at ``nextInstant``.
    ///
    /// `seen` is what there is to be seen of each service when everything before `now` has happened.
    package mutating func act(
        at now: SimulatedInstant, seeing seen: [ServiceObservation]
    ) -> ControlStep {
        self.now = now
        self.seen = seen
        if scrapes.takeDue(at: now) { scrape() }
        guard policy.nextInstant <= now else { return .orders(orders()) }
        let view = self.view
        switch policy.decide(view) {
        case .decisions(let decisions):
            take(decisions)
            return .orders(orders())
        case .question:
            let question = PolicyQuestion(view)
            self.question = question
            return .question(question)
        }
    }

    /// Goes on with what a policy outside has answered to the question of the present instant.
    ///
    /// - Throws: ``PolicyError`` that says what is wrong with the answer.
    package mutating func answer(_ answer: PolicyAnswer) throws(PolicyError) -> ControlStep {
        guard let question else { throw PolicyError("an answer to no question") }
        self.question = nil
        take(try answer.decisions(for: question, plan))
        return .orders(orders())
    }

    /// The nodes that there are and that are on their way, with what is on them.
    package var nodes: [ClusterNode] { cluster?.nodes ?? [] }

    package func report(at end: SimulatedInstant) -> ControlReport {
        log.report(policy: plan.policy.name, nodes: cluster?.report(at: end))
    }

    private var view: ControlView {
        ControlView(
            now: now, plan: plan, seen: seen, metrics: metrics, desired: deployments.map(\.desired))
    }

    private mutating func scrape() {
        for service in metrics.indices {
            var lost: [UInt16] = []
            if plan.pipeline.lossProbability > 0 {
                for pod in seen[service].replicas {
                    let key = DrawKey(
                        seed: seed, identity: UInt64(bitPattern: now.nanoseconds),
                        purpose: .controlPlane, service: UInt32(service), step: pod.replica)
                    if key.uniform() < plan.pipeline.lossProbability { lost.append(pod.replica) }
                }
            }
            metrics[service].add(seen[service], at: now, lost: lost)
        }
    }

    private mutating func take(_ decisions: [ScalingDecision]) {
        for decision in decisions {
            log.note(decision, at: now)
            guard let replicas = decision.replicas,
                let bounds = plan.services[decision.service].bounds
            else { continue }
            deployments[decision.service].starts = decision.starts
            let wanted =
                decision.starts == nil ? max(0, min(replicas, bounds.most)) : max(0, replicas)
            guard wanted != deployments[decision.service].desired else { continue }
            log.noteRescale(
                of: decision, from: deployments[decision.service].desired, to: wanted, at: now)
            deployments[decision.service].desired = wanted
        }
    }

    /// What brings pods to the wanted numbers, and pods that wait to nodes.
    private mutating func orders() -> [ServiceOrders] {
        let needsNodes = cluster != nil
        var orders = plan.services.indices.map { service -> [ReplicaOrder] in
            guard plan.services[service].bounds != nil else { return [] }
            if deployments[service].runsJobs {
                return deployments[service].jobOrders(
                    seeing: seen[service], needsNodes: needsNodes)
            }
            return deployments[service].orders(
                seeing: seen[service], needsNodes: needsNodes)
        }
        if var nodes = cluster {
            cluster = nil
            nodes.act(at: now, seeing: seen, plan, &orders, &log)
            cluster = nodes
        }
        return orders.enumerated().compactMap { service, orders in
            orders.isEmpty ? nil : ServiceOrders(service: ServiceID(service), orders: orders)
        }
    }
}

extension ScalingPlan {
    fileprivate func makePolicy(seed: UInt64) -> any ScalingPolicy {
        switch policy.kind {
        case .hold: HoldPolicy()
        case .horizontal: HorizontalPolicy(self, seed: seed)
        case .eventDriven: EventDrivenPolicy(self, seed: seed)
        case .knative: KnativePolicy(self)
        case .coordinated(let description): CoordinatedPolicy(description, self, seed: seed)
        case .forecast(let description): ForecastPolicy(description, self)
        case .oracle(let lead): OraclePolicy(lead: lead, self)
        case .external: ExternalPolicy(self)
        }
    }
}

/// Keeps what there is to be reported, within bounds.
struct ControlLog: Hashable, Sendable {
    private var steps: [ScalingStep]
    private var events: [ControlEvent] = []
    private var dropped = 0
    private var conditions: [ConditionChange] = []
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
        for condition in decision.conditions?.all ?? [] {
            let known = lastConditions[service][condition.type]
            guard known?.status != condition.status || known?.reason != condition.reason else {
                continue
            }
            lastConditions[service][condition.type] = condition
            guard conditions.count < Self.limit else { continue }
            conditions.append(
                ConditionChange(instant: now, service: service, condition: condition))
        }
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

    func report(policy: String, nodes: NodeReport?) -> ControlReport {
        ControlReport(
            policy: policy, steps: steps, events: events, eventsDropped: dropped,
            conditions: conditions, nodes: nodes)
    }
}
