import Kernel

/// Turns the description of a service into the flat arrays of a ``ServiceProgram``.
struct ServiceCompiler {
    let configuration: ServiceConfiguration
    var steps: [ServiceProgram.Step] = []
    var calls: [ServiceProgram.Call] = []
    var endpoints: [ServiceProgram.Endpoint] = []
    var replies: [ServiceProgram.Reply] = []
    var policies: [ServiceProgram.Policy] = []
    var rules: [BalancingRule] = []
    var errorStep = 0
    var usualPolicies: [Int32] = []
    var faultPolicies: [Int32] = []
    var streams: [ServiceProgram.Stream] = []
    var replication: DataProgram.Replication?
    var tables = SamplerTables()
    private let nothing: Sampler

    private var description: ServiceDescription { configuration.description }

    init(_ configuration: ServiceConfiguration) {
        self.configuration = configuration
        var unused = SamplerTables()
        nothing = Sampler(Distribution(.deterministic(value: 0)), tables: &unused)
    }

    mutating func compile() {
        for endpoint in description.endpoints {
            endpoints.append(
                ServiceProgram.Endpoint(
                    firstStep: Int32(steps.count),
                    keyspace: endpoint.keyspace.map { Int32($0) } ?? -1,
                    answersEarly: endpoint.answersEarly, isWrite: endpoint.isWrite))
            compile(endpoint.steps)
            append(.finish, first: endpoints.count - 1)
        }
        compileProbes()
        compileReplication()
        errorStep = steps.count
        if let work = description.serving.errorWork {
            compile([.compute(work)])
            append(.finish)
        }
        replies = configuration.incoming.map { edge in
            ServiceProgram.Reply(
                peer: peer(edge.source),
                latency: Sampler(edge.responseLatency, tables: &tables))
        }
        for (edge, outgoing) in configuration.outgoing.enumerated() {
            usualPolicies.append(isManaged(outgoing.target) ? Int32(policies.count) : -1)
            guard isManaged(outgoing.target) else { continue }
            add(description.policies[outgoing.target] ?? CallPolicy(), edge: edge, timeout: nil)
        }
        compileFaultPolicies()
        streams = description.arrivals.map { arrival in
            ServiceProgram.Stream(
                endpoint: UInt16(arrival.endpoint), isMixed: !arrival.mix.isEmpty,
                isPoisson: arrival.process == .poisson, isManaged: UserProgram.manages(arrival),
                hasTimeout: arrival.timeout != nil,
                timeout: arrival.timeout.map { Sampler($0, tables: &tables) } ?? nothing,
                profile: arrival.profile)
        }
    }

    func peer(_ service: ServiceID) -> Int32 {
        Int32(configuration.peers.firstIndex(of: service) ?? 0)
    }

    /// Whether calls of a service are made under a policy, now or once a fault comes.
    private func isManaged(_ target: ServiceID) -> Bool {
        description.policies[target] != nil
            || configuration.context.faults.contains { fault in
                if case .policy(let to, _, _) = fault.effect { to == target } else { false }
            }
    }

    private mutating func compileFaultPolicies() {
        for fault in configuration.context.faults {
            guard case .policy(let target, let policy, let timeout) = fault.effect,
                let edge = configuration.outgoing.firstIndex(where: { $0.target == target })
            else {
                faultPolicies.append(-1)
                continue
            }
            faultPolicies.append(Int32(policies.count))
            add(policy, edge: edge, timeout: timeout)
        }
    }

    /// Two endpoints that no caller can name.
    private mutating func compileProbes() {
        guard let lifeCycle = description.lifeCycle else { return }
        for probe in [lifeCycle.readiness, lifeCycle.liveness] {
            endpoints.append(
                ServiceProgram.Endpoint(
                    firstStep: Int32(steps.count), keyspace: -1, answersEarly: false,
                    isWrite: false))
            if let probe { compile([.compute(probe.work)]) }
            append(.finish, first: endpoints.count - 1)
        }
    }

