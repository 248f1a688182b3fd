import Kernel
import Model

// How services call each other, and what goes wrong.
extension ModelWidening {
    mutating func widenPolicies(of caller: Int) {
        let called = Set(model.services[caller].endpoints.flatMap(\.calls).map(\.target)).sorted()
        for callee in called where has(1.5) {
            model.services[caller].policies[callee] = policy(to: callee)
        }
    }

    /// Some choices go by ready replicas, most of which the caller is told of.
    mutating func widenChoices(of caller: Int) {
        for index in model.services[caller].endpoints.indices {
            let steps = model.services[caller].endpoints[index].steps
            model.services[caller].endpoints[index].steps = steps.map { byReplicas($0, of: caller) }
        }
    }

    private mutating func byReplicas(
        _ step: StepDescription, of caller: Int
    ) -> StepDescription {
        switch step {
        case .oneOf(let choices) where has(4):
            for callee in choices.map(\.call.target) where random.isTrue(0.8) {
                let replicas = model.services[callee.index].replicas
                var policy = model.services[caller].policies[callee] ?? CallPolicy()
                policy.balancing = policy.balancing ?? balancing(replicas: replicas)
                model.services[caller].policies[callee] = policy
            }
            return .oneByReplicas(choices)
        case .maybe(let probability, let inner):
            return .maybe(
                probability: probability, inner.map { byReplicas($0, of: caller) })
        default: return step
        }
    }

    private mutating func policy(to callee: ServiceID) -> CallPolicy {
        let replicas = model.services[callee.index].replicas
        var policy = CallPolicy()
        let attempts = random.int(1...4)
        if random.isTrue(0.6), amplification * Double(attempts) < 30 {
            amplification *= Double(attempts)
            policy.retry = RetryPolicy(
                attempts: attempts, backoff: random.isTrue(0.4) ? .none : backoff(),
                on: failures(), within: random.isTrue(0.2) ? span(1, 50) : nil)
        }
        if random.isTrue(0.4) { policy.budget = budget() }
        if random.isTrue(0.3) {
            amplification *= 1.5
            policy.hedge = HedgePolicy(
                delay: random.isTrue(0.5) ? .fixed(span(0.5, 20)) : .quantile(random.unit() * 0.99),
                most: random.int(1...2), cap: random.isTrue(0.5) ? 1 : random.unit())
        }
        if random.isTrue(0.3) { policy.breaker = breaker() }
        if random.isTrue(0.4) { policy.pool = pool() }
        if random.isTrue(0.2) {
            policy.throttle = ThrottleDescription(
                multiplier: random.double(1, 3), window: part(0.05, 0.5))
        }
        if random.isTrue(0.5) { policy.balancing = balancing(replicas: replicas) }
        if random.isTrue(0.3) {
            policy.ejection = EjectionDescription(
                consecutive: random.int(1...4), base: part(0.01, 0.1), cap: part(0.1, 0.3),
                most: random.unit(), panic: random.double(0, 0.6))
        }
        policy.propagatesDeadline = random.isTrue(0.4)
        policy.cancels = random.isTrue(0.4)
        return policy
    }

    private mutating func backoff() -> BackoffDescription {
        let base = span(0.1, 5)
        return BackoffDescription(
            base: base, factor: random.double(1, 3), cap: max(base, span(5, 50)),
            jitter: random.pick(BackoffDescription.Jitter.allCases))
    }

    private mutating func failures() -> FailureSet {
        switch random.index(below: 3) {
        case 0: .all
        case 1: FailureSet.all.union(.refused)
        default: FailureSet(rawValue: UInt16(random.index(below: 512)))
        }
    }

    private mutating func budget() -> RetryBudget {
        switch random.index(below: 5) {
        case 0: .ratio(random.unit(), minimum: random.double(0, 5), window: part(0.05, 0.5))
        case 1: .tokens(maximum: random.double(1, 20), ratio: random.unit())
        case 2: .bucket(capacity: random.double(1, 20), ratio: random.unit())
        case 3: .concurrent(random.int(1...5))
        default: .share(random.unit(), window: part(0.05, 0.5))
        }
    }

