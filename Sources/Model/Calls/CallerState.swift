import Kernel

/// A call under a policy, with all its attempts.
struct ManagedCall: BitwiseCopyable, Sendable {
    enum Phase: UInt8, BitwiseCopyable {
        /// Attempts are on their way.
        case attempting
        case waitsForPool
        case backsOff
    }
    /// The identity of the call, and of its first attempt.
    var id: UInt64
    var request: UInt64
    var started: SimulatedInstant
    var deadline: SimulatedInstant
    var lastDelay = SimulatedDuration.zero
    /// The job that waits for it, or ``OutstandingCall/nobody``.
    var job: Int32
    /// Index into the program's calls.
    var description: Int32
    /// The caller's replica.
    var replica: Int32
    /// Its neighbours in the line for the pool.
    var beforeInPool: Int32 = -1
    var afterInPool: Int32 = -1
    /// The next managed call of the same job.
    var nextOfJob: Int32 = -1
    var alarm = TimerQueue.Handle.none
    /// The replica that the last attempt went to, plus one.
    var lastReplica: UInt16 = 0
    /// Times it was tried, refusals by the caller itself included, hedges left out.
    var tries: UInt16 = 0
    /// Attempts sent, those of them on their way, and those of them that were hedges.
    var attempts: UInt16 = 0
    var inFlight: UInt16 = 0
    var hedges: UInt16 = 0
    var phase = Phase.attempting
    /// The breaker's epoch that the latest attempt was admitted in.
    var epoch: UInt32 = 0
    /// What made the job's request.
    var cause: UInt8
    /// Whether the budget counts a retry of it as under way.
    var holdsBudget = false
    var isOptional: Bool

    /// The identity of one of its attempts.
    func attempt(_ number: UInt16) -> UInt64 {
        number == 0 ? id : CallIdentity.child(of: id, step: number, branch: .max)
    }
    /// What its alarm is about: different from every call's identity.
    var alarmSubject: UInt64 { CallIdentity.child(of: id, step: .max, branch: .max) }
}

/// An attempt of a managed call that has been sent and neither answered nor given up.
struct Attempt: KeyedRecord {
    var key: UInt64
    var sent: SimulatedInstant
    /// When the request arrives, if it is not lost.
    var arrives: SimulatedInstant
    var call: Int32
    var timer: TimerQueue.Handle
    /// The breaker's epoch that it was admitted in.
    var epoch: UInt32
    /// The pool's connection that it uses, or one of those below.
    var connection: Int32
    /// It has no place in a pool; it has a place, but no connection.
    static var noPlace: Int32 { -1 }
    static var bulkheadPlace: Int32 { -2 }
    /// The callee's replica it went to, plus one; 0 if the callee chose.
    var replica: UInt16

    static var empty: Self {
        Self(
            key: 0, sent: .start, arrives: .start, call: 0, timer: .none, epoch: 0,
            connection: noPlace, replica: 0)
    }
}

/// Which managed call an alarm is about.
struct ManagedAlarm: KeyedRecord {
    var key: UInt64
    var call: Int32
    static var empty: Self { Self(key: 0, call: 0) }
}

/// What a service remembers as a caller: the calls under way, and for each of its replicas and each
/// edge with a policy the state of the policy's parts.
///
/// The parts that no policy of the service has are empty arrays. States are found by ``index(_:_:)``.
struct CallerState: Sendable {
    var calls = SlotTable<ManagedCall>()
    var attempts = KeyedTable<Attempt>()
    var alarms = KeyedTable<ManagedAlarm>()
    /// By edge: the policy in force, an index into the program's; -1 for none.
    var policies: TrivialArray<Int32>
    var budgets = TrivialArray<RetryBudgetState>()
    var hedges = TrivialArray<HedgeState>()
    var latencies = TrivialArray<LatencyQuantile>()
    var breakers = TrivialArray<CircuitBreakerState>()
    var throttles = TrivialArray<ThrottleState>()
    var pools = TrivialArray<PoolState>()
    var connections = TrivialArray<Connection>()
    var turns = TrivialArray<CallerViews>()
    var views = TrivialArray<ReplicaView>()
    /// By edge: where its views and its connections begin; those of one replica of the caller after
    /// those of the one before.
    let viewStarts: TrivialArray<Int32>
    let connectionStarts: TrivialArray<Int32>
    /// By edge: connections of one replica of the caller at most.
    let connectionCounts: TrivialArray<Int32>
    let replicas: Int