    /// A write is applied by one more endpoint that no caller can name.
    private mutating func compileReplication() {
        guard let description = description.replication else { return }
        replication = DataProgram.Replication(
            lag: Sampler(description.lag, tables: &tables),
            keyspace: description.keyspace.map { Int32($0) } ?? -1, endpoint: -1)
        guard let work = description.apply else { return }
        replication?.endpoint = Int32(endpoints.count)
        endpoints.append(
            ServiceProgram.Endpoint(
                firstStep: Int32(steps.count), keyspace: -1, answersEarly: false, isWrite: false))
        compile([.compute(work)])
        append(.finish, first: endpoints.count - 1)
    }

    /// What the service uses beyond the plain model.
    var features: ServiceProgram.Features {
        var features: ServiceProgram.Features = []
        let serving = description.serving
        if needsPacing { features.insert(.pacing) }
        if serving.discipline != .fifo || serving.waitLimit != nil {
            features.insert(.waitingLine)
        }
        if description.admission != nil { features.insert(.admission) }
        if needsLifeCycle { features.insert(.lifeCycle) }
        if !configuration.context.faults.isEmpty { features.insert(.faults) }
        if serving.memory != nil { features.insert(.memory) }
        if serving.requestTimeout != nil {
            features.formUnion([.requestTimeouts, .cancellation, .waitingLine])
        }
        // Users tell their deadline where it counts; callers only if they propagate it.
        if serving.discipline == .earliestDeadline { features.insert(.deadlines) }
        if description.honoursDeadlines {
            features.formUnion([.deadlines, .honouredDeadlines])
        }
        if configuration.incoming.contains(where: \.cancels) {
            features.formUnion([.cancellation, .waitingLine])
        }
        if endpoints.contains(where: \.answersEarly) { features.insert(.earlyAnswers) }
        if description.replication != nil { features.insert(.replication) }
        if !policies.isEmpty { features.insert(.managedCalls) }
        if policies.contains(where: \.propagatesDeadline) { features.insert(.deadlines) }
        if !description.caches.isEmpty || !description.locks.isEmpty { features.insert(.data) }
        if streams.contains(where: \.isManaged) { features.insert(.users) }
        if serving.errorWork != nil { features.insert(.errorWork) }
        if serving.oddReplicas.contains(where: { $0.errorRate > 0 }) {
            features.insert(.oddReplicas)
        }
        if configuration.incoming.contains(where: \.choosesReplica) {
            features.insert(.callerChosenReplicas)
        }
        if description.balancing == .byKey { features.insert(.keyedBalancing) }
        return features
    }
}

// MARK: - Steps

extension ServiceCompiler {
    private mutating func compile(_ descriptions: [StepDescription]) {
        for step in descriptions { compile(step) }
    }

    private mutating func compile(_ step: StepDescription) {
        switch step {
        case .compute(let distribution):
            append(.compute, sampler: Sampler(distribution, tables: &tables))
        case .delay(let distribution):
            append(.delay, sampler: Sampler(distribution, tables: &tables))
        case .call(let descriptions):
            let first = append(descriptions)
            append(.call, first: first, count: descriptions.count)
        case .gather(let descriptions, let needed):
            let first = append(descriptions)
            append(.gather, first: first, count: descriptions.count, other: needed)
        case .oneOf(let choices):
            append(choices, byReplicas: false)
        case .oneByReplicas(let choices):
            append(choices, byReplicas: true)
        case .fail(let probability):
            append(.fail, probability: probability)
        case .maybe(let probability, let inner):
            let start = steps.count
            append(.maybe, probability: probability)
            compile(inner)
            steps[start].other = Int32(steps.count)
        case .repeated(let times, let inner):
            for _ in 0..<times { compile(inner) }
        case .cached(let cache, let inner):
            let start = steps.count
            append(.lookUp, first: cache)
            compile(inner)
            append(.fill, first: cache, other: start)
            steps[start].other = Int32(steps.count)
        case .locked(let lock, let inner):
            let start = steps.count
            append(.lock, first: lock)
            compile(inner)
            append(.unlock, first: lock, other: start)
        }
    }

    private mutating func append(
        _ kind: ServiceProgram.Step.Kind, first: Int = 0, count: Int = 0, other: Int = 0,
        probability: Double = 0, sampler: Sampler? = nil
    ) {
        steps.append(
            ServiceProgram.Step(
                kind: kind, number: UInt16(truncatingIfNeeded: steps.count), first: Int32(first),
                count: Int32(count), other: Int32(other), probability: probability,
                sampler: sampler ?? nothing))
    }

