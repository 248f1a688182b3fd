package import Kernel

/// What becomes of replicas over time. Without it all are ready from the start, and one that is
/// killed is back, cold, after `start`.
package struct LifeCycleDescription: Hashable, Sendable {
    /// From a replica's creation until it has a node.
    package var scheduling = Distribution(.deterministic(value: 0))
    package var imagePull = Distribution(.deterministic(value: 0))
    /// From the start of the container until it can serve.
    package var start = Distribution(.deterministic(value: 1))
    package var warmUp: WarmUpDescription?
    package var readiness: ProbeDescription?
    package var liveness: ProbeDescription?
    /// How long a replica that is told to stop may go on with the requests it has.
    package var grace = SimulatedDuration.seconds(30)
    /// Kubernetes' crash loop: the first restart is at once; then 10 s, doubling to 300 s, forgotten after
    /// 10 min of running.
    package var crashBackoff = SimulatedDuration.seconds(10)
    package var crashBackoffCap = SimulatedDuration.seconds(300)
    package var crashReset = SimulatedDuration.seconds(600)
    /// How long callers and the load balancer go on believing what was (endpoints propagation).
    package var discovery = SimulatedDuration.zero
    /// Whether the replicas are created at time zero instead of being ready then.
    package var startsCold = false
    /// How many there are at first, 0...replicas; the others can be ordered later. `nil`: all.
    package var initialReplicas: Int?
    /// Requests that wait while no replica is ready, as in Knative's activator; more are refused.
    package var buffer = 0

    package init() {}
}

/// A replica that has just started is slow: its speed rises from `speed` to 1 in a straight line
/// over `time`, in sixteen steps.
package struct WarmUpDescription: Hashable, Sendable {
    package var speed: Double
    package var time: SimulatedDuration
    package init(speed: Double, time: SimulatedDuration) {
        self.speed = speed
        self.time = time
    }
}

/// A probe goes through the replica's queue like a request, computes `work`, and fails when it is
/// not answered within `timeout`, or refused.
package struct ProbeDescription: Hashable, Sendable {
    package var initialDelay: SimulatedDuration
    package var period: SimulatedDuration
    package var timeout: SimulatedDuration
    package var failures: Int
    package var successes: Int
    package var work: Distribution
    package init(
        initialDelay: SimulatedDuration = .zero, period: SimulatedDuration = .seconds(10),
        timeout: SimulatedDuration = .seconds(1), failures: Int = 3, successes: Int = 1,
        work: Distribution = Distribution(.deterministic(value: 0))
    ) {
        self.initialDelay = initialDelay
        self.period = period
        self.timeout = timeout
        self.failures = failures
        self.successes = successes
        self.work = work
    }
}
