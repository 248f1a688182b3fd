package import Kernel
package import Model

/// Samples of the time series that have become final; `process` is the number of the service.
package struct SeriesBatch: Sendable {
    package var services: [ServiceSample] = []
    package var edges: [EdgeSample] = []

    package init() {}

    package var isEmpty: Bool { services.isEmpty && edges.isEmpty }

    package mutating func append(_ other: SeriesBatch) {
        services += other.services
        edges += other.edges
    }
}

extension SeriesBatch: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        writer.writeRaw(services)
        writer.writeRaw(edges)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        services = try reader.readRaw()
        edges = try reader.readRaw()
    }
}

/// What of a run has become final, for those who record it.
package struct CommittedRecords: Sendable {
    /// Everything before this is final.
    package var committed: SimulatedInstant
    package var events: [EventRecord]
    package var samples: SeriesBatch

    package init(
        committed: SimulatedInstant, events: [EventRecord], samples: SeriesBatch
    ) {
        self.committed = committed
        self.events = events
        self.samples = samples
    }

    package var isEmpty: Bool { events.isEmpty && samples.isEmpty }
}

/// Adds the samples of short intervals up to those of longer ones, `factor` short to a long one.
///
/// Samples of one process must come in ascending order, a service's before its edges'. Memory: the long
/// samples that have not been taken.
package struct SeriesFolding: Sendable {
    private let factor: UInt32
    /// Whether the quantiles of short samples are those of the long one up to their end; otherwise a long
    /// sample that several had latencies for has none.
    private let accumulatesQuantiles: Bool
    /// Length of a short interval, in nanoseconds.
    private let length: UInt64
    /// By process, ascending; the last one may still grow.
    private var services: [[ServiceSample]]
    private var edges: [[EdgeSample]]
    /// By process: the short interval of the latest sample.
    private var last: [UInt32]

    package init(
        processes: Int, factor: Int = 1, interval: SimulatedDuration = .zero,
        accumulatesQuantiles: Bool = true
    ) {
        self.factor = UInt32(clamping: max(factor, 1))
        self.accumulatesQuantiles = accumulatesQuantiles
        length = UInt64(max(interval.nanoseconds, 0))
        services = Array(repeating: [], count: processes)
        edges = Array(repeating: [], count: processes)
        last = Array(repeating: 0, count: processes)
    }

    private func long(_ number: UInt32) -> UInt32 { (max(number, 1) - 1) / factor + 1 }

    package mutating func add(_ sample: ServiceSample, to process: Int) {
        var sample = sample
        let short = sample.number
        sample.process = 0
        sample.number = long(short)
        let count = services[process].count
        if count > 0, services[process][count - 1].number == sample.number {
            services[process][count - 1].add(sample)
            services[process][count - 1].latency.fold(
                sample.latency, accumulates: accumulatesQuantiles)
        } else {
            if count > 0, factor > 1 {
                // What a sample says of the time since the one before, that one's interval may own.
                let end = UInt64(services[process][count - 1].number) * UInt64(factor)
                let gap = (end &- UInt64(last[process])) &* length
                services[process][count - 1].extend(by: gap)
                sample.shorten(by: gap, at: services[process][count - 1])
            }
            services[process].append(sample)
        }
        last[process] = short
    }

    package mutating func add(_ sample: EdgeSample, to process: Int) {
        var sample = sample
        sample.process = 0
        sample.number = long(sample.number)
        var place = edges[process].count
        if factor > 1 {
            while place > 0, edges[process][place - 1].number == sample.number,
                edges[process][place - 1].edge > sample.edge
            { place -= 1 }
            if place > 0, edges[process][place - 1].number == sample.number,
                edges[process][place - 1].edge == sample.edge
            {
                edges[process][place - 1].add(sample)
                edges[process][place - 1].latency.fold(
                    sample.latency, accumulates: accumulatesQuantiles)
                return
            }
        }
        edges[process].insert(sample, at: place)
    }

    /// All samples of a process so far, with `report`'s as its last.
    package func samples(
        of process: Int, endingWith report: ProcessReport, at end: SimulatedInstant
    ) -> (services: [ServiceSample], edges: [EdgeSample]) {
        var own = self
        own.services = [services[process]]
        own.edges = [edges[process]]
        own.last = [last[process]]
        for sample in report.series { own.add(sample, to: 0) }
        for sample in report.edgeSeries { own.add(sample, to: 0) }
        own.extendLast(of: 0, to: end)
        return (own.services[0], own.edges[0])
    }

    /// Adds the time in which nothing has happened since the latest sample, up to the end of its long
    /// interval or of the run.
    private mutating func extendLast(of process: Int, to end: SimulatedInstant) {
        guard let number = services[process].last?.number else { return }
        let over = min(UInt64(number) &* UInt64(factor) &* length, end.nanoseconds.magnitude)
        let known = UInt64(last[process]) &* length
        if over > known { services[process][services[process].count - 1].extend(by: over - known) }
    }

    /// Takes the samples that cannot grow any more; when the run is over, at `end`, all.
    package mutating func take(end: SimulatedInstant? = nil) -> SeriesBatch {
        let all = end != nil
        if let end { for process in services.indices { extendLast(of: process, to: end) } }
        var batch = SeriesBatch()
        for process in services.indices {
            let open = services[process].last?.number ?? 0
            let isOpen = { (number: UInt32) in !all && number >= open }
            for var sample in services[process] where !isOpen(sample.number) {
                sample.process = UInt32(clamping: process)
                batch.services.append(sample)
            }
            for var sample in edges[process] where !isOpen(sample.number) {
                sample.process = UInt32(clamping: process)
                batch.edges.append(sample)
            }
            services[process].removeAll { !isOpen($0.number) }
            edges[process].removeAll { !isOpen($0.number) }
        }
        return batch
    }
}

