package import Kernel
package import Model

/// Turns what committed execution measured into results, process by process.
package struct Ledger: Sendable {
    /// By process: histograms by latency series, without the interval that goes on.
    private var latencies: [[LatencyHistogram]]
    /// The same of the interval that goes on.
    private var present: [[LatencyHistogram]]
    private var checkpoints: [[DigestCheckpoint]]
    private var series: [[ServiceSample]]
    private var edgeSeries: [[EdgeSample]]
    /// Events that have committed and were not yet handed out.
    package private(set) var events: [EventRecord] = []

    /// - Parameter seriesCounts: by process, how many latency series it has.
    package init(seriesCounts: [Int]) {
        latencies = seriesCounts.map { Array(repeating: LatencyHistogram(), count: $0) }
        present = latencies
        checkpoints = Array(repeating: [], count: seriesCounts.count)
        series = Array(repeating: [], count: seriesCounts.count)
        edgeSeries = Array(repeating: [], count: seriesCounts.count)
    }

    /// Books these effects and empties them. O(samples).
    package mutating func commit(_ effects: inout Effects) {
        for checkpoint in effects.checkpoints.elements {
            checkpoints[Int(checkpoint.process)].append(checkpoint)
        }
        bookSeries(effects)
        events.append(contentsOf: effects.events.elements)
        effects.removeAll()
    }

    /// By bucket of ``LatencyBuckets``: the successful requests of a service so far.
    package func latencyBuckets(of process: Int) -> [UInt64] {
        guard let before = latencies[process].first, let now = present[process].first else {
            return []
        }
        return zip(
            before.counts(within: LatencyBuckets.bounds), now.counts(within: LatencyBuckets.bounds)
        ).map { $0 + $1 }
    }

    /// Books latencies and samples. A sample's mark says which latencies came before it; the samples of
    /// edges follow that of their service.
    private mutating func bookSeries(_ effects: borrowing Effects) {
        var booked = 0
        var edge = 0
        for var sample in effects.serviceSamples.elements {
            let mark = min(Int(sample.latencyMark), effects.latencies.count)
            bookLatencies(effects, from: booked, to: mark)
            booked = max(booked, mark)
            let process = Int(sample.process)
            let quantiles = endInterval(of: process)
            while edge < effects.edgeSamples.count,
                effects.edgeSamples[edge].process == sample.process,
                effects.edgeSamples[edge].number == sample.number
            {
                var own = effects.edgeSamples[edge]
                own.process = 0
                own.latency = quantiles[Int(own.edge) + 1]
                edgeSeries[process].append(own)
                edge += 1
            }
            // Its place among the processes of a worker is no result.
            sample.process = 0
            sample.latencyMark = 0
            sample.latency = quantiles[0]
            series[process].append(sample)
        }
        bookLatencies(effects, from: booked, to: effects.latencies.count)
    }

    private mutating func bookLatencies(_ effects: borrowing Effects, from: Int, to: Int) {
        for index in from..<max(from, to) {
            let sample = effects.latencies[index]
            present[Int(sample.process)][Int(sample.series)].record(sample.latency)
        }
    }

    /// Adds the interval that has ended to the whole. By latency series: its quantiles.
    private mutating func endInterval(of process: Int) -> [LatencyQuantiles] {
        present[process].indices.map { series in
            let quantiles = LatencyQuantiles(present[process][series])
            latencies[process][series].merge(present[process][series])
            present[process][series] = LatencyHistogram()
            return quantiles
        }
    }

    /// The recorded events since the last call.
    package mutating func takeEvents() -> [EventRecord] {
        defer { events = [] }
        return events
    }

    /// Completes the report of one process.
    package func complete(_ report: ProcessReport, of process: Int) -> ProcessReport {
        var report = report
        report.latencies = zip(latencies[process], present[process]).map { whole, last in
            var histogram = whole
            histogram.merge(last)
            return histogram
        }
        report.checkpoints = checkpoints[process]
        let last = present[process].map { LatencyQuantiles($0) }
        for index in report.series.indices { report.series[index].latency = last[0] }
        for index in report.edgeSeries.indices {
            report.edgeSeries[index].latency = last[Int(report.edgeSeries[index].edge) + 1]
        }
        report.series = series[process] + report.series
        report.edgeSeries = edgeSeries[process] + report.edgeSeries
        // Where the process lay in its partition is no part of the results.
        for index in report.series.indices { report.series[index].process = 0 }
        for index in report.edgeSeries.indices { report.edgeSeries[index].process = 0 }
        return report
    }
}

extension Ledger: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(latencies.count))
        for process in latencies.indices {
            writer.writeAll(latencies[process])
            writer.writeAll(present[process])
            writer.write(UInt32(checkpoints[process].count))
            for checkpoint in checkpoints[process] {
                writer.write(checkpoint.process)
                writer.write(checkpoint.number)
                writer.write(checkpoint.digest)
            }
        }
        for own in series { writer.writeRaw(own) }
        for own in edgeSeries { writer.writeRaw(own) }
        writer.writeRaw(events)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        latencies = []
        present = []
        checkpoints = []
        for _ in 0..<(try reader.readCount(ofSize: 8)) {
            latencies.append(Array(try reader.readAll() as ContiguousArray<LatencyHistogram>))
            present.append(Array(try reader.readAll() as ContiguousArray<LatencyHistogram>))
            var own: [DigestCheckpoint] = []
            for _ in 0..<(try reader.readCount(ofSize: 16)) {
                own.append(
                    DigestCheckpoint(
                        process: try reader.read(), number: try reader.read(),
                        digest: try reader.read()))
            }
            checkpoints.append(own)
        }
        series = []
        edgeSeries = []
        for _ in latencies { series.append(try reader.readRaw()) }
        for _ in latencies { edgeSeries.append(try reader.readRaw()) }
        events = try reader.readRaw()
    }
}
