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
    private var vertical: VerticalScaling?
    private var quotas: Quotas?
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
        vertical = VerticalScaling(plan)
        quotas = Quotas(plan)
        cluster = plan.cluster.map { Cluster($0, plan, seed: seed) }
        log = ControlLog(plan)
        for warning in plan.warnings {
            log.note(warning.service, "ConflictingAutoscalers", warning.words, at: .start)
        }
    }

    /// When it acts next.
    package var nextInstant: SimulatedInstant {
        min(
            min(scrapes.next, min(policy.nextInstant, cluster?.nextInstant ?? .never)),
            min(vertical?.nextInstant ?? .never, quotas?.nextInstant ?? .never))
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
        log.report(
            policy: plan.policy.name, nodes: cluster?.report(at: end),
            quotas: quotas?.report(at: end) ?? [])
    }

    private var view: ControlView {
        ControlView(
            now: now, plan: plan, seen: seen, metrics: metrics, desired: deployments.map(\.desired),
            requests: vertical?.requests)
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
            let service = plan.services[decision.service]
            guard let replicas = decision.replicas, let bounds = service.bounds,
                !service.awaitsCapacity
            else { continue }
            if let starts = decision.starts {
                // Jobs end by themselves, so that their number is no size that was chosen.
                deployments[decision.service].starts = starts
                deployments[decision.service].desired = max(0, replicas)
                continue
            }
            let wanted = max(0, min(replicas, bounds.most))
            guard wanted != deployments[decision.service].desired else { continue }
            log.noteRescale(
                of: decision, from: deployments[decision.service].desired, to: wanted, at: now)
            deployments[decision.service].desired = wanted
        }
    }

    /// What brings the pods of one service to the wanted number, as far as its quota allows.
    private mutating func ownOrders(
        _ service: Int, seeing seen: ServiceObservation
    ) -> [ReplicaOrder] {
        let needsNodes = cluster != nil
        guard deployments[service].runsJobs else {
            var orders = deployments[service].orders(seeing: seen, needsNodes: needsNodes)
            admit(&orders, of: service, seeing: seen)
            return orders
        }
        let isPoll = deployments[service].starts != nil
        var orders = deployments[service].jobOrders(seeing: seen, needsNodes: needsNodes)
        guard isPoll else { return orders }
        admit(&orders, of: service, seeing: seen)
        let started = orders.count { $0.isCreation }
        if started > 0 {
            log.note(service, "KEDAJobsCreated", "Created \(started) jobs", at: now)
        }
        return orders
    }

    private mutating func admit(
        _ orders: inout [ReplicaOrder], of service: Int, seeing seen: ServiceObservation
    ) {
        guard var quotas else { return }
        self.quotas = nil
        let deployment = deployments[service]
        quotas.admit(
            &orders, of: service,
            vertical?.newPodRequests(service) ?? plan.services[service].usualRequests,
            wanted: deployment.desired, areJobs: deployment.runsJobs, seeing: seen, at: now, &log)
        self.quotas = quotas
    }

    /// What brings pods to the wanted numbers and sizes, and pods that wait to nodes.
    private mutating func orders() -> [ServiceOrders] {
        var seen = seen
        var orders = plan.services.map { _ in [ReplicaOrder]() }
        if quotas != nil || vertical != nil { forgetPods() }
        var resizes = changePods(&seen, &orders)
        for service in plan.services.indices where plan.services[service].bounds != nil {
            orders[service] += ownOrders(service, seeing: seen[service])
        }
        let admitted = vertical?.admit(&orders) ?? []
        if var nodes = cluster {
            cluster = nil
            nodes.act(
                at: now, seeing: seen, plan, admitted: admitted, resizes: resizes, &orders, &log)
            startWorkloads(nodes.takeAdmitted())
            cluster = nodes
            resizes = []
        }
        for resize in resizes {
            if let order = resize.order { orders[resize.pod.service].append(order) }
            log.note(
                resize.pod.service, "ResizeCompleted",
                "replica \(resize.pod.replica) has \(resize.requests.words)", at: now)
        }
        return orders.enumerated().compactMap { service, orders in
            orders.isEmpty ? nil : ServiceOrders(service: ServiceID(service), orders: orders)
        }
    }

    private mutating func forgetPods() {
        let present = seen.map { Set($0.replicas.map { Int($0.replica) }) }
        vertical?.keep { present[$0.service].contains($0.replica) }
        let requests = vertical?.requests ?? PodRequests(plan)
        quotas?.begin(seeing: seen, requests, at: now)
    }

    /// What vertical autoscalers do with the pods that there are. Those that are evicted count as told to stop.
    private mutating func changePods(
        _ seen: inout [ServiceObservation], _ orders: inout [[ReplicaOrder]]
    ) -> [PodResize] {
        guard var vertical else { return [] }
        self.vertical = nil
        var view = view
        view.requests = vertical.requests
        vertical.recommend(view, &log)
        var quotas = quotas
        let changes = vertical.update(view, waiting: cluster?.sizes.waiting ?? [:], &log) {
            pod, requests in
            quotas?.accepts(requests, insteadOf: view.requests?[pod] ?? requests, of: pod.service)
                ?? true
        }
        self.quotas = quotas
        self.vertical = vertical
        for pod in changes.evicted {
            orders[pod.service].append(ReplicaOrder(.stop, pod.replica))
            guard
                let place = seen[pod.service].replicas.firstIndex(where: {
                    Int($0.replica) == pod.replica
                })
            else { continue }
            seen[pod.service].replicas[place].phase = .terminating
            seen[pod.service].replicas[place].isReady = false
        }
        return changes.resized
    }

    /// Services whose ProvisioningRequest has found room get their pods, as from Kueue.
    private mutating func startWorkloads(_ admitted: [(name: String, service: Int, count: Int)]) {
        for (name, service, count) in admitted where deployments[service].desired != count {
            let decision = ScalingDecision(
                service: service, replicas: count, reason: "CapacityIsFound",
                message: "the provisioning request \(name) has found room")
            log.noteRescale(
                of: decision, from: deployments[service].desired, to: count, at: now)
            deployments[service].desired = count
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
