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
    /// Sums a finished run up. O(services + calls + histogram buckets + samples).
    ///
    /// - Parameters:
    ///   - run: what the outcome does not know.
    ///   - model: what was run.
    ///   - outcome: what came of it.
    ///   - series: the run over time; made from `outcome` when it is not given.
    package init(
        run: RunDescription, model: ModelDescription, outcome: RunOutcome, series: RunSeries? = nil
    ) {
        let series = series ?? RunSeries(model: model, outcome: outcome)
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
        let account = ServiceAccounts(model, outcome.processes)
        violations =
            outcome.violations.map { violation in
                let place = violation.service.map { model.services[$0].name } ?? "system"
                return "\(place): \(violation.law)"
            } + account.violations(names: model.services.map(\.name))
        services = model.services.indices.prefix(outcome.processes.count).map { index in
            ServiceSummary(
                model.services[index], outcome.processes[index], tier: account.tiers[index],
                inTransit: account.inTransit[index], end: outcome.end)
        }
        edges = Self.edges(of: model, outcome.processes)
        ledger = LedgerSummary(
            outcome.work, edges: edges, services: services, tiers: account.tiers,
            names: model.services.map(\.name))
        scaling = outcome.control.map {
            ScalingSummary($0, names: model.services.map(\.name))
        }
        let verdict = Verdict(
            model: model, outcome: outcome, series: series, seed: run.seed)
        self.verdict = verdict
        figures = RunFigures(
            outcome, series: series, verdict: verdict,
            replicaSeconds: services.map(\.replicaSeconds))
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
