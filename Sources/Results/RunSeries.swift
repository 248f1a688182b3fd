package import Coordination
package import Kernel
package import Model

/// A run over time, cut into intervals of one length; the last may be shorter.
///
/// Interval *n*, from 1 on, is the time from (*n* - 1) · `interval` to *n* · `interval`.
package struct RunSeries: Sendable {
    package struct Edge: Sendable {
        /// A service, or `users:STREAM`.
        package var from: String
        /// A service, or `service.endpoint` for users.
        package var to: String
        package var isUsers: Bool
        /// Whether what the users send depends on the answers they get.
        package var isClosed = false
        /// Number of the caller's service (of users: of the service they call), and its edge.
        package var process: Int
        package var index: Int
        /// Ascending; intervals in which nothing happened are missing.
        fileprivate var samples: [EdgeSample] = []
    }

    package let interval: SimulatedDuration
    package let end: SimulatedInstant
    /// How many intervals there are.
    package let count: Int
    package let serviceNames: [String]
    private let reports: [[ServiceSample]]
    /// Users' streams first, then calls between services; each by caller, then by target.
    package private(set) var edges: [Edge]

    /// O(samples + services + edges).
    package init(model: ModelDescription, outcome: RunOutcome, interval: SimulatedDuration? = nil) {
        let interval = interval ?? RunSettings.checkpointInterval(for: outcome.end - .start)
        self.interval = interval
        end = outcome.end
        count = Self.count(of: interval, until: outcome.end)
        serviceNames = model.services.map(\.name)
        reports = outcome.processes.map(\.series)
        edges = Self.edges(of: model)
        for index in edges.indices {
            let process = edges[index].process
            guard process < outcome.processes.count else { continue }
            let own = UInt32(clamping: edges[index].index)
            edges[index].samples = outcome.processes[process].edgeSeries.filter { $0.edge == own }
        }
    }

    /// How many intervals there are; runs whose interval is longer than they are have one.
    static func count(of interval: SimulatedDuration, until end: SimulatedInstant) -> Int {
        let parts = max(end.nanoseconds - 1, 0) / max(interval.nanoseconds, 1) + 1
        return end > .start ? Int(parts) : 0
    }

    /// The edges of a run, in the order of their numbers, without samples.
    package static func edges(of model: ModelDescription) -> [Edge] {
        var users: [Edge] = []
        var calls: [Edge] = []
        for (process, configuration) in SystemLayout(model, seed: 0).services.enumerated() {
            let service = configuration.description
            let offset = configuration.outgoing.count
            var own = configuration.outgoing.enumerated().map { index, edge in
                Edge(
                    from: service.name, to: model.services[edge.target.index].name,
                    isUsers: false, process: process, index: index)
            }
            own += service.arrivals.enumerated().map { index, stream in
                Edge(
                    from: EdgeSummary.userPrefix + stream.name,
                    to: "\(service.name).\(service.endpoints[stream.endpoint].name)",
                    isUsers: true, isClosed: stream.isClosed, process: process,
                    index: offset + index)
            }
            calls += own.prefix(offset)
            users += own.suffix(from: offset)
        }
        return users + calls
    }

    /// All samples, as a run hands them out.
    var batch: SeriesBatch {
        var batch = SeriesBatch()
        for (process, own) in reports.enumerated() {
            batch.services += own.map { sample in
                var sample = sample
                sample.process = UInt32(clamping: process)
                return sample
            }
        }
        for edge in edges {
            batch.edges += edge.samples.map { sample in
                var sample = sample
                sample.process = UInt32(clamping: edge.process)
                return sample
            }
        }
        return batch
    }

    /// When interval `number` (from 1 on) ends.
    package func end(of number: Int) -> SimulatedInstant {
        min(end, .start.advanced(saturatingBy: interval * Int64(number)))
    }

    /// By interval: what happened at a service. Levels of intervals in which nothing happened are those
    /// of the last one before.
    package func samples(ofService service: Int) -> [ServiceSample] {
        let known = reports[service]
        var samples: [ServiceSample] = []
        samples.reserveCapacity(count)
        var next = 0
        var last = ServiceSample(process: UInt32(service), number: 0)
        last.readyReplicas = known.first?.readyReplicas ?? 0
        last.replicas = known.first?.replicas ?? 0
        // The areas of intervals in which nothing happened are in the next sample.
        var foreign: UInt64 = 0
        var foreignReplicaTime: UInt64 = 0
        for number in (1...max(count, 1)).prefix(count) {
            var sample = ServiceSample(process: UInt32(service), number: UInt32(number))
            sample.requests = last.requests
            sample.waiting = last.waiting
            sample.readyReplicas = last.readyReplicas
            sample.replicas = last.replicas
            while next < known.count, known[next].number < number { next += 1 }
            if next < known.count, known[next].number == number {
                sample = known[next]
                sample.area -= min(foreign, sample.area)
                foreign = 0
                sample.replicaTime -= min(foreignReplicaTime, sample.replicaTime)
                foreignReplicaTime = 0
            } else {
                let length = end(of: number) - end(of: number - 1)
                sample.area = UInt64(last.requests) &* UInt64(bitPattern: length.nanoseconds)
                foreign &+= sample.area
                sample.replicaTime = UInt64(last.replicas) &* UInt64(bitPattern: length.nanoseconds)
                foreignReplicaTime &+= sample.replicaTime
            }
            samples.append(sample)
            last = sample
        }
        return samples
    }

    /// By interval: what happened on an edge.
    package func samples(of edge: Edge) -> [EdgeSample] {
        var samples = (1...max(count, 1)).prefix(count).map { number in
            EdgeSample(
                process: UInt32(edge.process), number: UInt32(number), edge: UInt32(edge.index))
        }
        for sample in edge.samples where (1...max(count, 1)).contains(Int(sample.number)) {
            if Int(sample.number) <= count { samples[Int(sample.number) - 1] = sample }
        }
        return samples
    }
}

extension ArrivalDescription {
    /// Whether users wait for an answer before they ask again.
    var isClosed: Bool { process == .closed || process == .paced }
}
