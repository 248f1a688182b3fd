import Kernel
import Model

/// A random model in which a good part of everything that can be said is said.
///
/// It is valid as far as its bytes go; whether it makes sense does not matter to them.
func wideModel(seed: UInt64) -> ModelDescription {
    var generator = WideGenerator(numbers: RandomNumbers(seed: seed ^ 0x5EED))
    var model = generator.widen(randomModel(seed: seed))
    // Shards need a key of every endpoint, and some have lost theirs.
    for index in model.services.indices
    where model.services[index].endpoints.contains(where: { $0.keyspace == nil })
        && model.services[index].balancing == .byKey
    {
        model.services[index].balancing = .roundRobin
    }
    return model
}

private struct WideGenerator {
    var numbers: RandomNumbers
    private let calls = CallParts()

    init(numbers: RandomNumbers) { self.numbers = numbers }

    mutating func widen(_ plain: ModelDescription) -> ModelDescription {
        var model = plain
        model.zones = pick([1, 3])
        model.keyspaces = [
            KeyspaceDescription(name: "small", count: 10),
            KeyspaceDescription(name: "large", count: 1_000_000, exponent: 0.9),
        ]
        for index in model.services.indices {
            widenServing(&model.services[index])
            widenData(&model.services[index])
            widenUsers(&model.services[index])
            let service = model.services[index]
            for target in Set(service.endpoints.flatMap(\.calls).map(\.target)).sorted()
            where chance(0.7) {
                let replicas = model.services[target.index].replicas
                model.services[index].policies[target] = policy(replicas: replicas)
            }
        }
        model.faults = faults(of: model)
        return model
    }

    // MARK: Serving

    private mutating func widenServing(_ service: inout ServiceDescription) {
        var serving = ServingDescription()
        serving.scheduling = pick(Scheduling.allCases)
        serving.cpuLimit = pick([nil, CPULimit(quota: .milliseconds(50))])
        serving.slowdown = pick([
            nil, .linear(slope: 0.01), .universal(contention: 0.02, coherence: 1e-4),
            .curve([
                SlowdownPoint(requests: 1, factor: 1), SlowdownPoint(requests: 9, factor: 3.5),
            ]),
        ])
        if chance(0.5) {
            var memory = MemoryDescription()
            memory.base = 1e6
            memory.perRequest = 1e5
            memory.garbagePerRequest = 2e5
            memory.heap = 1e8
            memory.pause = .milliseconds(5)
            memory.pausePerByte = 0.01
            memory.limit = pick([nil, 2e8])
            serving.memory = memory
        }
        serving.discipline = pick([
            .fifo, .lifo, .adaptiveLIFO(threshold: 7), .priority, .earliestDeadline, .fair,
        ])
        serving.waitLimit = pick([
            nil, .fixed(.milliseconds(200)), .patience(Distribution(.exponential(mean: 0.2))),
            .controlledDelay(target: .milliseconds(5), interval: .milliseconds(100)),
        ])
        serving.requestTimeout = pick([nil, .milliseconds(300)])
        serving.speedSpread = pick([0, 0.1])
        serving.oddReplicas = pick([[], [OddReplica(replica: 0, speed: 0.1, errorRate: 0.5)]])
        serving.errorWork = pick([nil, Distribution(.exponential(mean: 0.001))])
        service.serving = serving
        service.admission = pick([nil, admission()])
        service.lifeCycle = pick([nil, lifeCycle()])
        service.honoursDeadlines = chance(0.5)
    }

