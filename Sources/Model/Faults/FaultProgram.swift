package import Kernel

/// A service's faults made ready for ``FaultTimeline`` and ``FaultEffects``.
package struct FaultProgram: Sendable {
    /// When a fault comes, compiled.
    enum Plan: Sendable {
        case window(from: SimulatedInstant, until: SimulatedInstant)
        case random(wait: Sampler, lasting: Sampler)
        /// Lasts until never when it does not end.
        case condition(FaultCondition, holding: SimulatedDuration, lasting: SimulatedDuration?)
    }

    package let faults: [ServiceFault]
    /// Whether any fault waits for a condition, so that the timeline needs metrics.
    package let hasConditions: Bool
    let plans: [Plan]
    /// By fault: what it adds to latencies; of others nothing.
    let latencies: [Sampler?]
    let tables: SamplerTables
    let seed: UInt64
    let service: ServiceID
    let replicas: Int
    let cores: Int
    /// The services that messages go to; positions in it are what effects are asked by.
    let peers: [ServiceID]

    /// A random fault's waits are at least this, so that time goes on.
    static let leastWait = SimulatedDuration.milliseconds(1)
    /// Conditions are looked at this often.
    package static let lookInterval = SimulatedDuration.milliseconds(100)

    /// `peers` as in ``ServiceConfiguration``: ascending.
    package init(
        _ faults: [ServiceFault], seed: UInt64, service: ServiceID, replicas: Int, cores: Int,
        peers: [ServiceID]
    ) {
        var tables = SamplerTables()
        var latencies: [Sampler?] = []
        var plans: [Plan] = []
        var hasConditions = false
        for fault in faults {
            if case .latency(_, let added) = fault.effect {
                latencies.append(Sampler(added, tables: &tables))
            } else {
                latencies.append(nil)
            }
            switch fault.schedule {
            case .window(let from, let until):
                plans.append(.window(from: from, until: until ?? .never))
            case .random(let wait, let lasting):
                plans.append(
                    .random(
                        wait: Sampler(wait, tables: &tables),
                        lasting: Sampler(lasting, tables: &tables)))
            case .condition(let condition, let holding, let lasting):
                plans.append(.condition(condition, holding: holding, lasting: lasting))
                hasConditions = true
            }
        }
        self.faults = faults
        self.hasConditions = hasConditions
        self.plans = plans
        self.latencies = latencies
        self.tables = tables
        self.seed = seed
        self.service = service
        self.replicas = replicas
        self.cores = cores
        self.peers = peers
    }

    /// A draw of a random fault: step 0 the wait before an occurrence, 1 how long it lasts. No
    /// service in the key: every service that the fault hits draws the same.
    func draw(
        _ sampler: Sampler, fault: Int, occurrence: UInt32, step: UInt16
    ) -> SimulatedDuration {
        let identity = UInt64(faults[fault].number) << 32 | UInt64(occurrence)
        return sampler.sample(
            DrawKey(seed: seed, identity: identity, purpose: .fault, step: step), tables)
    }
}

/// What conditions look at: the service as it is at one instant.
package struct FaultMetrics: BitwiseCopyable, Hashable, Sendable {
    /// Requests that wait for a thread, all replicas together.
    package var queue: Int
    /// Requests admitted or waiting, all replicas together.
    package var requests: Int
    /// Share of the cores in use, in 0...1: of the replicas that run, as many as faults leave them.
    package var utilisation: Double
    package var readyReplicas: Int

    package init(
        queue: Int = 0, requests: Int = 0, utilisation: Double = 0, readyReplicas: Int = 0
    ) {
        self.queue = queue
        self.requests = requests
        self.utilisation = utilisation
        self.readyReplicas = readyReplicas
    }

    func satisfies(_ condition: FaultCondition) -> Bool {
        let value =
            switch condition.metric {
            case .queue: Double(queue)
            case .requests: Double(requests)
            case .utilisation: utilisation
            case .readyReplicas: Double(readyReplicas)
            }
        return condition.isAbove ? value > condition.bound : value < condition.bound
    }
}
