import Model

/// Words of the format, each with what it stands for, in the order in which they are offered.
struct Choices<Value>: Sendable where Value: Sendable {
    fileprivate let entries: [(name: String, value: Value)]

    init(_ entries: [(String, Value)]) { self.entries = entries.map { (name: $0.0, value: $0.1) } }

    var names: [String] { entries.map(\.name) }

    subscript(name: String) -> Value? { entries.first { $0.name == name }?.value }
}

extension Choices where Value: Equatable {
    /// The word for a value.
    func name(of value: Value) -> String? { entries.first { $0.value == value }?.name }
}

extension Choices<Balancing> {
    static var balancing: Self {
        Self([
            ("round-robin", .roundRobin), ("random", .random), ("least-requests", .leastRequests),
            ("by-key", .byKey),
        ])
    }
}

extension Choices<Scheduling> {
    static var scheduling: Self {
        Self([
            ("first-come-first-served", .firstComeFirstServed),
            ("processor-sharing", .processorSharing),
        ])
    }
}

extension Choices<QueueDiscipline> {
    static var discipline: Self {
        Self([
            ("fifo", .fifo), ("lifo", .lifo), ("priority", .priority),
            ("earliest-deadline", .earliestDeadline), ("fair", .fair),
        ])
    }
}

extension Choices<CacheDescription.Eviction> {
    static var eviction: Self {
        Self([("lru", .leastRecentlyUsed), ("lfu", .leastFrequentlyUsed)])
    }
}

extension Choices<LockDescription.Mode> {
    static var lockMode: Self { Self([("exclusive", .exclusive), ("optimistic", .optimistic)]) }
}

extension Choices<FailureSet> {
    static var failure: Self {
        Self([
            ("timeout", .timeout), ("rejected", .rejected), ("failed", .failed), ("shed", .shed),
            ("expired", .expired), ("unavailable", .unavailable), ("error", .error),
            ("conflict", .conflict), ("refused", .refused),
        ])
    }
}

extension Choices<BackoffDescription.Jitter> {
    static var jitter: Self {
        Self([
            ("none", .none), ("full", .full), ("equal", .equal), ("decorrelated", .decorrelated),
            ("proportional", .proportional),
        ])
    }
}

extension Choices<PoolDescription.Order> {
    static var poolOrder: Self {
        Self([("most-recent", .mostRecent), ("least-recent", .leastRecent)])
    }
}

extension Choices<CallerBalancing> {
    static var callerBalancing: Self {
        Self([
            ("round-robin", .roundRobin), ("random", .random), ("least-requests", .leastRequests),
            ("two-choices", .twoChoices), ("ring-hash", .ringHash), ("zone-local", .zoneLocal),
        ])
    }
}

extension Choices<ArrivalDescription.Process> {
    static var process: Self {
        Self([
            ("poisson", .poisson), ("constant", .constant), ("modulated", .modulated),
            ("trace", .trace), ("closed", .closed), ("paced", .paced), ("sessions", .sessions),
        ])
    }
}

extension Choices<FaultCondition.Metric> {
    static var metric: Self {
        Self([
            ("queue", .queue), ("requests", .requests), ("utilisation", .utilisation),
            ("readyReplicas", .readyReplicas),
        ])
    }
}
