import Autoscalers
import ControlPlane
import Kernel
import Model
import RandomModels

/// A valid way to scale a random model, drawn from a seed: any policy, with or without nodes, everything as
/// fast as the model's run is short.
struct RandomScaling {
    private var random: RandomSource
    private let duration: SimulatedDuration

    /// Gives some of the model's services replicas that come and go, and says by which rules.
    static func draw(
        seed: UInt64, _ model: inout ModelDescription, _ duration: SimulatedDuration
    ) -> ScalingPlan {
        var drawing = Self(random: RandomSource(seed: seed, purpose: 21), duration: duration)
        var plan = drawing.plan(&model)
        ResourceWidening.widen(&plan, model, seed: seed, duration)
        return plan
    }

    private mutating func plan(_ model: inout ModelDescription) -> ScalingPlan {
        // Weights are for a fixed number of replicas.
        let mayGrow = !"\(model)".contains("weighted")
        var bounds: [ReplicaBounds?] = []
        for index in model.services.indices {
            guard index == 0 || random.isTrue(0.6) else {
                bounds.append(nil)
                continue
            }
            if mayGrow { model.services[index].replicas += random.int(0...5) }
            let room = model.services[index].replicas
            var life = model.services[index].lifeCycle ?? LifeCycleDescription()
            if model.services[index].lifeCycle == nil {
                life.start = Distribution(.uniform(low: 0, high: duration.seconds * 0.1))
                life.grace = part(0, 0.2)
            }
            let most = random.int(1...room)
            let least = random.int(0...most)
            life.initialReplicas = random.int(least...most)
            if random.isTrue(0.5) { life.buffer = random.int(1...50) }
            model.services[index].lifeCycle = life
            bounds.append(ReplicaBounds(least: least, most: most))
        }
        let layout = SystemLayout(model, seed: 0)
        let services = model.services.indices.map {
            service(
                $0, model.services[$0], layout.services[$0].outgoing.map(\.target.index), bounds[$0]
            )
        }
        var plan = ScalingPlan(
            policy: PolicyDescription(name: "drawn", kind: kind(services.count)), services: services
        )
        plan.syncPeriod = part(0.02, 0.2)
        plan.pipeline = pipeline()
        plan.horizontal.cpuInitializationPeriod = part(0, 0.2)
        plan.horizontal.initialReadinessDelay = part(0, 0.1)
        plan.horizontal.downscaleStabilization = part(0, 0.3)
        plan.horizontal.scalesToZero = random.isTrue(0.3)
        if random.isTrue(0.7) { plan.cluster = cluster(model) }
        return plan
    }

    /// A share of the run.
    private mutating func part(_ low: Double, _ high: Double) -> SimulatedDuration {
        let seconds = duration.seconds * random.double(low, high)
        // Round numbers, so that much happens at one instant.
        return SimulatedDuration(
            seconds: random.isTrue(0.5)
                ? max(0.001, (seconds * 1000).rounded() / 1000) : max(seconds, 1e-6))
    }

    // MARK: Services

    private mutating func service(
        _ index: Int, _ description: ServiceDescription, _ targets: [Int], _ bounds: ReplicaBounds?
    ) -> ScaledService {
        var service = ScaledService(
            name: description.name, cores: description.cores,
            initialReplicas: description.initialReplicas, room: description.replicas,
            workPerRequest: random.magnitude(0.000_1, 0.1))
        service.targets = targets
        service.calls = Array(Set(targets)).sorted().map {
            ExpectedCall(target: $0, count: random.double(0.1, 2))
        }
        service.streams = description.arrivals.map { _ in
            ExpectedStream(steps: [
                RateStep(from: .start, rate: random.magnitude(1, 1_000)),
                RateStep(from: .start + part(0.1, 0.5), rate: random.magnitude(1, 1_000)),
                RateStep(from: .start + part(0.6, 0.9), rate: random.magnitude(1, 1_000)),
            ])
        }
        service.cpuRequest = Int64(random.int(1...4)) * 250
        service.memoryRequest = Double(random.int(0...4)) * 1e8
        service.priority = random.pick([0, 0, 1, 5])
        if random.isTrue(0.3) {
            service.startUp.cpu = random.double(0, 2)
            service.startUp.time = part(0.01, 0.2)
        }
        guard let bounds else { return service }
        service.bounds = bounds
        service.targetUtilisation = random.double(0.2, 1)
        service.metric = random.pick(ScalingMetric.allCases)
        service.each = random.magnitude(0.2, 50)
        service.autoscaler = autoscaler(index, service, bounds)
        return service
    }

    private mutating func autoscaler(
        _ index: Int, _ service: ScaledService, _ bounds: ReplicaBounds
    ) -> ServiceAutoscaler {
        var own = ServiceAutoscaler.plain(
            of: index, bounds, metric: service.metric, each: service.each,
            target: service.targetUtilisation)
        if random.isTrue(0.3) {
            own.horizontal.metrics.append(
                .external(
                    ExternalMetric(
                        metric: MetricIdentifier(name: "m"),
                        target: random.isTrue(0.5)
                            ? .averageValue(Quantity(random.int(1...20)))
                            : .value(Quantity(milli: Int64(random.int(1...5_000)))))))
            own.signals["m"] = Signal(random.pick(SignalKind.allCases), of: index)
        }
        let signal = EventDrivenAutoscaler.Trigger(
            name: "drawn", source: .signal(Signal(random.pick(SignalKind.allCases), of: index)),
            target: .averageValue(Quantity(random.int(1...20))),
            activationThreshold: Quantity(random.int(0...3)))
        if random.isTrue(0.3) {
            own.eventDriven = EventDrivenAutoscaler(
                target: .job(
                    ScaledJob(maxReplicaCount: bounds.most, pollingInterval: 1)),
                triggers: [signal])
        } else if random.isTrue(0.5) {
            own.eventDriven.target = .object(
                ScaledObject(
                    minReplicaCount: bounds.least, maxReplicaCount: bounds.most,
                    pollingInterval: 1, cooldownPeriod: 1))
            own.eventDriven.triggers.append(signal)
        }
        return own
    }

