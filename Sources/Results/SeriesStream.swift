package import Coordination
package import Kernel
import Model

/// Turns samples, as they commit, into the rows of a run over time; in memory for one sample each.
///
/// Rows of one service (edge) come in ascending order, those of different ones in any. Intervals in which
/// nothing happened have rows too, unless a run has more than ``mostEmptyRows`` rows.
package struct SeriesStream: Sendable {
    /// Rows that are written with nothing in them, so that every interval of every service has its
    /// row; in larger systems only intervals in which something happened have one.
    static let mostEmptyRows = 200_000

    package let interval: SimulatedDuration
    package let end: SimulatedInstant
    /// How many intervals there are.
    package let count: Int
    private var services: [Line<ServiceSample>]
    private var edges: [Line<EdgeSample>]
    /// By service and its edge: the number of the edge in the run.
    private let edgeNumbers: [[Int]]
    private let writesEmptyServices: Bool
    private let writesEmptyEdges: Bool

    private struct Line<Sample: Sendable>: Sendable {
        var last: Sample?
        var number: UInt32 = 0
    }

    /// `edges` are those of the run, by number.
    package init(
        services: Int, edges: [(process: Int, index: Int)], interval: SimulatedDuration,
        end: SimulatedInstant
    ) {
        self.interval = interval
        self.end = end
        count = RunSeries.count(of: interval, until: end)
        self.services = Array(repeating: Line(), count: services)
        self.edges = Array(repeating: Line(), count: edges.count)
        var numbers = Array(repeating: [Int](), count: services)
        for (number, edge) in edges.enumerated() where edge.process < services {
            let missing = edge.index + 1 - numbers[edge.process].count
            numbers[edge.process] += Array(repeating: -1, count: max(missing, 0))
            numbers[edge.process][edge.index] = number
        }
        edgeNumbers = numbers
        writesEmptyServices = count * services <= Self.mostEmptyRows
        writesEmptyEdges = count * edges.count <= Self.mostEmptyRows
    }

    /// When interval `number` (from 1 on) ends.
    private func instant(_ number: UInt32) -> SimulatedInstant {
        min(end, .start.advanced(saturatingBy: interval * Int64(number)))
    }

    /// Adds samples, each service's and edge's in ascending order.
    package mutating func add(
        _ batch: SeriesBatch, service: (ServiceRow) throws -> Void, edge: (EdgeRow) throws -> Void
    ) rethrows {
        for sample in batch.services where Int(sample.process) < services.count {
            let place = Int(sample.process)
            guard sample.number > services[place].number, sample.number <= count else { continue }
            try add(sample, at: place, service)
        }
        for sample in batch.edges where Int(sample.process) < edgeNumbers.count {
            let own = edgeNumbers[Int(sample.process)]
            guard Int(sample.edge) < own.count, own[Int(sample.edge)] >= 0 else { continue }
            let place = own[Int(sample.edge)]
            guard sample.number > edges[place].number, sample.number <= count else { continue }
            try fillEdge(place, before: sample.number, edge)
            edges[place].number = sample.number
            let row = EdgeRow(instant: instant(sample.number), edge: place, sample: sample)
            if writesEmptyEdges || !row.isEmpty { try edge(row) }
        }
    }

    /// Adds the rows up to the end of the run.
    package mutating func finish(
        service: (ServiceRow) throws -> Void, edge: (EdgeRow) throws -> Void
    ) rethrows {
        let next = UInt32(clamping: count + 1)
        for place in services.indices { _ = try fillService(place, before: next, service) }
        for place in edges.indices { try fillEdge(place, before: next, edge) }
    }

    private mutating func add(
        _ sample: ServiceSample, at place: Int, _ emit: (ServiceRow) throws -> Void
    ) rethrows {
        var sample = sample
        if services[place].last == nil {
            var first = ServiceSample(process: UInt32(clamping: place), number: 0)
            first.readyReplicas = sample.readyReplicas
            first.replicas = sample.replicas
            services[place].last = first
        }
        // What a sample says of the time since the one before belongs to the rows between them.
        let before = services[place].last ?? sample
        let gap = instant(sample.number - 1) - instant(before.number)
        sample.shorten(by: UInt64(max(gap.nanoseconds, 0)), at: before)
        try fillService(place, before: sample.number, emit)
        services[place].last = sample
        services[place].number = sample.number
        let row = ServiceRow(
            instant: instant(sample.number),
            length: (instant(sample.number) - instant(sample.number - 1)).seconds, sample: sample)
        if writesEmptyServices || !row.isEmpty { try emit(row) }
    }

    /// Rows in which nothing happened: levels stay as they are.
    private mutating func fillService(
        _ place: Int, before next: UInt32, _ emit: (ServiceRow) throws -> Void
    ) rethrows {
        let last = services[place].last ?? ServiceSample(process: UInt32(place), number: 0)
        let first = services[place].number + 1
        guard first < next, writesEmptyServices || last.requests > 0 else { return }
        for number in first..<next {
            let length = instant(number) - instant(number - 1)
            let time = UInt64(max(length.nanoseconds, 0))
            var sample = ServiceSample(process: UInt32(clamping: place), number: number)
            sample.requests = last.requests
            sample.waiting = last.waiting
            sample.readyReplicas = last.readyReplicas
            sample.replicas = last.replicas
            sample.area = UInt64(last.requests) &* time
            sample.replicaTime = UInt64(last.replicas) &* time
            try emit(
                ServiceRow(instant: instant(number), length: length.seconds, sample: sample))
        }
        services[place].number = next - 1
    }

    private mutating func fillEdge(
        _ place: Int, before next: UInt32, _ emit: (EdgeRow) throws -> Void
    ) rethrows {
        let first = edges[place].number + 1
        guard first < next, writesEmptyEdges else { return }
        for number in first..<next {
            try emit(
                EdgeRow(
                    instant: instant(number), edge: place,
                    sample: EdgeSample(process: 0, number: number, edge: 0)))
        }
        edges[place].number = next - 1
    }
}
