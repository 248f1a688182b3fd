/// One metric of the exposition: where its samples come from and what it is called.
struct MetricFamily {
    enum Kind: String {
        case counter, gauge
    }
    /// In which unit the table gives it.
    enum Unit {
        case number
        /// Seconds with up to nine digits after the point, summed exactly.
        case seconds
    }
    /// Ends in `_total` if and only if it is a counter.
    var name: String
    var kind: Kind
    var help: String
    var unit = Unit.number
    /// Columns of the table, each with the value of the label that tells them apart.
    var columns: [(column: String, value: String?)]
    /// The label that the values above are of.
    var label: String?

    static func counter(
        _ name: String, _ help: String, _ column: String, unit: Unit = .number
    ) -> Self {
        Self(name: name, kind: .counter, help: help, unit: unit, columns: [(column, nil)])
    }

    static func gauge(_ name: String, _ help: String, _ column: String) -> Self {
        Self(name: name, kind: .gauge, help: help, columns: [(column, nil)])
    }

    /// No samples where nothing succeeded.
    static func latency(_ name: String, _ help: String) -> Self {
        Self(
            name: name, kind: .gauge, help: help,
            columns: [
                ("latency_p50_s", "0.5"), ("latency_p90_s", "0.9"), ("latency_p99_s", "0.99"),
            ], label: "quantile")
    }

    /// Of `series.csv`, with a label `service`.
    static let services: [Self] = [
        .counter("topple_requests_total", "Requests that reached the service.", "arrived"),
        Self(
            name: "topple_responses_total", kind: .counter,
            help: "Answers of the service, by outcome.",
            columns: [
                ("succeeded", "success"), ("rejected", "rejected"), ("failed", "failed"),
                ("shed", "shed"), ("expired", "expired"), ("unavailable", "unavailable"),
                ("errors", "error"), ("conflicts", "conflict"),
            ], label: "outcome"),
        .counter(
            "topple_requests_cancelled_total", "Requests stopped without an answer.", "cancelled"),
        .gauge(
            "topple_requests_in_service", "Requests in the service at the end of the interval.",
            "requests"),
        .gauge(
            "topple_requests_waiting",
            "Requests that wait for a thread, at the end of the interval.",
            "waiting"),
        .gauge(
            "topple_requests_in_service_mean", "Mean number of requests over the interval.",
            "mean_requests"),
        .gauge("topple_replicas", "Replicas that there are.", "replicas"),
        .gauge("topple_replicas_ready", "Replicas that take requests.", "ready"),
        .counter(
            "topple_compute_seconds_total", "Core time of compute steps begun.", "compute_s",
            unit: .seconds),
        .counter(
            "topple_pause_seconds_total", "Time that replicas stood still to collect garbage.",
            "pause_s", unit: .seconds),
        .counter(
            "topple_throttled_seconds_total", "Time that CPU limits held replicas back.",
            "throttled_s", unit: .seconds),
        .counter(
            "topple_replica_seconds_total", "Time that replicas existed, summed over them.",
            "replica_s", unit: .seconds),
        .counter("topple_replica_deaths_total", "Replicas that died.", "kills"),
        .counter(
            "topple_replica_crashes_total", "Replicas that died by themselves.", "crashes"),
        .counter(
            "topple_replicas_drained_total",
            "Replicas that were told to stop and ended once their requests had.", "drained"),
        Self(
            name: "topple_cache_lookups_total", kind: .counter,
            help: "Looks into the service's caches, by what they found.",
            columns: [("cache_hits", "hit"), ("cache_misses", "miss")], label: "result"),
        .latency(
            "topple_latency_seconds", "Latency of successful answers in the interval, quantiles."),
    ]

    /// Of `edges.csv`, with labels `from` and `to`.
    static let edges: [Self] = [
        .counter("topple_calls_total", "Calls made.", "calls"),
        Self(
            name: "topple_calls_ended_total", kind: .counter,
            help: "Calls that are over, by whether they succeeded.",
            columns: [("call_successes", "success"), ("call_failures", "failure")],
            label: "result"),
        .counter(
            "topple_attempts_total", "Requests sent for calls, retries and hedges included.",
            "attempts"),
        .counter("topple_retries_total", "Attempts that were retries.", "retries"),
        .counter("topple_hedges_total", "Attempts that were hedges.", "hedges"),
        Self(
            name: "topple_attempts_ended_total", kind: .counter,
            help: "Attempts that are over for the caller, by how.",
            columns: [
                ("successes", "success"), ("timeouts", "timeout"), ("failures", "failure"),
            ], label: "result"),
        .counter(
            "topple_late_answers_total", "Answers that nobody waited for any longer.",
            "late_answers"),
        .counter(
            "topple_attempts_refused_total", "Attempts that the caller itself did not make.",
            "refused"),
        .counter("topple_breaker_trips_total", "Times that a circuit breaker opened.", "trips"),
        .latency(
            "topple_attempt_latency_seconds",
            "Latency of successful attempts in the interval, quantiles."),
    ]
}
