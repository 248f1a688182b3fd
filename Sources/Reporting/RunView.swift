import Kernel
package import Results

/// A finished run as columns of numbers by interval: what figures are drawn from.
package struct RunView: Sendable {
    /// What happened at one service. Rates are per second of simulated time, averaged over an interval;
    /// levels are those at its end.
    package struct Service: Sendable {
        package var name: String
        package var tier: Int
        package var cores: Int
        /// By ``Measure``; missing where all is zero.
        package var columns: [Measure: [Double]]

        package subscript(measure: Measure) -> [Double]? { columns[measure] }
    }

    /// What users or callers saw of the calls along one edge.
    package struct Edge: Sendable {
        package var from: String
        package var to: String
        /// Number of the caller's service; `nil` for users.
        package var caller: Int?
        /// Number of the service that is called.
        package var target: Int
        package var columns: [Measure: [Double]]

        package subscript(measure: Measure) -> [Double]? { columns[measure] }
    }

    package var summary: RunSummary
    /// When each interval ends, in seconds.
    package var ends: [Double]
    package var services: [Service]
    /// Users' streams first.
    package var edges: [Edge]
    package var events: [TimelineEvent]
    /// How many replicas were wanted from when on; ascending by time.
    package var wanted: [(seconds: Double, service: Int, replicas: Int)]

    package var streams: [Edge] { edges.filter { $0.caller == nil } }

    /// All users together; the quantiles are the largest of any stream's.
    package func users(_ measure: Measure) -> [Double] {
        var all = [Double](repeating: 0, count: ends.count)
        let isLatency = [.p50, .p90, .p99].contains(measure)
        for stream in streams {
            guard let column = stream[measure] else { continue }
            for (index, value) in column.enumerated() {
                all[index] = isLatency ? max(all[index], value) : all[index] + value
            }
        }
        return all
    }

    /// When interval `index` begins.
    package func begin(_ index: Int) -> Double { index == 0 ? 0 : ends[index - 1] }

    /// All of the simulated time, in seconds.
    package var seconds: Double { ends.last ?? summary.simulatedSeconds }
}

// MARK: - Reading

extension RunView {
    /// Reads the run of a result folder. O(rows).
    ///
    /// - Throws: when a table is missing or damaged.
    package init(_ run: LoadedRun) throws(ResultError) {
        summary = run.summary
        let cores = try? run.cores()
        guard let series = try run.table(ResultFolder.seriesName),
            let calls = try run.table(ResultFolder.edgesName)
        else {
            throw ResultError(
                path: run.path, message: "has no series.csv and edges.csv",
                remedy: run.remedyForMissingSeries)
        }
        let names = summary.services.map(\.name)
        let numbers = Dictionary(zip(names, 0...)) { first, _ in first }
        ends = try run.intervalEnds()
        let grid = IntervalGrid(ends)
        services = try ServiceColumns(series, names: numbers, grid: grid).services(
            summary.services, cores: cores)
        edges = try EdgeColumns(calls, grid: grid).edges(summary.edges, numbers: numbers)
        wanted = []
        if let steps = try run.table(ResultFolder.scalingName) {
            let (time, name, desired) = (
                try steps.column("time_s"), try steps.column("service"),
                try steps.column("desired")
            )
            for row in steps.rows.indices {
                guard let service = numbers[String(steps.rows[row][name])] else { continue }
                wanted.append(
                    (try steps.number(row, time), service, Int(try steps.number(row, desired))))
            }
        }
        events = []
        events = try TimelineEvent.all(
            self, control: run.table(ResultFolder.controlEventsName))
    }
}

extension LoadedRun {
    /// When each interval of the series ends, in seconds: known from the digests' checkpoints.
    fileprivate func intervalEnds() throws(ResultError) -> [Double] {
        digests.services.first?.rows.map(\.instant.seconds) ?? []
    }
}

/// The intervals of a run, found by their ends.
struct IntervalGrid {
    let ends: [Double]
    private let length: Double

    init(_ ends: [Double]) {
        self.ends = ends
        length = ends.first ?? 1
    }

    var count: Int { ends.count }

    /// `nil` when no interval ends then.
    func index(_ end: Double) -> Int? {
        let guess = Int((end / length - 1e-9).rounded(.up)) - 1
        guard ends.indices.contains(guess), abs(ends[guess] - end) < 1e-6 else { return nil }
        return guess
    }

    func seconds(_ index: Int) -> Double { ends[index] - (index == 0 ? 0 : ends[index - 1]) }
}
