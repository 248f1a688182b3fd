import Kernel
import Model

extension ServiceSummary {
    init(
        _ service: ServiceDescription, _ report: ProcessReport, tier: Int, inTransit: Int64,
        end: SimulatedInstant
    ) {
        let counters = report.counters
        name = service.name
        replicas = service.initialReplicas
        replicaSeconds = seconds(counters.replicaTime)
        self.tier = tier
        requests = counters.arrived
        successes = counters.succeeded
        failures = Failures(
            rejected: counters.rejected, failed: counters.failed, shed: counters.shed,
            expired: counters.expired, unavailable: counters.unavailable, error: counters.errors,
            conflict: counters.conflicts)
        cancelled = counters.cancelled
        inFlight = counters.inSystem
        causes = Causes(counters.causes)
        let times = counters.times
        self.times = Times(
            queue: seconds(times.queue), core: seconds(times.core), compute: seconds(times.compute),
            delay: seconds(times.delay), downstream: seconds(times.downstream),
            resume: seconds(times.resume), lock: seconds(times.lock))
        work = Work(
            computed: seconds(counters.computeTime), answered: seconds(counters.workAnswered),
            dropped: seconds(counters.workDropped), lost: seconds(counters.workLost),
            background: seconds(counters.workBackground), inService: seconds(report.census.work),
            inTransit: Double(inTransit) / 1e9)
        let duration = Double(end.nanoseconds)
        let capacity = Double(counters.replicaTime) * Double(service.cores)
        let used = counters.computeTime &- report.census.computeTimeLeft
        utilisation = capacity > 0 ? Double(used) / capacity : 0
        meanInSystem = duration > 0 ? Double(counters.inSystemArea) / duration : 0
        kills = counters.kills
        crashes = counters.crashes
        drained = counters.drained
        probes = counters.probes
        cacheHits = counters.cacheHits
        cacheMisses = counters.cacheMisses
        staleReads = counters.staleReads
        answersLost = counters.answersLost
        pauseSeconds = seconds(counters.pauseTime)
        throttledSeconds = seconds(counters.throttledTime)
        latency = report.latencies.first.flatMap { LatencySummary($0) }
    }
}

extension ServiceSummary.Causes {
    init(_ counts: InlineArray<16, UInt64>) {
        first = counts[0]
        hedges = counts[15]
        retries = (1...14).map { counts[$0] }
        while retries.last == 0 { retries.removeLast() }
    }
}

extension EdgeSummary {
    /// `index` is one into the edges of `report`.
    init(from: String, to: String, _ report: ProcessReport, index: Int) {
        let edge = report.edges[index]
        self.from = from
        self.to = to
        calls = edge.calls
        callSuccesses = edge.callSuccesses
        callFailures = edge.callFailures
        callsAbandoned = edge.callsAbandoned
        requests = edge.requests
        retries = edge.retries
        hedges = edge.hedges
        successes = edge.succeeded
        failures = Failures(
            timeout: edge.timeouts, rejected: edge.rejected, failed: edge.failed, shed: edge.shed,
            expired: edge.expired, unavailable: edge.unavailable, error: edge.errors,
            conflict: edge.conflicts, abandoned: edge.abandoned)
        refusals = Refusals(
            breaker: edge.broken, pool: edge.poolRefused, throttle: edge.throttled,
            budget: edge.budgetDenied)
        trips = edge.trips
        // A run that broke the law of conservation is reported, not crashed.
        let settled = edge.succeeded &+ edge.failures
        inFlight = edge.requests >= settled ? edge.requests - settled : 0
        lateAnswers = edge.lateAnswers
        lost = edge.lost
        work = Work(
            useful: seconds(edge.workUseful), failed: seconds(edge.workFailed),
            late: seconds(edge.workLate))
        let series = index + 1
        latency =
            series < report.latencies.count ? LatencySummary(report.latencies[series]) : nil
    }
}

/// Seconds of a count of nanoseconds.
func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }
