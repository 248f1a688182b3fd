package import Autoscalers
package import Kernel

/// How a system is scaled: what the control plane needs to know of it, as validated values.
///
/// `Topology` makes it from a file; the position of a service is its ``ServiceID``.
package struct ScalingPlan: Hashable, Sendable {
    package var policy: PolicyDescription
    /// How often an autoscaler looks, > 0: Kubernetes' `horizontal-pod-autoscaler-sync-period`.
    package var syncPeriod = SimulatedDuration.seconds(15)
    package var pipeline = PipelineDescription()
    package var cluster: ClusterDescription?
    /// Every policy that can be named instead.
    package var policies: [PolicyDescription] = []
    /// All services of the model; those without ``ScaledService/bounds`` keep their size.
    package var services: [ScaledService]

    package init(policy: PolicyDescription, services: [ScaledService]) {
        self.policy = policy
        self.services = services
    }

    /// How the recommender and the updater of vertical autoscalers are set up.
    package var vertical = VerticalSettings()
    /// Of namespaces that have one; each namespace once.
    package var quotas: [QuotaDescription] = []

    /// How the HPA controller is set up.
    package var horizontal = HorizontalSettings()

    /// Whether some autoscaler looks at quantiles of latencies.
    package var wantsLatencies: Bool {
        services.contains { service in
            guard let autoscaler = service.autoscaler else { return false }
            let triggers = autoscaler.eventDriven.triggers.contains {
                if case .signal(let signal) = $0.source { return signal.kind.quantile != nil }
                return false
            }
            return triggers || autoscaler.signals.values.contains { $0.kind.quantile != nil }
        }
    }

    /// Whether there is anything for a control plane to do.
    package var isNeeded: Bool { services.contains { $0.bounds != nil } }
}

/// The way from what a service does to what an autoscaler sees of it.
package struct PipelineDescription: Hashable, Sendable {
    /// Between two readings, > 0: metrics-server's `metric-resolution`.
    package var scrapePeriod = SimulatedDuration.seconds(15)
    /// Rates other than those of resources are averages over this, >= ``scrapePeriod``.
    package var window = SimulatedDuration.seconds(60)
    /// From a reading until it can be asked for.
    package var delay = SimulatedDuration.zero
    /// That one pod's reading is lost, 0...1; drawn for each pod and reading.
    package var lossProbability = 0.0

    package init() {}
}

/// One service as autoscalers see it.
package struct ScaledService: Hashable, Sendable {
    package var name: String
    /// Cores of a replica.
    package var cores: Int
    /// Replicas at first, and the most that the model has room for.
    package var initialReplicas: Int
    package var room: Int
    /// Mean core time of a request in seconds, without queueing and without those called.
    package var workPerRequest: Double
    /// The services it calls, ascending: the order of ``ServiceObservation/edgeRequests``.
    package var targets: [Int] = []
    /// Mean number of calls of a request to other services, ascending by service; none of number zero.
    package var calls: [ExpectedCall] = []
    /// The streams of users that come to it: the rate of each over time, where it is known.
    package var streams: [ExpectedStream] = []
    /// What a pod asks of its node, in thousandths of a core and in bytes.
    package var cpuRequest: Int64
    package var memoryRequest: Double = 0
    package var priority = 0
    /// A container burns this much CPU (in cores) while it starts, for so long.
    package var startUp = StartUpLoad()
    /// `nil` for a service that keeps its size.
    package var bounds: ReplicaBounds?
    /// Requests a second that a replica carries at a utilisation of one.
    package var capacityPerReplica: Double
    /// The utilisation that is wanted, 0...1: of what pods request, and of ``capacityPerReplica``.
    package var targetUtilisation = 0.8
    /// What its own autoscaler looks at; for all but ``ScalingMetric/cpu``, ``each`` a replica.
    package var metric = ScalingMetric.cpu
    package var each = 1.0
    /// Those of the policies under which services scale by themselves; `nil` as ``bounds``, and for a
    /// service whose number of pods nobody changes.
    package var autoscaler: ServiceAutoscaler?
    /// Decides what pods ask for; `nil`: nobody does.
    package var vertical: VerticalSpec?
    /// The CPU limit of a pod in thousandths of a core; `nil`: none.
    package var cpuLimit: Int64?
    package var namespace = "default"
    /// Whether it has no pods until a ProvisioningRequest finds room for them; no policy changes its size.
    package var awaitsCapacity = false

    package init(
        name: String, cores: Int, initialReplicas: Int, room: Int, workPerRequest: Double
    ) {
        self.name = name
        self.cores = cores
        self.initialReplicas = initialReplicas
        self.room = room
        self.workPerRequest = workPerRequest
        cpuRequest = Int64(cores) * 1_000
        capacityPerReplica = workPerRequest > 0 ? Double(cores) / workPerRequest : .infinity
    }
}

package enum ScalingMetric: UInt8, Hashable, Sendable, CaseIterable {
    /// Cores in use, of those that pods request.
    case cpu
    /// Requests a second.
    case requests
    /// Requests in flight.
    case concurrency
    /// Requests that wait.
    case queue
}

package struct ExpectedCall: Hashable, Sendable {
    package var target: Int
    package var count: Double
    package init(target: Int, count: Double) {
        self.target = target
        self.count = count
    }
}

/// Users whose rate is known before they come.
package struct ExpectedStream: Hashable, Sendable {
    /// Requests a second from each instant on; ascending, the first at the start.
    package var steps: [RateStep]
    package init(steps: [RateStep]) { self.steps = steps }

    /// The rate at an instant.
    package func rate(at instant: SimulatedInstant) -> Double {
        steps.last { $0.from <= instant }?.rate ?? 0
    }
}

package struct RateStep: Hashable, Sendable {
    package var from: SimulatedInstant
    package var rate: Double
    package init(from: SimulatedInstant, rate: Double) {
        self.from = from
        self.rate = rate
    }
}

package struct StartUpLoad: Hashable, Sendable {
    package var cpu = 0.0
    package var time = SimulatedDuration.zero
    package init() {}
}

package struct ReplicaBounds: Hashable, Sendable {
    /// 0 <= `least` <= `most`, `most` >= 1.
    package var least: Int
    package var most: Int
    package init(least: Int, most: Int) {
        self.least = least
        self.most = most
    }

    package func clamp(_ replicas: Int) -> Int { max(least, min(replicas, most)) }
}
