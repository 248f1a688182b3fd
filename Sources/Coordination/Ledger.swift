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

    private var latencies: IntervalLatencies
    private var checkpoints: [[DigestCheckpoint]]
    private var series: SeriesFolding
    private let sampling: Sampling
    private var marks: [[TraceMark]]
    private var tails: [TailRequests]
    /// Events that have committed and were not yet handed out.
    package private(set) var events: [EventRecord] = []
    private var samples = SeriesBatch()

    /// - Parameters:
    ///   - seriesCounts: by process, how many latency series it has.
    ///   - sampling: how the processes measure.
    ///   - traces: which requests are traced.
    package init(
        seriesCounts: [Int], sampling: Sampling, traces: TraceSettings = TraceSettings()
    ) {
        latencies = IntervalLatencies(seriesCounts: seriesCounts, factor: sampling.factor)
        checkpoints = Array(repeating: [], count: seriesCounts.count)
        series = SeriesFolding(
            processes: seriesCounts.count, factor: sampling.factor, interval: sampling.interval)
        self.sampling = sampling
        marks = Array(repeating: [], count: seriesCounts.count)
        tails = Array(repeating: TailRequests(traces), count: seriesCounts.count)
    }

    /// Books these effects and empties them. O(samples).
    package mutating func commit(_ effects: inout Effects) {
        for checkpoint in effects.checkpoints.elements { book(checkpoint) }
        bookSeries(effects)
        // A mark's place among the processes of a worker is no result.
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
    package func latencyBuckets(of process: Int) -> [UInt64] { latencies.buckets(of: process) }

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
            let quantiles = latencies.end(sample.number, of: process)
            sample.latencyMark = 0
            book(sample, to: process, quantiles[0])
            while edge < effects.edgeSamples.count,
                effects.edgeSamples[edge].process == sample.process,
                effects.edgeSamples[edge].number == sample.number
            {
                let own = effects.edgeSamples[edge]
                book(own, to: process, quantiles[Int(own.edge) + 1])
                edge += 1
            }
        }
        bookLatencies(effects, from: booked, to: effects.latencies.count)
    }

    private mutating func bookLatencies(_ effects: borrowing Effects, from: Int, to: Int) {
        for index in from..<max(from, to) { latencies.record(effects.latencies[index]) }
    }

    private mutating func book(
        _ sample: ServiceSample, to process: Int, _ quantiles: IntervalLatencies.Quantiles
    ) {
        var sample = sample
        if sampling.isStreamed {
            sample.latency = quantiles.short
            samples.services.append(sample)
        }
        sample.latency = quantiles.long
        series.add(sample, to: process)
    }

    private mutating func book(
        _ sample: EdgeSample, to process: Int, _ quantiles: IntervalLatencies.Quantiles
    ) {
        var sample = sample
        if sampling.isStreamed {
            sample.latency = quantiles.short
            samples.edges.append(sample)
        }
        sample.latency = quantiles.long
        series.add(sample, to: process)
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
            let report = ending(report, of: process, at: end, \.short)
            for var sample in report.series {
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

    /// The report of a process in which the last sample ends with its interval, not with the run, and has
    /// its quantiles.
    private func ending(
        _ report: ProcessReport, of process: Int, at end: SimulatedInstant,
        _ length: KeyPath<IntervalLatencies.Quantiles, LatencyQuantiles>
    ) -> ProcessReport {
        var report = report
        if let number = report.series.last?.number {
            let last = latencies.quantiles(of: number, process).map { $0[keyPath: length] }
            for index in report.series.indices { report.series[index].latency = last[0] }
            for index in report.edgeSeries.indices {
                report.edgeSeries[index].latency = last[Int(report.edgeSeries[index].edge) + 1]
            }
        }
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
        var report = ending(report, of: process, at: end, \.long)
        report.latencies = latencies.all(of: process)
        report.checkpoints = checkpoints[process]
        report.marks = marks[process]
        report.tails = tails[process].samples
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
        latencies.encode(into: &writer)
        writer.write(UInt32(checkpoints.count))
        for own in checkpoints {
            writer.write(UInt32(own.count))
            for checkpoint in own {
                writer.write(checkpoint.process)
                writer.write(checkpoint.number)
                writer.write(checkpoint.digest)
            }
        }
        series.encode(into: &writer)
        writer.writeRaw(samples.services)
        writer.writeRaw(samples.edges)
        writer.write(UInt32(clamping: marks.count))
        for own in marks { writer.writeRaw(own) }
        for own in tails { own.encode(into: &writer) }
        writer.writeRaw(events)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        sampling = Sampling(
            interval: try SimulatedDuration(from: &reader),
            factor: Int(try reader.read(UInt32.self)), isStreamed: try reader.readBool())
        latencies = try IntervalLatencies(from: &reader)
        checkpoints = []
        for _ in 0..<(try reader.readCount(ofSize: 4)) {
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
        marks = []
        tails = []
        let count = try reader.readCount(ofSize: 8)
        for _ in 0..<count { marks.append(try reader.readRaw()) }
        for _ in 0..<count { tails.append(try TailRequests(from: &reader)) }
        events = try reader.readRaw()
    }
}