    private mutating func admission() -> AdmissionDescription {
        var admission = AdmissionDescription()
        admission.bucket = pick([
            nil, BucketDescription(kind: .token, rate: 100, burst: 5),
            BucketDescription(kind: .leaky, rate: 0.5, burst: 1),
        ])
        admission.shedding = pick([
            nil, SheddingDescription(signal: .cpu, threshold: 0.8),
            SheddingDescription(signal: .queue, threshold: 9, headroom: 0.5),
        ])
        let algorithm = pick(
            [
                .additiveIncrease(backoff: 0.9, timeout: .seconds(1)), .vegas(alpha: 3, beta: 6),
                .vegas(alpha: nil, beta: 7), .gradient(tolerance: 1.5, smoothing: 0.2),
            ] as [AdaptiveLimitDescription.Algorithm])
        admission.limit = pick([nil, AdaptiveLimitDescription(algorithm: algorithm)])
        return admission
    }

    private mutating func lifeCycle() -> LifeCycleDescription {
        var cycle = LifeCycleDescription()
        cycle.start = Distribution(.uniform(low: 1, high: 2))
        cycle.warmUp = pick([nil, WarmUpDescription(speed: 0.2, time: .seconds(30))])
        cycle.readiness = pick([nil, ProbeDescription(period: .seconds(1))])
        cycle.liveness = pick([nil, ProbeDescription(failures: 5)])
        cycle.discovery = .milliseconds(100)
        cycle.startsCold = chance(0.3)
        return cycle
    }

    // MARK: Data and users

    private mutating func widenData(_ service: inout ServiceDescription) {
        service.caches = [
            CacheDescription(name: "c", keyspace: 1, capacity: 100),
            CacheDescription(
                name: "d", keyspace: 0, capacity: 5, timeToLive: .seconds(1),
                eviction: .leastFrequentlyUsed, isShared: false, isSingleFlight: true, warm: 0.5),
        ]
        service.locks = [
            LockDescription(name: "l", keyspace: 0, mode: .optimistic),
            LockDescription(
                name: "m", keyspace: 1, mode: .exclusive, wait: pick([nil, .milliseconds(30)])),
        ]
        service.replication = pick([
            nil,
            ReplicationDescription(
                lag: Distribution(.exponential(mean: 0.05)),
                apply: Distribution(.deterministic(value: 0.001)), keyspace: 1),
        ])
        for index in service.endpoints.indices {
            let steps = service.endpoints[index].steps
            let inner = Array(steps.prefix(2))
            let time = Distribution(.deterministic(value: 0.002))
            service.endpoints[index].steps += pick([
                [], [.maybe(probability: 0.3, inner)], [.repeated(3, [.locked(lock: 0, inner)])],
                [.cached(cache: 1, inner), .delay(time), .fail(probability: 0.01)],
            ])
            let calls = steps.flatMap(\.calls)
            if !calls.isEmpty, chance(0.4) {
                service.endpoints[index].steps.append(.gather(calls, needed: 1))
                var message = calls[0]
                message.isForgotten = true
                service.endpoints[index].steps.append(.call([message]))
            }
            service.endpoints[index].keyspace = pick([nil, 0, 1])
            service.endpoints[index].isWrite = chance(0.3)
            service.endpoints[index].answersEarly = chance(0.2)
        }
    }

    private mutating func widenUsers(_ service: inout ServiceDescription) {
        for index in service.arrivals.indices {
            var stream = service.arrivals[index]
            stream.process = pick(ArrivalDescription.Process.allCases)
            stream.states = [
                ModulationState(factor: 0, stay: .seconds(1)),
                ModulationState(factor: 3, stay: .milliseconds(5)),
            ]
            stream.trace = [.start, .start + .seconds(1)]
            stream.population = 20
            stream.think = Distribution(.exponential(mean: 0.5))
            stream.requestsPerSession = 4.5
            stream.priority = pick([0, 3])
            stream.mix = pick([[], [WeightedEndpoint(weight: 2, endpoint: 0)]])
            stream.retries = pick([0, 2])
            stream.retryDelay = Distribution(.deterministic(value: 1))
            stream.persistence = 0.8
            service.arrivals[index] = stream
        }
    }

    // MARK: Calls and faults

