package import Kernel
package import Model

/// One service in one interval.
package struct ServiceRow: Sendable {
    /// The end of the interval.
    package var instant: SimulatedInstant
    /// Seconds.
    package var length: Double
    package var sample: ServiceSample
    package var service: Int { Int(sample.process) }

    /// Whether there is nothing to be told of it.
    var isEmpty: Bool { sample.area == 0 && sample.arrived == 0 }
}

/// One edge in one interval.
package struct EdgeRow: Sendable {
    /// The end of the interval.
    package var instant: SimulatedInstant
    /// Its number among the run's edges, users' streams first.
    package var edge: Int
    package var sample: EdgeSample

    /// Whether there is nothing to be told of it.
    var isEmpty: Bool { sample.requests == 0 && sample.successes == 0 && sample.failures == 0 }
}

/// The columns of time series, for all that is made of them.
package enum SeriesColumns {
    package static let time = ColumnDescription(
        "time_s", .real, unit: "s", "the end of the interval")

    package static let service: [Column<ServiceRow>] = [
        .count("arrived", "requests that arrived") { $0.sample.arrived },
        .count("succeeded", "answered with success") { $0.sample.succeeded },
        .count("rejected", "refused at once: the queue was full") { $0.sample.rejected },
        .count("failed", "answered with a failure because a needed call failed") {
            $0.sample.failed
        },
        .count("shed", "refused at once by admission control") { $0.sample.shed },
        .count("expired", "dropped: waited or was there too long, or past the deadline") {
            $0.sample.expired
        },
        .count("unavailable", "no replica was ready, or it died") { $0.sample.unavailable },
        .count("errors", "the service failed by itself") { $0.sample.errors },
        .count("conflicts", "another request changed the row first, or had it for too long") {
            $0.sample.conflicts
        },
        .count("cancelled", "stopped because the caller no longer waited") { $0.sample.cancelled },
        .count("requests", "requests in the service at the end of the interval") {
            $0.sample.requests
        },
        .count("waiting", "of these, waiting for a thread") { $0.sample.waiting },
        .count("ready", "replicas that are ready at the end of the interval") {
            $0.sample.readyReplicas
        },
        Column("mean_requests", .real, "requests in the service, averaged over the interval") {
            .real($0.length > 0 ? Double($0.sample.area) / 1e9 / $0.length : 0)
        },
        Column(
            "compute_s", .real, unit: "s",
            "core time of compute steps begun, less what deaths of replicas gave back"
        ) {
            .seconds($0.sample.computeTime)
        },
        Column("pause_s", .real, unit: "s", "time stood still to collect garbage") {
            .seconds($0.sample.pauseTime)
        },
        Column("throttled_s", .real, unit: "s", "time stood still by the CPU limit") {
            .seconds($0.sample.throttledTime)
        },
        .count("kills", "replicas that died") { $0.sample.kills },
        .count("cache_hits", "of its caches") { $0.sample.cacheHits },
        .count("cache_misses", "of its caches") { $0.sample.cacheMisses },
        .count("replicas", "replicas that exist at the end of the interval") {
            $0.sample.replicas
        },
        Column("replica_s", .real, unit: "s", "time that replicas existed, summed over them") {
            .seconds($0.sample.replicaTime)
        },
        .count("crashes", "replicas that died by themselves") { $0.sample.crashes },
        .count("drained", "replicas told to stop that ended once their requests had") {
            $0.sample.drained
        },
        .count("stale_reads", "of its read replicas") { $0.sample.staleReads },
        .quantile("p50", of: "its successful answers") { $0.sample.latency.p50 },
        .quantile("p90", of: "its successful answers") { $0.sample.latency.p90 },
        .quantile("p99", of: "its successful answers") { $0.sample.latency.p99 },
    ]

    package static let edge: [Column<EdgeRow>] = [
        .count("calls", "calls made, each with all its attempts") { $0.sample.calls },
        .count("call_successes", "calls that ended well") { $0.sample.callSuccesses },
        .count("call_failures", "calls that ended badly") { $0.sample.callFailures },
        .count("attempts", "requests sent") { $0.sample.requests },
        .count("retries", "of these, after the first because one failed") { $0.sample.retries },
        .count("hedges", "of these, after the first because one was slow") { $0.sample.hedges },
        .count("successes", "attempts answered with success in time") { $0.sample.successes },
        .count("timeouts", "attempts given up by the caller") { $0.sample.timeouts },
        .count("failures", "attempts answered with a failure in time") { $0.sample.failures },
        .count("late_answers", "answers after the caller had given up") { $0.sample.lateAnswers },
        .count("refused", "attempts not made: breaker, pool, throttle or budget") {
            $0.sample.refused
        },
        .count("trips", "times that a breaker opened") { $0.sample.trips },
        .quantile("p50", of: "successful attempts") { $0.sample.latency.p50 },
        .quantile("p90", of: "successful attempts") { $0.sample.latency.p90 },
        .quantile("p99", of: "successful attempts") { $0.sample.latency.p99 },
    ]

    package static let serviceKey = [
        time, ColumnDescription("service_id", .integer, "see `services`"),
    ]
    package static let edgeKey = [
        time, ColumnDescription("edge_id", .integer, "see `edges`"),
    ]
    /// Names in place of numbers, in views and CSV files.
    package static let serviceNames = [
        ColumnDescription("service", .text, "the service's name")
    ]
    package static let edgeNames = [
        ColumnDescription("from", .text, "a service, or `users:STREAM`"),
        ColumnDescription("to", .text, "a service, or `service.endpoint` for users"),
    ]
}
