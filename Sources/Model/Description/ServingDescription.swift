package import Kernel

/// How the replicas of a service serve: everything beyond equal cores, first come first served.
///
/// The default is a replica whose cores work at full speed, whose queue is first in first out, and
/// that has all the memory it wants.
package struct ServingDescription: Hashable, Sendable {
    package var scheduling = Scheduling.firstComeFirstServed
    package var cpuLimit: CPULimit?
    package var slowdown: Slowdown?
    package var memory: MemoryDescription?
    package var discipline = QueueDiscipline.fifo
    package var waitLimit: WaitLimit?
    /// A request that has not been answered so long after it arrived is given up (``Outcome/expired``),
    /// wherever it is: in a queue, computing, or waiting for calls, which are given up with it. > 0.
    package var requestTimeout: SimulatedDuration?
    /// Spread of the replicas' speeds: a replica's speed is exp(σ·z) with z standard normal, drawn
    /// once a replica. Zero: all alike.
    package var speedSpread = 0.0
    /// Replicas that are slow or fail from the start.
    package var oddReplicas: [OddReplica] = []
    /// What a request computes before it is answered with a failure (a slow error path).
    package var errorWork: Distribution?

    package init() {}
}

/// How the cores of a replica are shared out among requests that compute.
package enum Scheduling: UInt8, Hashable, Sendable, CaseIterable {
    /// A compute step holds a core of its own; others wait for one.
    case firstComeFirstServed
    /// All compute steps of a replica share its cores evenly, none faster than one core.
    case processorSharing
}

/// A limit on processor time as Linux' completely fair scheduler enforces it: in every period the
/// replica's computing threads together get `quota` of core time, and then stand still until the
/// next period.
package struct CPULimit: Hashable, Sendable {
    /// > 0; 0.5 cores are 50 ms in a period of 100 ms.
    package var quota: SimulatedDuration
    /// > 0.
    package var period: SimulatedDuration
    package init(quota: SimulatedDuration, period: SimulatedDuration = .milliseconds(100)) {
        self.quota = quota
        self.period = period
    }

    /// `quota` / `period` in thousandths of a core, to the nearest.
    package var milliCores: Int64 { Int64((quota.seconds / period.seconds * 1_000).rounded()) }
}

/// Concurrency that slows service: with n requests begun in a replica and not ended each takes `factor(n)` times
/// as long. Those that wait for a thread do not count.
package enum Slowdown: Hashable, Sendable {
    /// factor = 1 + slope · (n - 1) . `slope` >= 0.
    case linear(slope: Double)
    /// Gunther's universal scalability law: factor = 1 + contention·(n-1) + coherence·n·(n-1).
    case universal(contention: Double, coherence: Double)
    /// Straight lines between points of ascending n; the first and last factors hold outside. At
    /// least one; factors > 0.
    case curve([SlowdownPoint])
}

package struct SlowdownPoint: Hashable, Sendable {
    package var requests: Double
    package var factor: Double
    package init(requests: Double, factor: Double) {
        self.requests = requests
        self.factor = factor
    }
}

/// Memory of a replica, in bytes, and the garbage collector that keeps it within bounds.
///
/// Live memory is `base` plus `perRequest` for each request admitted or waiting. Every request that
/// begins leaves `garbagePerRequest` behind. When live memory and garbage together have reached `heap` as a
/// request begins, and no collection is under way, the collector stops all computing of the replica for
/// `pause` plus `pausePerByte` for each live byte, and the garbage is gone. When live memory alone
/// exceeds `limit`, the replica is killed.
package struct MemoryDescription: Hashable, Sendable {
    package var base: Double = 0
    package var perRequest: Double = 0
    package var garbagePerRequest: Double = 0
    /// `nil`: there is no collector.
    package var heap: Double?
    package var pause: SimulatedDuration = .zero
    /// Nanoseconds for each live byte.
    package var pausePerByte: Double = 0
    /// `nil`: there is no limit.
    package var limit: Double?

    package init() {}
}

/// Which of the requests that wait for a thread begins next.
package enum QueueDiscipline: Hashable, Sendable {
    case fifo
    case lifo
    /// First in first out while fewer than `threshold` wait, last in first out from there on.
    case adaptiveLIFO(threshold: Int)
    /// The most important class first (0 before 1), first in first out within one.
    case priority
    /// The earliest deadline first; requests without one last.
    case earliestDeadline
    /// Self-clocked fair queueing: users' streams take turns, whatever each one sends.
    case fair
}

/// How long a request may wait for a thread.
package enum WaitLimit: Hashable, Sendable {
    /// It is dropped (``Outcome/expired``) when it has waited this long, which is drawn for each
    /// request; the mean is > 0.
    case patience(Distribution)
    /// Controlled delay for requests: when the queue has not been empty for `interval`, a request
    /// that has waited longer than `target` is dropped as it comes to its turn; else one that has
    /// waited longer than `interval` is. Defaults 5 ms and 100 ms.
    case controlledDelay(target: SimulatedDuration, interval: SimulatedDuration)

    /// The same patience, > 0, for all.
    package static func fixed(_ limit: SimulatedDuration) -> Self { .patience(.constant(limit)) }
}

/// One replica that is unlike the others from the start.
package struct OddReplica: Hashable, Sendable {
    /// < the service's replicas.
    package var replica: Int
    /// Its speed over that of the others, > 0.
    package var speed: Double
    /// The probability, in 0...1, that it fails a request at once (``Outcome/error``).
    package var errorRate: Double
    package init(replica: Int, speed: Double = 1, errorRate: Double = 0) {
        self.replica = replica
        self.speed = speed
        self.errorRate = errorRate
    }
}
