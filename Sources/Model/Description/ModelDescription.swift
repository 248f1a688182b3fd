package import Kernel

/// A whole simulated system as validated values: what a topology file says, with names resolved.
///
/// The position of a service in `services` is its ``ServiceID``. `Topology` makes it from a file and
/// guarantees what the comments promise; the model relies on that.
package struct ModelDescription: Hashable, Sendable {
    package var name: String
    package var services: [ServiceDescription]
    /// Sets of services that must run in one worker (two or more each, disjoint). Calls inside a set
    /// may have zero latency.
    package var colocated: [[ServiceID]]
    package var keyspaces: [KeyspaceDescription] = []
    package var faults: [FaultDescription] = []
    /// Zones that the replicas of every service are spread over: replica r is in zone r mod `zones`.
    package var zones = 1

    package init(name: String, services: [ServiceDescription], colocated: [[ServiceID]] = []) {
        self.name = name
        self.services = services
        self.colocated = colocated
    }
}

/// One service: `replicas` equal pods behind a load balancer.
package struct ServiceDescription: Hashable, Sendable {
    package var name: String
    /// >= 1: the most there can be. ``LifeCycleDescription/initialReplicas`` says how many there are
    /// at first.
    package var replicas: Int
    /// Cores of each replica, >= 1. Compute steps hold one core each, first come first served.
    package var cores: Int
    /// Threads of each replica; `nil` means as many as there are requests.
    package var threads: Int?
    /// Whether a request keeps its thread while it waits for the services it calls.
    package var holdsThreadDuringCalls: Bool
    /// Requests of each replica that may wait for a thread; `nil` means no bound, 0 none.
    package var queueLimit: Int?
    package var balancing: Balancing
    /// At least one.
    package var endpoints: [EndpointDescription]
    package var arrivals: [ArrivalDescription]
    package var serving = ServingDescription()
    package var admission: AdmissionDescription?
    package var lifeCycle: LifeCycleDescription?
    package var caches: [CacheDescription] = []
    package var locks: [LockDescription] = []
    package var replication: ReplicationDescription?
    /// Whether requests whose deadline has passed are dropped (``Outcome/expired``) when they come to
    /// their turn, and at the next step boundary.
    package var honoursDeadlines = false
    /// By called service: how it is called. Services without an entry are called plainly.
    package var policies: [ServiceID: CallPolicy] = [:]

    package init(
        name: String, replicas: Int = 1, cores: Int = 1, threads: Int? = nil,
        holdsThreadDuringCalls: Bool = true, queueLimit: Int? = nil,
        balancing: Balancing = .roundRobin, endpoints: [EndpointDescription],
        arrivals: [ArrivalDescription] = []
    ) {
        self.name = name
        self.replicas = replicas
        self.cores = cores
        self.threads = threads
        self.holdsThreadDuringCalls = holdsThreadDuringCalls
        self.queueLimit = queueLimit
        self.balancing = balancing
        self.endpoints = endpoints
        self.arrivals = arrivals
    }
}

extension ServiceDescription {
    /// Replicas that exist when the run starts: the first so many.
    package var initialReplicas: Int { min(lifeCycle?.initialReplicas ?? replicas, replicas) }
    /// Of these, how many are ready then.
    package var replicasReadyAtFirst: Int { lifeCycle?.startsCold == true ? 0 : initialReplicas }
}

/// Which replica takes a request that reaches a service.
package enum Balancing: UInt8, Hashable, Sendable, CaseIterable {
    /// The next in turn.
    case roundRobin
    /// Any, by a keyed draw of the request.
    case random
    /// The one with the fewest requests admitted or waiting; of several the next in turn.
    case leastRequests
    /// By the key that the endpoint asks for: shards.
    case byKey
}

/// One operation of a service: its steps run one after another, then the answer leaves.
package struct EndpointDescription: Hashable, Sendable {
    package var name: String
    /// May be empty: then the request is answered as soon as it has a thread.
    package var steps: [StepDescription]
    /// Whether a request is answered as soon as it is accepted and worked on after that: a queue that
    /// takes messages for its consumers.
    package var answersEarly = false
    /// Whether it changes data: with replication it goes to the primary.
    package var isWrite = false
    /// The keyspace that its key comes from, for ``Balancing/byKey`` and ring hashing.
    package var keyspace: Int?

    package init(name: String, steps: [StepDescription]) {
        self.name = name
        self.steps = steps
    }
}

package enum StepDescription: Hashable, Sendable {
    /// Hold one core for this long.
    case compute(Distribution)
    /// Call all of these at once (each with its probability) and go on when all have answered.
    case call([CallDescription])
    /// Call exactly one, chosen with the probability `weight` / sum of weights.
    case oneOf([WeightedCall])
    /// Call exactly one, chosen with the probability `weight` times the callee's ready replicas, as the
    /// caller's replica knows them, over the sum of these: one load balancer before several services.
    ///
    /// By weight alone while none is ready. Callees whose replicas the caller does not choose itself
    /// (``CallPolicy/balancing``) do not tell it; they count as many as were ready at first.
    case oneByReplicas([WeightedCall])
    /// Call all of these at once and go on when `needed` (1...count) have succeeded; the others are
    /// given up. Fails when too few can.
    case gather([CallDescription], needed: Int)
    /// Wait this long with the thread but without a core.
    case delay(Distribution)
    /// Fail with this probability (``Outcome/error``).
    case fail(probability: Double)
    /// Do these steps with this probability.
    case maybe(probability: Double, [StepDescription])
    /// Do these steps so many times, >= 1.
    case repeated(Int, [StepDescription])
    /// Look into a cache of the service; on a miss do these steps and, if they succeed, fill it.
    case cached(cache: Int, [StepDescription])
    /// Do these steps under a lock of the service.
    case locked(lock: Int, [StepDescription])
}

package struct WeightedCall: Hashable, Sendable {
    /// > 0.
    package var weight: Double
    package var call: CallDescription
    package init(weight: Double, call: CallDescription) {
        self.weight = weight
        self.call = call
    }
}

/// A request from one service to another, and its answer.
package struct CallDescription: Hashable, Sendable {
    package var target: ServiceID
    /// Index into the target's endpoints.
    package var endpoint: Int
    /// Latency of the request on its way, and of the answer on its way back. All calls of one service
    /// to another share both. Their minimum is the lookahead of that edge: > 0 between workers.
    package var requestLatency: Distribution
    package var responseLatency: Distribution
    /// How long the caller waits for the answer, > 0; `nil` for ever.
    package var timeout: SimulatedDuration?
    /// That the call is made at all, in 0...1. Ignored inside `oneOf` and `oneByReplicas`.
    package var probability: Double
    /// Whether the caller's request goes on when this call fails.
    package var isOptional: Bool
    /// Whether the caller does not wait for the answer (fire and forget).
    package var isForgotten = false

    package init(
        target: ServiceID, endpoint: Int = 0, requestLatency: Distribution,
        responseLatency: Distribution, timeout: SimulatedDuration? = nil,
        probability: Double = 1, isOptional: Bool = false
    ) {
        self.target = target
        self.endpoint = endpoint
        self.requestLatency = requestLatency
        self.responseLatency = responseLatency
        self.timeout = timeout
        self.probability = probability
        self.isOptional = isOptional
    }
}
