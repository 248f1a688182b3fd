package import Kernel

/// A set of keys of which some are asked for more often than others.
///
/// The key of a request is drawn once from (seed, the user's request, the keyspace's number): every
/// service that a request reaches sees the same key.
package struct KeyspaceDescription: Hashable, Sendable {
    package var name: String
    /// Keys 0..<count, >= 1, at most 2³⁰.
    package var count: Int
    /// Zipf's exponent, >= 0: key k is asked for in proportion to 1/(k+1)^exponent. 0 is uniform.
    package var exponent: Double
    package init(name: String, count: Int, exponent: Double = 0) {
        self.name = name
        self.count = count
        self.exponent = exponent
    }
}

/// A cache that a step of an endpoint looks into.
package struct CacheDescription: Hashable, Sendable {
    package enum Eviction: UInt8, Hashable, Sendable, CaseIterable {
        case leastRecentlyUsed
        case leastFrequentlyUsed
    }
    package var name: String
    /// Index into the model's keyspaces.
    package var keyspace: Int
    /// Keys it holds at most, >= 1.
    package var capacity: Int
    package var timeToLive: SimulatedDuration?
    package var eviction: Eviction
    /// Whether all replicas share one (an external cache) or each has its own.
    package var isShared: Bool
    /// Whether requests that miss a key that is being fetched wait for it (single-flight) or fetch it
    /// themselves (stampede).
    package var isSingleFlight: Bool
    /// Share of its capacity, in 0...1, that holds the most popular keys when the run starts.
    package var warm: Double
    package init(
        name: String, keyspace: Int, capacity: Int, timeToLive: SimulatedDuration? = nil,
        eviction: Eviction = .leastRecentlyUsed, isShared: Bool = true,
        isSingleFlight: Bool = false, warm: Double = 0
    ) {
        self.name = name
        self.keyspace = keyspace
        self.capacity = capacity
        self.timeToLive = timeToLive
        self.eviction = eviction
        self.isShared = isShared
        self.isSingleFlight = isSingleFlight
        self.warm = warm
    }
}

/// Rows that requests contend for; one set for all replicas of the service.
package struct LockDescription: Hashable, Sendable {
    package enum Mode: UInt8, Hashable, Sendable, CaseIterable {
        /// The steps inside run one request a key at a time; others wait, first come first served.
        case exclusive
        /// All run; one that ends after another has changed the row since it began fails
        /// (``Outcome/conflict``).
        case optimistic
    }
    package var name: String
    package var keyspace: Int
    package var mode: Mode
    /// Of `exclusive`: a request that has waited for a row this long, > 0, fails
    /// (``Outcome/conflict``) and gives up the rows that it holds; `nil` waits for ever.
    package var wait: SimulatedDuration?
    package init(name: String, keyspace: Int, mode: Mode, wait: SimulatedDuration? = nil) {
        self.name = name
        self.keyspace = keyspace
        self.mode = mode
        self.wait = wait
    }
}

/// A database with a primary (replica 0), to which writes go, and read replicas.
///
/// A write that ends on the primary is applied on every other replica after `lag`, at the price of
/// `apply` core time there. A read of a key that another replica has changed and this one has not yet
/// applied is counted as stale.
package struct ReplicationDescription: Hashable, Sendable {
    package var lag: Distribution
    package var apply: Distribution?
    /// Keys that are read and written, to tell stale reads; `nil` does not tell them.
    package var keyspace: Int?
    package init(lag: Distribution, apply: Distribution? = nil, keyspace: Int? = nil) {
        self.lag = lag
        self.apply = apply
        self.keyspace = keyspace
    }
}
