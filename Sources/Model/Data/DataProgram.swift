import Kernel

/// The caches, locks and read replicas of a service compiled for execution; see ``DataState``.
struct DataProgram: Sendable {
    let keys: KeyDraw
    let caches: TrivialArray<Cache>
    let locks: TrivialArray<Lock>
    let replication: Replication?

    struct Cache: BitwiseCopyable {
        var keyspace: Int32
        /// Where its states begin in ``DataState/caches``: one for all replicas, or one for each.
        var first: Int32
        var isShared: Bool
        var isSingleFlight: Bool

        /// Index of the state that a replica looks into.
        func place(of replica: UInt16) -> Int { Int(first) + (isShared ? 0 : Int(replica)) }
    }

    struct Lock: BitwiseCopyable {
        var keyspace: Int32
        var isOptimistic: Bool
        var wait: SimulatedDuration?
    }

    struct Replication: BitwiseCopyable {
        var lag: Sampler
        /// -1: keys are not told apart.
        var keyspace: Int32
        /// The endpoint whose steps apply a write; -1 if that takes no work.
        var endpoint: Int32
    }

    init(_ configuration: ServiceConfiguration, replication: Replication?) {
        let description = configuration.description
        keys = KeyDraw(seed: configuration.seed, keyspaces: configuration.context.keyspaces)
        var first = 0
        caches = TrivialArray(
            description.caches.map { cache in
                defer { first += cache.isShared ? 1 : description.replicas }
                return Cache(
                    keyspace: Int32(cache.keyspace), first: Int32(first),
                    isShared: cache.isShared, isSingleFlight: cache.isSingleFlight)
            })
        locks = TrivialArray(
            description.locks.map {
                Lock(
                    keyspace: Int32($0.keyspace), isOptimistic: $0.mode == .optimistic,
                    wait: $0.wait)
            })
        self.replication = replication
    }
}
