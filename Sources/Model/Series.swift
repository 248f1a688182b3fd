package import Kernel

/// What happened at one service in one interval of a run: the rows of a time series.
///
/// Intervals have the length of ``ServiceProgram/checkpointInterval``; number n ends at n times that.
/// An interval in which nothing happened has no sample.
@frozen
package struct ServiceSample: BitwiseCopyable, Hashable, Sendable {
    package var process: UInt32
    package var number: UInt32
    package var arrived: UInt32 = 0
    package var succeeded: UInt32 = 0
    package var rejected: UInt32 = 0
    package var failed: UInt32 = 0
    package var shed: UInt32 = 0
    package var expired: UInt32 = 0
    package var unavailable: UInt32 = 0
    package var errors: UInt32 = 0
    package var conflicts: UInt32 = 0
    package var cancelled: UInt32 = 0
    package var cacheHits: UInt32 = 0
    package var cacheMisses: UInt32 = 0
    package var kills: UInt32 = 0
    /// At the end of the interval: requests in the service, those of them that wait for a thread, and
    /// replicas that are ready.
    package var requests: UInt32 = 0
    package var waiting: UInt32 = 0
    package var readyReplicas: UInt32 = 0
    /// Replicas that exist at the end of the interval, and those that died by themselves in it.
    package var replicas: UInt32 = 0
    package var crashes: UInt32 = 0
    /// Replicas that were told to stop and ended in it once their requests had.
    package var drained: UInt32 = 0
    package var staleReads: UInt32 = 0
    /// How many latencies the effects held when the interval ended; zero once that is booked.
    package var latencyMark: UInt32 = 0
    /// Of its successful answers, in seconds; zero when there were none. Filled in as the interval is
    /// booked.
    package var latency = LatencyQuantiles()
    /// Core time of compute steps begun, collector's pauses and throttling, in nanoseconds.
    package var computeTime: UInt64 = 0
    package var pauseTime: UInt64 = 0
    package var throttledTime: UInt64 = 0
    /// ∫ replicas that exist dt, in nanoseconds.
    package var replicaTime: UInt64 = 0
    /// ∫ requests in the service dt, in nanoseconds.
    package var area: UInt64 = 0

    package init(process: UInt32, number: UInt32) {
        self.process = process
        self.number = number
    }
}

/// Quantiles of the latencies of one interval, in seconds; zero when there were none.
@frozen
package struct LatencyQuantiles: BitwiseCopyable, Hashable, Sendable {
    package var p50: Float = 0
    package var p90: Float = 0
    package var p99: Float = 0

    package init() {}

    /// O(buckets).
    package init(_ histogram: LatencyHistogram) {
        if histogram.isEmpty { return }
        var place = LatencyHistogram.Place()
        p50 = Float(histogram.quantile(0.5, from: &place)?.seconds ?? 0)
        p90 = Float(histogram.quantile(0.9, from: &place)?.seconds ?? 0)
        p99 = Float(histogram.quantile(0.99, from: &place)?.seconds ?? 0)
    }
}

/// What happened to the calls of one edge (or one stream of users) in one interval.
@frozen
package struct EdgeSample: BitwiseCopyable, Hashable, Sendable {
    package var process: UInt32
    package var number: UInt32
    /// Index into the edge counters of the process.
    package var edge: UInt32
    package var calls: UInt32 = 0
    package var callSuccesses: UInt32 = 0
    package var callFailures: UInt32 = 0
    package var requests: UInt32 = 0
    package var retries: UInt32 = 0
    package var hedges: UInt32 = 0
    package var successes: UInt32 = 0
    package var timeouts: UInt32 = 0
    /// Attempts answered with a failure.
    package var failures: UInt32 = 0
    package var lateAnswers: UInt32 = 0
    /// Attempts not made: breaker, pool, throttle, budget.
    package var refused: UInt32 = 0
    package var trips: UInt32 = 0
    /// Of the successful attempts, as ``ServiceSample/latency``.
    package var latency = LatencyQuantiles()

    package init(process: UInt32, number: UInt32, edge: UInt32) {
        self.process = process
        self.number = number
        self.edge = edge
    }
}

extension ServiceSample {
    /// What `now` has more than `before`.
    mutating func setDifference(_ now: ServiceCounters, _ before: ServiceCounters) {
        arrived = UInt32(truncatingIfNeeded: now.arrived &- before.arrived)
        succeeded = UInt32(truncatingIfNeeded: now.succeeded &- before.succeeded)
        rejected = UInt32(truncatingIfNeeded: now.rejected &- before.rejected)
        failed = UInt32(truncatingIfNeeded: now.failed &- before.failed)
        shed = UInt32(truncatingIfNeeded: now.shed &- before.shed)
        expired = UInt32(truncatingIfNeeded: now.expired &- before.expired)
        unavailable = UInt32(truncatingIfNeeded: now.unavailable &- before.unavailable)
        errors = UInt32(truncatingIfNeeded: now.errors &- before.errors)
        conflicts = UInt32(truncatingIfNeeded: now.conflicts &- before.conflicts)
        cancelled = UInt32(truncatingIfNeeded: now.cancelled &- before.cancelled)
        cacheHits = UInt32(truncatingIfNeeded: now.cacheHits &- before.cacheHits)
        cacheMisses = UInt32(truncatingIfNeeded: now.cacheMisses &- before.cacheMisses)
        kills = UInt32(truncatingIfNeeded: now.kills &- before.kills)
        crashes = UInt32(truncatingIfNeeded: now.crashes &- before.crashes)
        drained = UInt32(truncatingIfNeeded: now.drained &- before.drained)
        staleReads = UInt32(truncatingIfNeeded: now.staleReads &- before.staleReads)
        replicaTime = now.replicaTime &- before.replicaTime
        computeTime = now.computeTime &- before.computeTime
        pauseTime = now.pauseTime &- before.pauseTime
        throttledTime = now.throttledTime &- before.throttledTime
        area = now.inSystemArea &- before.inSystemArea
    }
}

extension EdgeSample {
    /// What `now` has more than `before`.
    mutating func setDifference(_ now: EdgeCounters, _ before: EdgeCounters) {
        calls = UInt32(truncatingIfNeeded: now.calls &- before.calls)
        callSuccesses = UInt32(truncatingIfNeeded: now.callSuccesses &- before.callSuccesses)
        callFailures = UInt32(truncatingIfNeeded: now.callFailures &- before.callFailures)
        requests = UInt32(truncatingIfNeeded: now.requests &- before.requests)
        retries = UInt32(truncatingIfNeeded: now.retries &- before.retries)
        hedges = UInt32(truncatingIfNeeded: now.hedges &- before.hedges)
        successes = UInt32(truncatingIfNeeded: now.succeeded &- before.succeeded)
        timeouts = UInt32(truncatingIfNeeded: now.timeouts &- before.timeouts)
        failures = UInt32(
            truncatingIfNeeded: now.failures &- now.timeouts &- before.failures &+ before.timeouts)
        lateAnswers = UInt32(truncatingIfNeeded: now.lateAnswers &- before.lateAnswers)
        refused = UInt32(truncatingIfNeeded: now.refusals &- before.refusals)
        trips = UInt32(truncatingIfNeeded: now.trips &- before.trips)
    }
}

extension EdgeCounters {
    /// Attempts not made.
    package var refusals: UInt64 { broken &+ poolRefused &+ throttled &+ budgetDenied }
}

extension ServiceSample: RawBytes {}
extension EdgeSample: RawBytes {}