    private mutating func breaker() -> CircuitBreakerDescription {
        CircuitBreakerDescription(
            trip: random.isTrue(0.5)
                ? .consecutive(random.int(1...5))
                : .rate(
                    random.double(0.1, 0.9), window: part(0.02, 0.3), minimum: random.int(1...8)),
            openFor: part(0.005, 0.1), probes: random.int(1...3))
    }

    private mutating func pool() -> PoolDescription {
        PoolDescription(
            size: random.int(1...6), queue: random.isTrue(0.4) ? nil : random.int(0...5),
            wait: random.isTrue(0.4) ? nil : (random.isTrue(0.1) ? .zero : span(0.5, 20)),
            setup: random.isTrue(0.5) ? nil : distribution(0.1, 3),
            idle: random.isTrue(0.6) ? nil : (random.isTrue(0.1) ? .zero : span(1, 20)),
            order: random.pick(PoolDescription.Order.allCases), isPinned: random.isTrue(0.3))
    }

    private mutating func balancing(replicas: Int) -> CallerBalancing {
        switch random.index(below: 8) {
        case 0: .roundRobin
        case 1: .random
        case 2: .weighted((0..<replicas).map { Double($0) + 0.5 })
        case 3: .leastRequests
        case 4: .twoChoices
        case 5: .ringHash
        case 6: .subset(random.int(1...3))
        default: .zoneLocal
        }
    }

    // MARK: Faults

    mutating func widenFaults() {
        guard has(2) else { return }
        for number in 0..<random.pick([1, 1, 2, 3, 5]) {
            var fault = FaultDescription(
                name: "fault \(number)", effect: effect(), schedule: schedule())
            while case .condition = fault.schedule, !fault.canHaveCondition {
                fault.schedule = schedule()
            }
            model.faults.append(fault)
        }
    }

    private mutating func schedule() -> FaultSchedule {
        switch random.index(below: 5) {
        case 0:
            return .random(
                wait: Distribution(.exponential(mean: duration * 0.2)),
                lasting: distribution(mean: duration * 0.05))
        case 1:
            return .condition(
                FaultCondition(
                    metric: random.pick(FaultCondition.Metric.allCases),
                    isAbove: random.isTrue(0.7), bound: Double(random.int(0...4)) / 2),
                holding: random.isTrue(0.5) ? .zero : part(0.01, 0.1),
                lasting: random.isTrue(0.2) ? nil : part(0.01, 0.3))
        default:
            let from = SimulatedInstant.start + part(0.05, 0.8)
            return .window(
                from: from, until: random.isTrue(0.2) ? nil : from + part(0.001, 0.4))
        }
    }

    private mutating func effect() -> FaultEffect {
        let target = ServiceID(random.index(below: model.services.count))
        let other = ServiceID(random.index(below: model.services.count))
        switch random.index(below: 11) {
        case 0: return .kill(target, selection())
        case 1: return .restart(target, selection())
        case 2: return .down(Set([target, other]).sorted(), selection())
        case 3: return .slow(target, selection(), factor: random.magnitude(0.2, 20))
        case 4: return .errors(target, selection(), probability: random.unit())
        case 5: return .latency(from: target, to: other, added: distribution(0.1, 10))
        case 6: return .loss(from: target, to: other, probability: random.unit())
        case 7:
            let rest = model.services.indices.map { ServiceID($0) }.filter { $0 != target }
            return rest.isEmpty ? .kill(target, .all) : .partition([target], rest)
        case 8: return .cores(target, random.int(0...2))
        default:
            let edges = model.services.indices.flatMap { caller in
                Set(model.services[caller].endpoints.flatMap(\.calls).map(\.target)).sorted()
                    .map { (ServiceID(caller), $0) }
            }
            guard !edges.isEmpty else { return .kill(target, .all) }
            let edge = random.pick(edges)
            return .policy(
                from: edge.0, to: edge.1, policy(to: edge.1),
                timeout: random.isTrue(0.5) ? nil : span(1, 100))
        }
    }

    private mutating func selection() -> ReplicaSelection {
        switch random.index(below: 5) {
        case 0: .all
        case 1: .count(random.int(1...2))
        case 2: .share(random.unit())
        case 3: .zone(random.index(below: model.zones), of: model.zones)
        default: .list([0])
        }
    }
}
