package import Kernel

/// A service compiled for execution: flat arrays of trivial values, no names.
package final class ServiceProgram: Sendable {
    package let configuration: ServiceConfiguration
    /// Digests are noted, and series sampled, at multiples of this.
    package let checkpointInterval: SimulatedDuration
    let steps: TrivialArray<Step>
    /// By endpoint.
    let endpoints: TrivialArray<Endpoint>
    let calls: TrivialArray<Call>
    /// By route: where and how late an answer arrives.
    let replies: TrivialArray<Reply>
    let streams: [Stream]
    /// How managed edges are called: first the policies of the topology, then those that faults put
    /// in their place.
    let policies: TrivialArray<Policy>
    /// By policy: how the caller chooses the callee's replica, `nil` if the callee does.
    let balancingRules: FixedArray<BalancingRule>
    /// Where the work that errors cost begins in `steps`; past the end if they cost none.
    let errorStep: Int32
    /// Outgoing edges; the edge counters of the streams follow theirs.
    let edgeCount: Int
    let tables: SamplerTables
    let seed: UInt64
    let service: ServiceID
    /// The peer that is this service itself; -1 if it does not call itself.
    let ownPeer: Int32
    let replicas: Int
    /// How many of them there are at first.
    let initialReplicas: Int
    let cores: Int32
    let threads: Int32
    let queueLimit: Int32
    let holdsThreadDuringCalls: Bool
    let balancing: Balancing
    let host: HostProgram
    let data: DataProgram
    let users: UserProgram
    /// By edge: the policy of the topology, an index into `policies`; -1 for none.
    let usualPolicies: [Int32]
    /// The endpoint of readiness probes; that of liveness probes is the next.
    let probeEndpoint: Int
    /// The tier of this service as a cause of retries, in 2...14: entry services are 2.
    let tier: UInt8
    /// Whether any part of ``DataState`` is in use.
    var needsData: Bool { !features.isDisjoint(with: [.data, .replication]) }
    /// Whether any part of ``HostState`` is in use.
    var needsHost: Bool { !features.isDisjoint(with: .hosted) }
    /// What is in use beyond the plain model.
    let features: Features

    /// Latency series of the service: 0 its own answers, then one for each outgoing edge, then one
    /// for each arrival stream.
    package var seriesCount: Int { 1 + edgeCount + streams.count }

    /// Parts of the model that cost something only where they are used.
    struct Features: OptionSet, Sendable {
        let rawValue: UInt32
        /// Cores that do not simply run at full speed: see ``Pacer``.
        static let pacing = Self(rawValue: 1 << 0)
        /// Requests wait in another order than they came, or may leave the queue early.
        static let waitingLine = Self(rawValue: 1 << 1)
        static let admission = Self(rawValue: 1 << 2)
        static let lifeCycle = Self(rawValue: 1 << 3)
        static let memory = Self(rawValue: 1 << 4)
        /// Requests may have deadlines that count: here, or with those it calls.
        static let deadlines = Self(rawValue: 1 << 5)
        /// Callers may tell it to stop.
        static let cancellation = Self(rawValue: 1 << 6)
        static let earlyAnswers = Self(rawValue: 1 << 7)
        static let replication = Self(rawValue: 1 << 8)
        static let faults = Self(rawValue: 1 << 9)
        static let managedCalls = Self(rawValue: 1 << 10)
        static let data = Self(rawValue: 1 << 11)
        static let users = Self(rawValue: 1 << 12)
        static let errorWork = Self(rawValue: 1 << 13)
        static let oddReplicas = Self(rawValue: 1 << 14)
        static let callerChosenReplicas = Self(rawValue: 1 << 15)
        static let keyedBalancing = Self(rawValue: 1 << 16)
        /// Requests whose deadline has passed are dropped.
        static let honouredDeadlines = Self(rawValue: 1 << 17)
        /// Requests may be here for so long only. Found like those that callers cancel.
        static let requestTimeouts = Self(rawValue: 1 << 18)

        /// Those whose state is kept in ``HostState``.
        static let hosted: Self = [
            .pacing, .waitingLine, .admission, .lifeCycle, .memory, .faults, .oddReplicas,
            .cancellation, .earlyAnswers, .replication, .callerChosenReplicas,
        ]
        /// Those that a request meets on its way in.
        static let onArrival: Self = [
            .pacing, .waitingLine, .admission, .lifeCycle, .memory, .faults, .oddReplicas,
            .cancellation, .earlyAnswers, .replication, .callerChosenReplicas,
        ]
        /// Those with which a request may end before its time.
        static let withDrops: Self = [.cancellation, .lifeCycle]
        /// Those that a request meets when it gets a thread.
        static let onBeginning: Self = [.memory, .pacing]
        /// Those that a request meets on its way out.
        static let onDeparture: Self = [
            .admission, .lifeCycle, .memory, .pacing, .cancellation, .data, .replication, .faults,
        ]
    }

    struct Step: BitwiseCopyable {
        enum Kind: UInt8, BitwiseCopyable {
            case compute, call, choose, finish
            case gather, delay, fail, maybe, lookUp, fill, lock, unlock
        }
        var kind: Kind
        var number: UInt16
        /// Of calls: the first; of `finish`: the endpoint; else the number of a cache or a lock.
        var first: Int32 = 0
        var count: Int32 = 0
        /// Of `gather`: how many must succeed. Of `choose`: 1 for a choice by ready replicas. Of `maybe` and `lookUp`: the step to go on with when
        /// those inside are left out. Of `fill` and `unlock`: the step that they end.
        var other: Int32 = 0
        var probability: Double = 0
        var sampler: Sampler
    }

    struct Endpoint: BitwiseCopyable {
        var firstStep: Int32
        /// -1: none.
        var keyspace: Int32
        var answersEarly: Bool
        var isWrite: Bool
    }

    struct Call: BitwiseCopyable {
        var peer: Int32
        var edge: Int32
        var endpoint: UInt16
        var route: UInt16
        var branch: UInt16
        /// That the called endpoint's key comes from; -1 for none.
        var keyspace: Int32
        var isOptional: Bool
        var isForgotten: Bool
        /// Whether the edge has a policy.
        var isManaged: Bool
        /// Of a call that may be left out.
        var probability: Double
        /// Of a choice: the summed weight up to and including this call, over the sum of all; of one
        /// by ready replicas this call's own weight over the sum of all.
        var share: Double
        var timeout: SimulatedDuration
        var hasTimeout: Bool
        var latency: Sampler
    }

    struct Reply: BitwiseCopyable {
        var peer: Int32
        var latency: Sampler
    }

    struct Stream {
        var endpoint: UInt16
        /// Whether ``UserProgram/endpoint(of:)`` says the endpoint.
        var isMixed: Bool
        var isPoisson: Bool
        /// Whether it is one of the processes beyond constant and Poisson.
        var isManaged: Bool
        var hasTimeout: Bool
        var timeout: Sampler
        var profile: RateProfile
    }

    /// A ``CallPolicy`` of one edge, compiled.
    struct Policy: BitwiseCopyable {
        var edge: Int32
        var targetReplicas: Int32
        var retry: RetryPolicy
        var budget: RetryBudget?
        var hedge: HedgePolicy?
        var breaker: CircuitBreakerDescription?
        var pool: Pool?
        var throttle: ThrottleDescription?
        var ejection: EjectionDescription?
        /// Index into ``ServiceProgram/balancingRules``; -1: the callee chooses.
        var rule: Int32
        var propagatesDeadline: Bool
        var cancels: Bool
        /// In place of the time-outs of the calls.
        var timeout: SimulatedDuration?

        struct Pool: BitwiseCopyable {
            var size: Int32
            var queue: Int32
            var wait: SimulatedDuration?
            /// Whether connections are made and kept: else it is a bulkhead.
            var hasConnections: Bool
            var setup: Sampler
            var idle: SimulatedDuration?
            var order: PoolDescription.Order
            var isPinned: Bool
        }
    }

    package init(_ configuration: ServiceConfiguration, checkpointInterval: SimulatedDuration) {
        let description = configuration.description
        self.configuration = configuration
        self.checkpointInterval = checkpointInterval
        seed = configuration.seed
        service = configuration.id
        ownPeer = configuration.peers.firstIndex(of: configuration.id).map { Int32($0) } ?? -1
        replicas = description.replicas
        initialReplicas = description.initialReplicas
        cores = Int32(clamping: description.cores)
        threads = description.threads.map { Int32(clamping: $0) } ?? .max
        queueLimit = description.queueLimit.map { Int32(clamping: $0) } ?? .max
        holdsThreadDuringCalls = description.holdsThreadDuringCalls
        balancing = description.balancing
        tier = UInt8(clamping: min(max(configuration.context.tier, 1) + 1, 14))

        var compiler = ServiceCompiler(configuration)
        compiler.compile()
        replies = TrivialArray(compiler.replies)
        steps = TrivialArray(compiler.steps)
        calls = TrivialArray(compiler.calls)
        endpoints = TrivialArray(compiler.endpoints)
        policies = TrivialArray(compiler.policies)
        balancingRules = FixedArray(compiler.rules)
        errorStep = Int32(compiler.errorStep)
        edgeCount = configuration.outgoing.count
        tables = compiler.tables
        streams = compiler.streams
        features = compiler.features
        host = HostProgram(configuration, faultPolicies: compiler.faultPolicies)
        data = DataProgram(configuration, replication: compiler.replication)
        users = UserProgram(
            description.arrivals, service: configuration.id, seed: configuration.seed)
        usualPolicies = compiler.usualPolicies
        probeEndpoint = description.endpoints.count
    }
}
