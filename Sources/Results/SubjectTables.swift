/// A service of a run, before and after its end.
package struct ServiceEntry: Sendable {
    package var id: Int
    package var name: String
    package var summary: ServiceSummary?

    package init(id: Int, name: String, summary: ServiceSummary? = nil) {
        self.id = id
        self.name = name
        self.summary = summary
    }
}

/// An edge of a run, before and after its end.
package struct EdgeEntry: Sendable {
    package var id: Int
    package var from: String
    package var to: String
    package var isUsers: Bool
    package var summary: EdgeSummary?

    package init(
        id: Int, from: String, to: String, isUsers: Bool, summary: EdgeSummary? = nil
    ) {
        self.id = id
        self.from = from
        self.to = to
        self.isUsers = isUsers
        self.summary = summary
    }
}

extension Column<ServiceEntry> {
    /// A count of the whole run, known at its end.
    fileprivate static func total(
        _ name: String, _ meaning: String, _ value: @escaping @Sendable (ServiceSummary) -> UInt64
    ) -> Self {
        Self(name, .integer, meaning) { $0.summary.map { .count(value($0)) } ?? .null }
    }

    fileprivate static func real(
        _ name: String, unit: String = "", _ meaning: String,
        _ value: @escaping @Sendable (ServiceSummary) -> Double?
    ) -> Self {
        Self(name, .real, unit: unit, meaning) { .optional($0.summary.flatMap(value)) }
    }
}

extension Column<EdgeEntry> {
    /// A count of the whole run, known at its end.
    fileprivate static func total(
        _ name: String, _ meaning: String, _ value: @escaping @Sendable (EdgeSummary) -> UInt64
    ) -> Self {
        Self(name, .integer, meaning) { $0.summary.map { .count(value($0)) } ?? .null }
    }

    fileprivate static func real(
        _ name: String, unit: String = "", _ meaning: String,
        _ value: @escaping @Sendable (EdgeSummary) -> Double?
    ) -> Self {
        Self(name, .real, unit: unit, meaning) { .optional($0.summary.flatMap(value)) }
    }
}

extension ResultTables {
    package static let services = Table<ServiceEntry>(
        name: "services",
        about: "one row a service; all but its number and name are empty until the run is complete",
        keys: 1,
        columns: [
            Column("service_id", .integer, "from 0 on, in the order of the topology") {
                .count($0.id)
            },
            Column("service", .text, "its name") { .text($0.name) },
            Column("tier", .integer, "how far from users: they are tier 1") {
                $0.summary.map { .count($0.tier) } ?? .null
            },
            Column("replicas", .integer, "at first") {
                $0.summary.map { .count($0.replicas) } ?? .null
            },
            .real("replica_s", unit: "s", "time that replicas existed, summed over them") {
                $0.replicaSeconds
            },
            .total("arrived", "requests that arrived") { $0.requests },
            .total("succeeded", "answered with success") { $0.successes },
            .total("rejected", "refused at once: the queue was full") { $0.failures.rejected },
            .total("failed", "answered with a failure because a needed call failed") {
                $0.failures.failed
            },
            .total("shed", "refused at once by admission control") { $0.failures.shed },
            .total("expired", "dropped: waited or was there too long, or past the deadline") {
                $0.failures.expired
            },
            .total("unavailable", "no replica was ready, or it died") { $0.failures.unavailable },
            .total("errors", "the service failed by itself") { $0.failures.error },
            .total("conflicts", "another request changed the row first, or had it for too long") {
                $0.failures.conflict
            },
            .total("cancelled", "stopped because the caller no longer waited") { $0.cancelled },
            .total("requests", "requests in the service at the end") { $0.inFlight },
            .real("utilisation", "share of all cores' time in use") { $0.utilisation },
            .real("mean_requests", "requests in the service, averaged over the run") {
                $0.meanInSystem
            },
            .real("compute_s", unit: "s", "core time of compute steps begun") {
                $0.work.computed
            },
            .real("pause_s", unit: "s", "time stood still to collect garbage") {
                $0.pauseSeconds
            },
            .real("throttled_s", unit: "s", "time stood still by the CPU limit") {
                $0.throttledSeconds
            },
            .real("queue_s", unit: "s", "time that requests waited for a thread to begin") {
                $0.times.queue
            },
            .real("downstream_s", unit: "s", "time that requests waited for those called") {
                $0.times.downstream
            },
            .total("kills", "replicas that died") { $0.kills },
            .total("crashes", "replicas that died by themselves") { $0.crashes },
            .total("drained", "replicas told to stop that ended once their requests had") {
                $0.drained
            },
            .total("cache_hits", "of its caches") { $0.cacheHits },
            .total("cache_misses", "of its caches") { $0.cacheMisses },
            .total("stale_reads", "of its caches and read replicas") { $0.staleReads },
            .real("latency_mean_s", unit: "s", "of its successful answers") { $0.latency?.mean },
            .real("latency_p50_s", unit: "s", "the median") { $0.latency?.p50 },
            .real("latency_p90_s", unit: "s", "the 90th percentile") { $0.latency?.p90 },
            .real("latency_p99_s", unit: "s", "the 99th percentile") { $0.latency?.p99 },
            .real("latency_p999_s", unit: "s", "the 99.9th percentile") { $0.latency?.p999 },
            .real("latency_max_s", unit: "s", "the longest") { $0.latency?.max },
        ])

    package static let edges = Table<EdgeEntry>(
        name: "edges",
        about: "one row an edge, users' streams first; all but its number and ends are empty until "
            + "the run is complete",
        keys: 1,
        columns: [
            Column("edge_id", .integer, "from 0 on, in the order of `summary.json`") {
                .count($0.id)
            },
            Column("from", .text, "a service, or `users:STREAM`") { .text($0.from) },
            Column("to", .text, "a service, or `service.endpoint` for users") { .text($0.to) },
            Column("is_users", .integer, "1 for users' streams, else 0") {
                .integer($0.isUsers ? 1 : 0)
            },
            .total("calls", "calls made, each with all its attempts") { $0.calls },
            .total("call_successes", "calls that ended well") { $0.callSuccesses },
            .total("call_failures", "calls that ended badly") { $0.callFailures },
            .total("attempts", "requests sent") { $0.requests },
            .total("retries", "of these, after the first because one failed") { $0.retries },
            .total("hedges", "of these, after the first because one was slow") { $0.hedges },
            .total("successes", "attempts answered with success in time") { $0.successes },
            .total("timeouts", "attempts given up by the caller") { $0.failures.timeout },
            .total("rejected", "attempts refused at once") { $0.failures.rejected },
            .total("failed", "attempts failed because a needed call failed") {
                $0.failures.failed
            },
            .total("late_answers", "answers after the caller had given up") { $0.lateAnswers },
            .total("refused", "attempts not made: breaker, pool, throttle or budget") {
                $0.refusals.all
            },
            .total("trips", "times that a breaker opened") { $0.trips },
            .total("lost", "attempts that the network lost") { $0.lost },
            .real("latency_mean_s", unit: "s", "of the successes, network included") {
                $0.latency?.mean
            },
            .real("latency_p50_s", unit: "s", "the median") { $0.latency?.p50 },
            .real("latency_p90_s", unit: "s", "the 90th percentile") { $0.latency?.p90 },
            .real("latency_p99_s", unit: "s", "the 99th percentile") { $0.latency?.p99 },
            .real("latency_p999_s", unit: "s", "the 99.9th percentile") { $0.latency?.p999 },
            .real("latency_max_s", unit: "s", "the longest") { $0.latency?.max },
        ])
}
