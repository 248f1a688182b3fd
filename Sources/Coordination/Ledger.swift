package import Kernel
package import Model

/// Turns what committed execution measured into results, process by process.
package struct Ledger: Sendable {
    /// By process: histograms by latency series.
    private var latencies: [[LatencyHistogram]]
    private var checkpoints: [[DigestCheckpoint]]
    private var series: [[ServiceSample]]
    private var edgeSeries: [[EdgeSample]]
    private var marks: [[TraceMark]]
    private var tails: [TailRequests]
    /// Events that have committed and were not yet handed out.
    package private(set) var events: [EventRecord] = []

    /// - Parameter seriesCounts: by process, how many latency series it has.
    package init(seriesCounts: [Int], traces: TraceSettings = TraceSettings()) {
        latencies = seriesCounts.map { Array(repeating: LatencyHistogram(), count: $0) }
        checkpoints = Array(repeating: [], count: seriesCounts.count)
        series = Array(repeating: [], count: seriesCounts.count)
        edgeSeries = Array(repeating: [], count: seriesCounts.count)
        marks = Array(repeating: [], count: seriesCounts.count)
        tails = Array(repeating: TailRequests(traces), count: seriesCounts.count)
    }

    /// Books these effects and empties them. O(samples).
    package mutating func commit(_ effects: inout Effects) {
        for sample in effects.latencies.elements {
            latencies[Int(sample.process)][Int(sample.series)].record(sample.latency)
        }
        for checkpoint in effects.checkpoints.elements {
            checkpoints[Int(checkpoint.process)].append(checkpoint)
        }
        // A sample's place among the processes of a worker is no result.
        for var sample in effects.serviceSamples.elements {
            let process = Int(sample.process)
            sample.process = 0
            series[process].append(sample)
        }
        for var sample in effects.edgeSamples.elements {
            let process = Int(sample.process)
            sample.process = 0
            edgeSeries[process].append(sample)
        }
        for var mark in effects.marks.elements {
            let process = Int(mark.process)
            mark.process = 0
            marks[process].append(mark)
        }
        for var tail in effects.tails.elements {
            let process = Int(tail.process)
            tail.process = 0
            tails[process].note(tail)
        }
        events.append(contentsOf: effects.events.elements)
        effects.removeAll()
    }

    /// By bucket of ``LatencyBuckets``: the successful requests of a service so far.
    package func latencyBuckets(of process: Int) -> [UInt64] {
        latencies[process].first?.counts(within: LatencyBuckets.bounds) ?? []
    }

    /// The recorded events since the last call.
    package mutating func takeEvents() -> [EventRecord] {
        defer { events = [] }
        return events
    }

    /// Completes the report of one process.
    package func complete(_ report: ProcessReport, of process: Int) -> ProcessReport {
        var report = report
        report.latencies = latencies[process]
        report.checkpoints = checkpoints[process]
        report.marks = marks[process]
        report.tails = tails[process].samples
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
            writer.write(UInt32(checkpoints[process].count))
            for checkpoint in checkpoints[process] {
                writer.write(checkpoint.process)
                writer.write(checkpoint.number)
                writer.write(checkpoint.digest)
            }
        }
        for own in series { writer.writeRaw(own) }
        for own in edgeSeries { writer.writeRaw(own) }
        for own in marks { writer.writeRaw(own) }
        for own in tails { own.encode(into: &writer) }
        writer.writeRaw(events)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        latencies = []
        checkpoints = []
        for _ in 0..<(try reader.readCount(ofSize: 8)) {
            latencies.append(Array(try reader.readAll() as ContiguousArray<LatencyHistogram>))
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
        marks = []
        tails = []
        for _ in latencies { marks.append(try reader.readRaw()) }
        for _ in latencies { tails.append(try TailRequests(from: &reader)) }
        events = try reader.readRaw()
    }
}