    private mutating func policy(replicas: Int) -> CallPolicy {
        var policy = CallPolicy()
        policy.retry = pick(calls.retries)
        policy.budget = pick(calls.budgets)
        policy.hedge = pick(calls.hedges)
        policy.breaker = pick(calls.breakers)
        policy.pool = pick(calls.pools)
        policy.throttle = pick([nil, ThrottleDescription()])
        policy.ejection = pick([nil, EjectionDescription()])
        policy.balancing = pick([
            nil, .roundRobin, .random, .leastRequests, .twoChoices, .ringHash, .zoneLocal,
            .subset(2), .weighted((0..<replicas).map { Double($0 + 1) }),
        ])
        policy.propagatesDeadline = chance(0.5)
        policy.cancels = chance(0.5)
        return policy
    }

    private mutating func faults(of model: ModelDescription) -> [FaultDescription] {
        let services = model.services.indices.map { ServiceID($0) }
        let first = services[0]
        var effects: [FaultEffect] = [
            .kill(first, .all), .restart(first, .count(1)), .down(services, .share(0.5)),
            .slow(first, .zone(0, of: model.zones), factor: 10), .flush(first, cache: 1),
            .errors(first, .list([0]), probability: 0.2), .cores(first, 0),
        ]
        if let target = model.services[0].endpoints.flatMap(\.calls).first?.target {
            let replicas = model.services[target.index].replicas
            effects += [
                .latency(from: first, to: target, added: Distribution(.exponential(mean: 0.1))),
                .loss(from: first, to: target, probability: 0.1),
                .policy(
                    from: first, to: target, policy(replicas: replicas), timeout: .seconds(2)),
            ]
        }
        let schedules: [FaultSchedule] = [
            .window(from: .start, until: .start + .seconds(5)),
            .window(from: .start + .seconds(1), until: nil),
            .random(
                wait: Distribution(.exponential(mean: 60)),
                lasting: Distribution(.deterministic(value: 1))),
            .condition(
                FaultCondition(metric: .queue, isAbove: true, bound: 5), holding: .seconds(1),
                lasting: nil),
        ]
        return effects.map {
            FaultDescription(name: "f", effect: $0, schedule: pick(schedules))
        }
    }

    private mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
        choices[Int.random(in: 0..<choices.count, using: &numbers)]
    }

    private mutating func chance(_ probability: Double) -> Bool {
        numbers.isTrue(withProbability: probability)
    }
}

private struct CallParts {
    let retries: [RetryPolicy?] = [
        nil, RetryPolicy(attempts: 4),
        RetryPolicy(
            attempts: 3,
            backoff: BackoffDescription(base: .milliseconds(5), jitter: .decorrelated),
            on: [.timeout, .rejected], within: .seconds(5)),
    ]
    let budgets: [RetryBudget?] = [
        nil, .ratio(0.2, minimum: 10, window: .seconds(10)), .tokens(maximum: 10, ratio: 0.1),
        .bucket(capacity: 100, ratio: 0.1), .concurrent(3), .share(0.1, window: .seconds(60)),
    ]
    let hedges: [HedgePolicy?] = [
        nil, HedgePolicy(delay: .fixed(.milliseconds(20))),
        HedgePolicy(delay: .quantile(0.95), most: 2, cap: 0.05),
    ]
    let breakers: [CircuitBreakerDescription?] = [
        nil, CircuitBreakerDescription(trip: .consecutive(5), openFor: .seconds(5)),
        CircuitBreakerDescription(
            trip: .rate(0.5, window: .seconds(10), minimum: 20), openFor: .seconds(5), probes: 3),
    ]
    let pools: [PoolDescription?] = [
        nil, PoolDescription(size: 25, queue: 0, wait: .zero),
        PoolDescription(
            size: 4, setup: Distribution(.exponential(mean: 0.01)), idle: .seconds(5),
            order: .leastRecent, isPinned: true),
    ]
}