    init(_ program: ServiceProgram) {
        replicas = program.replicas
        policies = TrivialArray(repeating: -1, count: program.edgeCount)
        for (index, policy) in program.policies.elements.enumerated().reversed() {
            policies[Int(policy.edge)] = Int32(index)
        }
        var viewStarts = [Int32](repeating: 0, count: program.edgeCount)
        var connectionStarts = viewStarts
        var connectionCounts = viewStarts
        let count = program.edgeCount * program.replicas
        for policy in program.policies.elements {
            if policy.hedge != nil, hedges.isEmpty {
                hedges = TrivialArray(repeating: HedgeState(), count: count)
                latencies = TrivialArray(repeating: LatencyQuantile(), count: count)
            }
            if policy.breaker != nil, breakers.isEmpty {
                breakers = TrivialArray(repeating: CircuitBreakerState(), count: count)
            }
            if policy.throttle != nil, throttles.isEmpty {
                throttles = TrivialArray(repeating: ThrottleState(), count: count)
            }
            if policy.pool != nil, pools.isEmpty {
                pools = TrivialArray(repeating: PoolState(), count: count)
            }
            if policy.budget != nil, budgets.isEmpty {
                budgets = TrivialArray(
                    repeating: RetryBudgetState(.concurrent(0)), count: count)
            }
        }
        for edge in 0..<program.edgeCount {
            let own = program.policies.elements.filter { $0.edge == edge }
            connectionStarts[edge] = Int32(connections.count)
            let sizes = own.compactMap { $0.pool?.hasConnections == true ? $0.pool?.size : nil }
            connectionCounts[edge] = sizes.max() ?? 0
            for _ in 0..<Int(connectionCounts[edge]) * program.replicas {
                connections.append(Connection())
            }
            viewStarts[edge] = Int32(views.count)
            guard own.contains(where: { $0.rule >= 0 }) else { continue }
            if turns.isEmpty {
                for place in 0..<count {
                    turns.append(CallerViews(caller: place % program.replicas))
                }
            }
            let zones = max(program.configuration.context.zones, 1)
            for _ in 0..<program.replicas {
                for replica in 0..<program.configuration.outgoing[edge].replicas {
                    views.append(
                        ReplicaView(
                            zone: UInt16(replica % zones),
                            isReady: replica < program.configuration.outgoing[edge].readyReplicas))
                }
            }
        }
        self.viewStarts = TrivialArray(viewStarts)
        self.connectionStarts = TrivialArray(connectionStarts)
        self.connectionCounts = TrivialArray(connectionCounts)
        for edge in 0..<program.edgeCount where policies[edge] >= 0 {
            begin(program.policies[Int(policies[edge])], edge: edge, isFirst: true)
        }
    }

    /// Sets the state of the parts that depend on their descriptions up for a policy.
    mutating func begin(_ policy: ServiceProgram.Policy, edge: Int, isFirst: Bool) {
        for replica in 0..<replicas {
            let place = index(edge, replica)
            if let budget = policy.budget { budgets[place] = RetryBudgetState(budget) }
            if !isFirst, policy.breaker != nil { breakers[place] = CircuitBreakerState() }
            if !isFirst, policy.throttle != nil { throttles[place] = ThrottleState() }
        }
    }

    /// One of the caller's replicas has died, and its calls are over: its successor knows nothing but
    /// which of the callees' replicas are ready, of which all replicas are told.
    mutating func forget(_ replica: Int, _ program: ServiceProgram) {
        for edge in 0..<program.edgeCount where policies[edge] >= 0 {
            let place = index(edge, replica)
            if budgets.count > 0 {
                let budget = program.policies[Int(policies[edge])].budget
                budgets[place] = RetryBudgetState(budget ?? .concurrent(0))
            }
            if hedges.count > 0 {
                hedges[place] = HedgeState()
                latencies[place] = LatencyQuantile()
            }
            if breakers.count > 0 { breakers[place] = CircuitBreakerState() }
            if throttles.count > 0 { throttles[place] = ThrottleState() }
            if pools.count > 0 { pools[place] = PoolState() }
            let connectionCount = Int(connectionCounts[edge])
            let connection = Int(connectionStarts[edge]) + replica * connectionCount
            for own in connection..<connection + connectionCount { connections[own] = Connection() }
            guard hasViews(edge) else { continue }
            turns[place] = CallerViews(caller: replica)
            let viewCount = program.configuration.outgoing[edge].replicas
            let view = Int(viewStarts[edge]) + replica * viewCount
            for own in view..<view + viewCount {
                views[own] = ReplicaView(zone: views[own].zone, isReady: views[own].isReady)
            }
        }
    }

    /// Whether any policy of an edge chooses among the callee's replicas.
    func hasViews(_ edge: Int) -> Bool {
        let end = edge + 1 < viewStarts.count ? Int(viewStarts[edge + 1]) : views.count
        return Int(viewStarts[edge]) < end
    }

    @inline(__always)
    func index(_ edge: Int, _ replica: Int) -> Int { edge &* replicas &+ replica }

    mutating func prepareForChanges() {
        calls.prepareForChanges()
        attempts.prepareForChanges()
        alarms.prepareForChanges()
        policies.prepareForChanges()
        budgets.prepareForChanges()
        hedges.prepareForChanges()
        latencies.prepareForChanges()
        breakers.prepareForChanges()
        throttles.prepareForChanges()
        pools.prepareForChanges()
        connections.prepareForChanges()
        turns.prepareForChanges()
        views.prepareForChanges()
    }
}
