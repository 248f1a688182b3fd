import Kernel

/// Everything of a ``ServiceDescription`` that a plain service does without.
///
/// A service that uses none of it costs one byte.
struct ServiceExtras: Hashable, FieldCoded {
    var serving = ServingDescription()
    var admission: AdmissionDescription?
    var lifeCycle: LifeCycleDescription?
    var caches: [CacheDescription] = []
    var locks: [LockDescription] = []
    var replication: ReplicationDescription?
    var honoursDeadlines = false
    /// Ascending by service.
    var policies: [PolicyOfCallee] = []
    /// By endpoint; empty when all are plain.
    var endpoints: [EndpointExtras] = []
    /// By stream; empty when all are plain.
    var arrivals: [ArrivalExtras] = []

    static var blank: Self { Self() }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&serving)
        try coder.field(&admission)
        try coder.field(&lifeCycle)
        try coder.field(&caches) { $0.count <= ModelLimits.caches }
        try coder.field(&locks) { $0.count <= ModelLimits.caches }
        try coder.field(&replication)
        try coder.field(&honoursDeadlines)
        try coder.field(&policies) { policies in
            zip(policies, policies.dropFirst()).allSatisfy { $0.target < $1.target }
        }
        try coder.field(&endpoints)
        try coder.field(&arrivals)
    }
}

/// How one service is called.
struct PolicyOfCallee: Hashable, FieldCoded {
    var target: ServiceID
    var policy: CallPolicy

    static var blank: Self { Self(target: ServiceID(0), policy: CallPolicy()) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&target)
        try coder.field(&policy)
    }
}

extension ServiceDescription {
    /// Setting requires as many endpoints and streams as the service has, or none.
    var extras: ServiceExtras {
        get {
            let endpoints = endpoints.map(\.extras)
            let arrivals = arrivals.map(\.extras)
            return ServiceExtras(
                serving: serving, admission: admission, lifeCycle: lifeCycle, caches: caches,
                locks: locks, replication: replication, honoursDeadlines: honoursDeadlines,
                policies: policies.sorted { $0.key < $1.key }.map {
                    PolicyOfCallee(target: $0.key, policy: $0.value)
                },
                endpoints: endpoints.allSatisfy { $0 == .blank } ? [] : endpoints,
                arrivals: arrivals.allSatisfy { $0 == .blank } ? [] : arrivals)
        }
        set {
            serving = newValue.serving
            admission = newValue.admission
            lifeCycle = newValue.lifeCycle
            caches = newValue.caches
            locks = newValue.locks
            replication = newValue.replication
            honoursDeadlines = newValue.honoursDeadlines
            for entry in newValue.policies { policies[entry.target] = entry.policy }
            for (index, own) in newValue.endpoints.enumerated() { endpoints[index].extras = own }
            for (index, own) in newValue.arrivals.enumerated() { arrivals[index].extras = own }
        }
    }

    /// Reads what ``writeExtras(into:)`` wrote; endpoints and streams must have been read before.
    mutating func readExtras(from reader: inout ByteReader) throws(ByteError) {
        guard try reader.readBool() else { return }
        let read = try ServiceExtras(from: &reader)
        // What is as in a plain service has one form only: nothing.
        guard read != .blank, read.endpoints.isEmpty || read.endpoints.count == endpoints.count,
            read.arrivals.isEmpty || read.arrivals.count == arrivals.count
        else { throw reader.unknown("service") }
        extras = read
        guard extras == read else { throw reader.unknown("service") }
    }

    func writeExtras(into writer: inout ByteWriter) {
        let extras = extras
        writer.write(extras != .blank)
        if extras != .blank { extras.encode(into: &writer) }
    }

    /// Whether everything inside the service that is named by a number exists, and sizes are bounded.
    var inconsistency: String? {
        let replicaRange = 0..<replicas
        let cached = caches.reduce(0) { $0 + $1.capacity * ($1.isShared ? 1 : replicas) }
        guard serving.oddReplicas.allSatisfy({ replicaRange.contains($0.replica) }) else {
            return "odd replica"
        }
        guard cached <= ModelLimits.cachedKeys else { return "size of caches" }
        guard
            endpoints.reduce(0, { $0.saturatingAdd($1.steps.unrolledSize) })
                <= ModelLimits.stepsOfModel,
            endpoints.allSatisfy({ $0.steps.unrolledCount <= ModelLimits.steps })
        else { return "number of steps" }
        guard
            endpoints.allSatisfy({ endpoint in
                endpoint.steps.allSatisfy { $0.areIndicesBelow(caches.count, locks.count) }
            })
        else { return "cache or lock of a step" }
        guard
            arrivals.allSatisfy({ arrival in
                arrival.isComplete && arrival.mix.allSatisfy { $0.endpoint < endpoints.count }
            }), arrivals.reduce(0, { $0 + $1.population }) <= ModelLimits.population
        else { return "stream of users" }
        return nil
    }
}

extension StepDescription {
    fileprivate func areIndicesBelow(_ caches: Int, _ locks: Int) -> Bool {
        let isOwnFine =
            switch self {
            case .cached(let cache, _): cache < caches
            case .locked(let lock, _): lock < locks
            default: true
            }
        return isOwnFine && (steps ?? []).allSatisfy { $0.areIndicesBelow(caches, locks) }
    }
}

extension Int {
    fileprivate func saturatingAdd(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