extension SeriesFolding: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        writer.write(factor)
        writer.write(accumulatesQuantiles)
        writer.write(length)
        writer.writeRaw(last)
        for own in services { writer.writeRaw(own) }
        for own in edges { writer.writeRaw(own) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        factor = max(try reader.read(), 1)
        accumulatesQuantiles = try reader.readBool()
        length = try reader.read()
        last = try reader.readRaw()
        services = []
        edges = []
        for _ in last { services.append(try reader.readRaw()) }
        for _ in last { edges.append(try reader.readRaw()) }
    }
}

extension LatencyQuantiles {
    /// Stands for quantiles that cannot be told.
    private static let unknown: LatencyQuantiles = {
        var unknown = LatencyQuantiles()
        (unknown.p50, unknown.p90, unknown.p99) = (-1, -1, -1)
        return unknown
    }()

    /// Adds those of the interval that follows.
    fileprivate mutating func fold(_ next: LatencyQuantiles, accumulates: Bool) {
        if next == LatencyQuantiles() { return }
        self = accumulates || self == LatencyQuantiles() ? next : .unknown
    }
}

extension ServiceSample {
    /// Adds the interval that follows.
    fileprivate mutating func add(_ next: ServiceSample) {
        arrived &+= next.arrived
        succeeded &+= next.succeeded
        rejected &+= next.rejected
        failed &+= next.failed
        shed &+= next.shed
        expired &+= next.expired
        unavailable &+= next.unavailable
        errors &+= next.errors
        conflicts &+= next.conflicts
        cancelled &+= next.cancelled
        cacheHits &+= next.cacheHits
        cacheMisses &+= next.cacheMisses
        kills &+= next.kills
        crashes &+= next.crashes
        drained &+= next.drained
        staleReads &+= next.staleReads
        requests = next.requests
        waiting = next.waiting
        readyReplicas = next.readyReplicas
        replicas = next.replicas
        computeTime &+= next.computeTime
        pauseTime &+= next.pauseTime
        throttledTime &+= next.throttledTime
        replicaTime &+= next.replicaTime
        area &+= next.area
    }

    /// Adds so many nanoseconds in which nothing happened.
    fileprivate mutating func extend(by nanoseconds: UInt64) {
        area &+= UInt64(requests) &* nanoseconds
        replicaTime &+= UInt64(replicas) &* nanoseconds
    }

    /// Takes time out in which nothing happened: levels were those at the end of `before`.
    package mutating func shorten(by nanoseconds: UInt64, at before: ServiceSample) {
        area -= min(area, UInt64(before.requests) &* nanoseconds)
        replicaTime -= min(replicaTime, UInt64(before.replicas) &* nanoseconds)
    }
}

extension EdgeSample {
    /// Adds the interval that follows.
    fileprivate mutating func add(_ next: EdgeSample) {
        calls &+= next.calls
        callSuccesses &+= next.callSuccesses
        callFailures &+= next.callFailures
        requests &+= next.requests
        retries &+= next.retries
        hedges &+= next.hedges
        successes &+= next.successes
        timeouts &+= next.timeouts
        failures &+= next.failures
        lateAnswers &+= next.lateAnswers
        refused &+= next.refused
        trips &+= next.trips
    }
}