    // MARK: The control plane

    private mutating func kind(_ services: Int) -> PolicyKind {
        switch random.index(below: 9) {
        case 0: .hold
        case 1, 2: .horizontal
        case 3: .eventDriven
        case 4: .knative
        case 5: .forecast(forecast())
        case 6: .oracle(lead: part(0, 0.3))
        default: .coordinated(coordination(services))
        }
    }

    private mutating func coordination(_ services: Int) -> CoordinationDescription {
        var coordination = CoordinationDescription()
        coordination.isCappedByCallers = random.isTrue(0.5)
        coordination.respectsFixed = random.isTrue(0.5)
        coordination.hasFeedback = random.isTrue(0.5)
        coordination.criticalPathFirst = random.isTrue(0.3)
        if random.isTrue(0.3) { coordination.hopDelay = part(0.01, 0.2) }
        if random.isTrue(0.4) { coordination.forecast = forecast() }
        coordination.stabilisation = part(0, 0.3)
        switch random.index(below: 3) {
        case 0: coordination.graph = .learned(window: part(0.05, 0.3), lag: part(0, 0.1))
        case 1:
            coordination.graph = .given(
                (0..<services).map { source in
                    (source + 1..<max(source + 1, services)).prefix(2).map {
                        ExpectedCall(target: $0, count: random.double(0, 2))
                    }
                })
        default: break
        }
        return coordination
    }

    private mutating func forecast() -> ForecastDescription {
        let method: ForecastDescription.Method =
            random.isTrue(0.5)
            ? .linear(window: part(0.05, 0.4))
            : .holtWinters(
                level: random.unit(), trend: random.unit(), season: random.unit(),
                period: random.isTrue(0.5) ? part(0.1, 0.5) : nil)
        return ForecastDescription(method: method, horizon: part(0, 0.3))
    }

    private mutating func pipeline() -> PipelineDescription {
        var pipeline = PipelineDescription()
        pipeline.scrapePeriod = part(0.01, 0.1)
        pipeline.window = max(pipeline.scrapePeriod, part(0.01, 0.3))
        if random.isTrue(0.4) { pipeline.delay = part(0, 0.1) }
        if random.isTrue(0.3) { pipeline.lossProbability = random.double(0, 0.5) }
        return pipeline
    }

    /// Nodes of which there are sometimes too few.
    private mutating func cluster(_ model: ModelDescription) -> ClusterDescription {
        var cluster = ClusterDescription(
            pools: (0..<random.int(1...2)).map { number in
                var pool = NodePoolDescription(
                    name: "p\(number)", cpu: Int64(random.int(1...4)) * 500, memory: 2e9,
                    initial: random.int(0...3), least: 0, most: 12)
                pool.least = random.int(0...pool.initial)
                pool.most = pool.initial + random.int(0...5)
                pool.boot = Distribution(.uniform(low: 0, high: duration.seconds * 0.2))
                pool.failureProbability = random.pick([0, 0.3, 0.8])
                return pool
            })
        cluster.scoring = random.pick(NodeScoring.allCases)
        cluster.spreads = random.isTrue(0.5)
        if random.isTrue(0.3) {
            cluster.placeholders = PlaceholderDescription(
                count: random.int(1...3), cpu: 250, memory: 1e8)
        }
        guard random.isTrue(0.7) else { return cluster }
        var autoscaler = ClusterAutoscalerDescription()
        autoscaler.scanPeriod = part(0.01, 0.1)
        autoscaler.expander = random.pick(ClusterAutoscalerDescription.Expander.allCases)
        autoscaler.unneededTime = part(0.01, 0.2)
        autoscaler.delayAfterAdd = part(0, 0.1)
        autoscaler.podAge = part(0, 0.02)
        autoscaler.mostProvisionTime = part(0.05, 0.3)
        autoscaler.backoff = part(0.01, 0.1)
        autoscaler.mostBackoff = part(0.1, 0.3)
        autoscaler.isAtomic = random.isTrue(0.2)
        cluster.autoscaler = autoscaler
        return cluster
    }
}

extension ControlReport {
    /// Where another report is another; `nil` if they are equal.
    func difference(from other: Self?) -> String? {
        guard let other else { return "there is no other" }
        if self == other { return nil }
        func first<Element: Hashable>(_ own: [Element], _ others: [Element]) -> String? {
            if let pair = zip(own, others).first(where: { $0 != $1 }) {
                return "\(pair.0) instead of \(pair.1)"
            }
            return own.count == others.count ? nil : "\(own.count) instead of \(others.count)"
        }
        return first(steps, other.steps) ?? first(events, other.events)
            ?? first(conditions, other.conditions)
            ?? first(recommendations, other.recommendations) ?? first(quotas, other.quotas)
            ?? "nodes \(String(describing: nodes))"
    }
}
