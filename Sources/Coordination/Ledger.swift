package import Kernel
package import Model

/// Turns what committed execution measured into results, process by process.
package struct Ledger: Sendable {
    /// How finely a run is sampled, and who wants the samples.
    package struct Sampling: Hashable, Sendable {
        /// Length of the intervals in which processes measure.
        package var interval: SimulatedDuration
        /// How many of them one between checkpoints has.
        package var factor: Int
        /// Whether the samples are handed out as they commit.
        package var isStreamed: Bool

        package init(interval: SimulatedDuration, factor: Int = 1, isStreamed: Bool = false) {
            self.interval = interval
            self.factor = max(factor, 1)
            self.isStreamed = isStreamed
        }
    }

    /// By process: histograms by latency series.
    private var latencies: [[LatencyHistogram]]
    private var checkpoints: [[DigestCheckpoint]]
    private var series: SeriesFolding
    private let sampling: Sampling
    /// Events that have committed and were not yet handed out.
    package private(set) var events: [EventRecord] = []
    private var samples = SeriesBatch()

    /// - Parameters:
    ///   - seriesCounts: by process, how many latency series it has.
    ///   - sampling: how the processes measure.
    package init(seriesCounts: [Int], sampling: Sampling) {
        latencies = seriesCounts.map { Array(repeating: LatencyHistogram(), count: $0) }
        checkpoints = Array(repeating: [], count: seriesCounts.count)
        series = SeriesFolding(
            processes: seriesCounts.count, factor: sampling.factor, interval: sampling.interval)
        self.sampling = sampling
    }

    /// Books these effects and empties them. O(samples).
    package mutating func commit(_ effects: inout Effects) {
        for sample in effects.latencies.elements {
            latencies[Int(sample.process)][Int(sample.series)].record(sample.latency)
        }
        for checkpoint in effects.checkpoints.elements { book(checkpoint) }
        for sample in effects.serviceSamples.elements {
            series.add(sample, to: Int(sample.process))
        }
        for sample in effects.edgeSamples.elements {
            series.add(sample, to: Int(sample.process))
        }
        if sampling.isStreamed {
            samples.services += effects.serviceSamples.elements
            samples.edges += effects.edgeSamples.elements
        }
        events.append(contentsOf: effects.events.elements)
        effects.removeAll()
    }

    /// Notes a digest unless there is one of the same interval between checkpoints: the first tells of
    /// everything before it.
    private mutating func book(_ checkpoint: DigestCheckpoint) {
        var checkpoint = checkpoint
        checkpoint.number /= UInt32(clamping: sampling.factor)
        let process = Int(checkpoint.process)
        let last = checkpoints[process].last?.number ?? 0
        if sampling.factor == 1 || checkpoint.number > last {
            checkpoints[process].append(checkpoint)
        }
    }

    /// The recorded events since the last call.
    package mutating func takeEvents() -> [EventRecord] {
        defer { events = [] }
        return events
    }

    /// The samples since the last call, if they are streamed; `process` is a place in the partition.
    package mutating func takeSamples() -> SeriesBatch {
        defer { samples = SeriesBatch() }
        return samples
    }

    /// The samples since the last call, and the last ones of all, which reports at `end` tell of.
    package mutating func takeSamples(
        last reports: [ProcessReport], at end: SimulatedInstant
    ) -> SeriesBatch {
        guard sampling.isStreamed else { return SeriesBatch() }
        var batch = takeSamples()
        for (process, report) in reports.enumerated() {
            for var sample in ending(report, at: end).series {
                sample.process = UInt32(clamping: process)
                batch.services.append(sample)
            }
            for var sample in report.edgeSeries {
                sample.process = UInt32(clamping: process)
                batch.edges.append(sample)
            }
        }
        return batch
    }

    /// The report of a process in which the last sample ends with its interval, not with the run.
    private func ending(_ report: ProcessReport, at end: SimulatedInstant) -> ProcessReport {
        var report = report
        for index in report.series.indices {
            let sample = report.series[index]
            let (over, isNever) = sampling.interval.nanoseconds.multipliedReportingOverflow(
                by: Int64(sample.number))
            if isNever || over >= end.nanoseconds { continue }
            report.series[index].shorten(by: UInt64(end.nanoseconds - over), at: sample)
        }
        return report
    }

    /// Completes the report of one process, made at `end`.
    package func complete(
        _ report: ProcessReport, of process: Int, at end: SimulatedInstant
    ) -> ProcessReport {
        var report = ending(report, at: end)
        report.latencies = latencies[process]
        report.checkpoints = checkpoints[process]
        // A sample's place among the processes of a worker is no result: it is 0 from here on.
        (report.series, report.edgeSeries) = series.samples(
            of: process, endingWith: report, at: end)
        return report
    }
}

extension Ledger: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        sampling.interval.encode(into: &writer)
        writer.write(UInt32(clamping: sampling.factor))
        writer.write(sampling.isStreamed)
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
        series.encode(into: &writer)
        writer.writeRaw(samples.services)
        writer.writeRaw(samples.edges)
        writer.writeRaw(events)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        sampling = Sampling(
            interval: try SimulatedDuration(from: &reader),
            factor: Int(try reader.read(UInt32.self)), isStreamed: try reader.readBool())
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
        series = try SeriesFolding(from: &reader)
        samples.services = try reader.readRaw()
        samples.edges = try reader.readRaw()
        events = try reader.readRaw()
    }
}
