package import Coordination
package import Kernel
package import Model

/// What a run was, besides its model and its outcome.
package struct RunDescription: Hashable, Sendable {
    package var name: String
    package var seed: UInt64
    package var topologyHash: String
    package var version: String
    package var placement: String
    package var sync: String
    package var workers: Int
    package var startSeconds: Double
    package var wallSeconds: Double
    package var computingSeconds: Double
    package var waitingSeconds: Double
    package var transportSeconds: Double

    package init(
        name: String, seed: UInt64, topologyHash: String, version: String, placement: String,
        sync: String, workers: Int, startSeconds: Double = 0, wallSeconds: Double = 0,
        computingSeconds: Double = 0, waitingSeconds: Double = 0, transportSeconds: Double = 0
    ) {
        self.name = name
        self.seed = seed
        self.topologyHash = topologyHash
        self.version = version
        self.placement = placement
        self.sync = sync
        self.workers = workers
        self.startSeconds = startSeconds
        self.wallSeconds = wallSeconds
        self.computingSeconds = computingSeconds
        self.waitingSeconds = waitingSeconds
        self.transportSeconds = transportSeconds
    }
}

extension RunSummary {
    /// Sums a finished run up. O(services + calls + histogram buckets).
    package init(run: RunDescription, model: ModelDescription, outcome: RunOutcome) {
        digest = outcome.digest.description
        seed = run.seed
        topologyHash = run.topologyHash
        version = run.version
        name = run.name
        placement = run.placement
        sync = run.sync
        workers = run.workers
        simulatedSeconds = outcome.end.seconds
        startSeconds = run.startSeconds
        wallSeconds = run.wallSeconds
        computingSeconds = run.computingSeconds
        waitingSeconds = run.waitingSeconds
        transportSeconds = run.transportSeconds
        eventsCommitted = outcome.statistics.eventsCommitted
        eventsExecuted = outcome.statistics.eventsExecuted
        windows = outcome.statistics.windows
        sweeps = outcome.statistics.sweeps
        executions = outcome.statistics.executions
        messages = outcome.statistics.messages
        bytes = outcome.statistics.bytes
        violations = outcome.violations.map { violation in
            "\(model.services[violation.service].name): \(violation.law)"
        }
        services = zip(model.services, outcome.processes).map { service, report in
            ServiceSummary(service, report, end: outcome.end)
        }
        edges = Self.edges(of: model, outcome.processes)
    }

    private static func edges(
        of model: ModelDescription, _ reports: [ProcessReport]
    ) -> [EdgeSummary] {
        var fromUsers: [EdgeSummary] = []
        var fromServices: [EdgeSummary] = []
        let configurations = SystemLayout(model, seed: 0).services
        for (configuration, report) in zip(configurations, reports) {
            let service = configuration.description
            for (index, edge) in configuration.outgoing.enumerated() {
                fromServices.append(
                    EdgeSummary(
                        from: service.name, to: model.services[edge.target.index].name, report,
                        index: index))
            }
            for (index, stream) in service.arrivals.enumerated() {
                fromUsers.append(
                    EdgeSummary(
                        from: EdgeSummary.userPrefix + stream.name,
                        to: "\(service.name).\(service.endpoints[stream.endpoint].name)", report,
                        index: configuration.outgoing.count + index))
            }
        }
        return fromUsers + fromServices
    }
}

extension ServiceSummary {
    fileprivate init(
        _ service: ServiceDescription, _ report: ProcessReport, end: SimulatedInstant
    ) {
        let counters = report.counters
        name = service.name
        replicas = service.replicas
        requests = counters.arrived
        successes = counters.succeeded
        failures = Failures(rejected: counters.rejected, failed: counters.failed)
        inFlight = counters.inSystem
        let duration = Double(end.nanoseconds)
        let capacity = duration * Double(service.replicas) * Double(service.cores)
        let used = counters.computeTime &- report.census.computeTimeLeft
        utilisation = capacity > 0 ? Double(used) / capacity : 0
        meanInSystem = duration > 0 ? Double(counters.inSystemArea) / duration : 0
        latency = report.latencies.first.flatMap { LatencySummary($0) }
    }
}

extension EdgeSummary {
    /// `index` is one into the edges of `report`.
    fileprivate init(from: String, to: String, _ report: ProcessReport, index: Int) {
        let edge = report.edges[index]
        self.from = from
        self.to = to
        requests = edge.requests
        successes = edge.successes
        failures = Failures(timeout: edge.timeouts, rejected: edge.rejected, failed: edge.failed)
        // A run that broke the law of conservation is reported, not crashed.
        let settled = edge.successes + edge.failures
        inFlight = edge.requests >= settled ? edge.requests - settled : 0
        lateAnswers = edge.lateAnswers
        let series = index + 1
        latency =
            series < report.latencies.count ? LatencySummary(report.latencies[series]) : nil
    }
}

extension LatencySummary {
    /// `nil` when nothing was recorded.
    package init?(_ histogram: LatencyHistogram) {
        guard let mean = histogram.mean, let longest = histogram.maximum else { return nil }
        func quantile(_ share: Double) -> Double { (histogram.quantile(share) ?? longest).seconds }
        self.mean = mean
        count = histogram.count
        p50 = quantile(0.5)
        p90 = quantile(0.9)
        p99 = quantile(0.99)
        p999 = quantile(0.999)
        max = longest.seconds
    }
}