    private mutating func append(_ descriptions: [CallDescription]) -> Int {
        let first = calls.count
        for (branch, call) in descriptions.enumerated() {
            append(call, branch: branch, share: 1)
        }
        return first
    }

    private mutating func append(_ choices: [WeightedCall], byReplicas: Bool) {
        let first = calls.count
        let total = choices.reduce(0) { $0 + $1.weight }
        var sum = 0.0
        for (branch, choice) in choices.enumerated() {
            sum += choice.weight
            append(
                choice.call, branch: branch, share: (byReplicas ? choice.weight : sum) / total)
        }
        append(.choose, first: first, count: choices.count, other: byReplicas ? 1 : 0)
    }

    private mutating func append(_ call: CallDescription, branch: Int, share: Double) {
        let edge = configuration.outgoing.firstIndex { $0.target == call.target } ?? 0
        let keyspace = configuration.outgoing[edge].keyspace(of: call.endpoint)
        calls.append(
            ServiceProgram.Call(
                peer: peer(call.target), edge: Int32(edge), endpoint: UInt16(call.endpoint),
                route: configuration.outgoing[edge].route, branch: UInt16(branch),
                keyspace: keyspace.map { Int32($0) } ?? -1,
                isOptional: call.isOptional, isForgotten: call.isForgotten,
                isManaged: isManaged(call.target),
                probability: call.probability, share: share,
                timeout: call.timeout ?? .zero, hasTimeout: call.timeout != nil,
                latency: Sampler(call.requestLatency, tables: &tables)))
    }
}

// MARK: - Policies

extension ServiceCompiler {
    mutating func add(_ policy: CallPolicy, edge: Int, timeout: SimulatedDuration?) {
        policies.append(
            ServiceProgram.Policy(
                edge: Int32(edge), targetReplicas: Int32(configuration.outgoing[edge].replicas),
                retry: policy.retry ?? RetryPolicy(attempts: 1), budget: policy.budget,
                hedge: policy.hedge, breaker: policy.breaker, pool: policy.pool.map { pool($0) },
                throttle: policy.throttle, ejection: policy.ejection,
                rule: addRule(policy, replicas: configuration.outgoing[edge].replicas),
                propagatesDeadline: policy.propagatesDeadline, cancels: policy.cancels,
                timeout: timeout))
    }

    private mutating func addRule(_ policy: CallPolicy, replicas: Int) -> Int32 {
        guard let choice = policy.choice else { return -1 }
        rules.append(BalancingRule(choice, replicas: replicas))
        return Int32(rules.count - 1)
    }

    private mutating func pool(_ pool: PoolDescription) -> ServiceProgram.Policy.Pool {
        ServiceProgram.Policy.Pool(
            size: Int32(clamping: pool.size), queue: pool.queue.map { Int32(clamping: $0) } ?? .max,
            wait: pool.wait, hasConnections: pool.setup != nil || pool.isPinned,
            setup: pool.setup.map { Sampler($0, tables: &tables) } ?? nothing, idle: pool.idle,
            order: pool.order, isPinned: pool.isPinned)
    }
}

extension ServiceCompiler {
    /// Whether the cores must be simulated as ones whose speed changes.
    private var needsPacing: Bool {
        let serving = description.serving
        return serving.scheduling == .processorSharing || serving.cpuLimit != nil
            || serving.slowdown != nil || serving.memory?.heap != nil || serving.speedSpread > 0
            || serving.oddReplicas.contains { $0.speed != 1 }
            || description.admission?.shedding?.signal == .cpu
            || description.lifeCycle?.warmUp != nil
            || configuration.context.faults.contains { fault in
                switch fault.effect {
                case .slow, .cores: true
                default: false
                }
            }
    }

    /// Whether replicas may die.
    private var needsLifeCycle: Bool {
        description.lifeCycle != nil || description.serving.memory?.limit != nil
            || configuration.context.faults.contains { fault in
                switch fault.effect {
                case .kill, .restart, .down: true
                default: false
                }
            }
    }
}
