import Kernel
import Model

// Keys, caches, rows, read replicas, and users who remember.

extension ModelWidening {
    mutating func widenData() {
        guard has(2) else { return }
        for number in 0..<random.int(1...2) {
            model.keyspaces.append(
                KeyspaceDescription(
                    name: "keys \(number)", count: random.pick([1, 3, 20, 1000]),
                    exponent: random.pick([0, 0.8, 2])))
        }
        for index in model.services.indices {
            var service = model.services[index]
            widenData(of: &service)
            model.services[index] = service
            guard !service.caches.isEmpty, has() else { continue }
            model.faults.append(
                FaultDescription(
                    name: "flush \(index)", effect: .flush(ServiceID(index), cache: nil),
                    schedule: .window(from: .start + part(0.05, 0.8), until: nil)))
        }
    }

    private mutating func keyspace() -> Int { random.index(below: model.keyspaces.count) }

    private mutating func widenData(of service: inout ServiceDescription) {
        for index in service.endpoints.indices where has(2) {
            service.endpoints[index].keyspace = keyspace()
        }
        if service.endpoints.allSatisfy({ $0.keyspace != nil }), has(2) {
            service.balancing = .byKey
        }
        if service.replicas > 1, has(2) {
            service.replication = ReplicationDescription(
                lag: distribution(1, 100), apply: has(2) ? distribution(0.1, 2) : nil,
                keyspace: has(2) ? keyspace() : nil)
            for index in service.endpoints.indices {
                service.endpoints[index].isWrite = random.isTrue(0.4)
            }
        }
        for _ in 0..<(has(2) ? random.int(1...2) : 0) { service.caches.append(cache()) }
        for number in 0..<(has(2) ? random.int(1...2) : 0) {
            service.locks.append(
                LockDescription(
                    name: "lock \(number)", keyspace: keyspace(),
                    mode: random.pick(LockDescription.Mode.allCases)))
        }
        for index in service.endpoints.indices {
            for _ in 0..<random.int(0...2) where !service.caches.isEmpty {
                wrap(&service.endpoints[index].steps) {
                    .cached(cache: $1.index(below: service.caches.count), $0)
                }
            }
            for _ in 0..<random.int(0...2) where !service.locks.isEmpty {
                wrap(&service.endpoints[index].steps) {
                    .locked(lock: $1.index(below: service.locks.count), $0)
                }
            }
        }
    }

    private mutating func cache() -> CacheDescription {
        CacheDescription(
            name: "cache", keyspace: keyspace(), capacity: random.int(1...30),
            timeToLive: has() ? span(1, 100) : nil,
            eviction: random.pick(CacheDescription.Eviction.allCases),
            isShared: random.isTrue(0.5), isSingleFlight: random.isTrue(0.6),
            warm: random.isTrue(0.2) ? random.unit() : 0)
    }

    /// Puts some steps in a row, perhaps none, into one.
    private mutating func wrap(
        _ steps: inout [StepDescription],
        _ wrapped: ([StepDescription], inout RandomSource) -> StepDescription
    ) {
        let start = random.int(0...steps.count)
        let end = random.int(start...steps.count)
        steps.replaceSubrange(
            start..<end, with: CollectionOfOne(wrapped(Array(steps[start..<end]), &random)))
    }

    // MARK: Patience

    /// How long users and requests wait, where that varies; and requests for rows.
    mutating func widenPatience() {
        guard random.isTrue(0.4) else { return }
        for index in model.services.indices {
            for stream in model.services[index].arrivals.indices where has(0.5) {
                model.services[index].arrivals[stream].timeout = patience(1, 100)
            }
            if has(0.3) { model.services[index].serving.waitLimit = .patience(patience(0.5, 30)) }
            for lock in model.services[index].locks.indices where random.isTrue(0.6) {
                model.services[index].locks[lock].wait = span(0.5, 30)
            }
        }
    }

    private mutating func patience(_ low: Double, _ high: Double) -> Distribution {
        Distribution(.exponential(mean: time * random.magnitude(low, high)))
    }

    // MARK: Users

    mutating func widenUserProcesses(_ service: inout ServiceDescription) {
        for index in service.arrivals.indices where has(1.5) {
            var arrivals = service.arrivals[index]
            switch random.index(below: 6) {
            case 0: arrivals.process = .closed
            case 1: arrivals.process = .paced
            case 2:
                arrivals.process = .modulated
                arrivals.states = [
                    ModulationState(factor: random.double(0, 3), stay: part(0.01, 0.2)),
                    ModulationState(factor: random.double(0.1, 3), stay: part(0.01, 0.2)),
                ]
            case 3:
                arrivals.process = .trace
                arrivals.trace = (0..<random.int(1...20)).map { _ in .start + part(0.001, 1) }
                    .sorted()
            case 4:
                arrivals.process = .sessions
                arrivals.requestsPerSession = random.double(1, 5)
            default: break
            }
            if arrivals.process == .closed || arrivals.process == .paced {
                arrivals.population = random.int(1...30)
                arrivals.think = Distribution(.exponential(mean: time * random.magnitude(0.5, 20)))
            }
            if has(2) {
                arrivals.retries = random.int(1...3)
                arrivals.retryDelay = distribution(0.1, 10)
                arrivals.persistence = random.double(0.3, 1)
            }
            if has(2) {
                arrivals.mix = (0...random.int(0...2)).map { _ in
                    WeightedEndpoint(
                        weight: random.double(0.1, 3),
                        endpoint: random.index(below: service.endpoints.count))
                }
            }
            service.arrivals[index] = arrivals
        }
    }
}
