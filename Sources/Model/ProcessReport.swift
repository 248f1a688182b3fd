package import Kernel

/// What one process says of itself when a run ends.
package struct ProcessReport: Hashable, Sendable {
    package var digest = StreamDigest()
    package var eventCount: UInt64 = 0
    package var counters = ServiceCounters()
    /// By outgoing edge, then by arrival stream.
    package var edges: [EdgeCounters] = []
    /// By latency series: the service's own answers, then as `edges`.
    package var latencies: [LatencyHistogram] = []
    package var checkpoints: [DigestCheckpoint] = []
    /// Ascending by number; the interval that the run's end cuts short last.
    package var series: [ServiceSample] = []
    /// Ascending by number, then edge.
    package var edgeSeries: [EdgeSample] = []
    /// What happened here to traced requests, in the order of events.
    package var marks: [TraceMark] = []
    /// The slowest and some of the failed requests of users, by stream.
    package var tails: [TailSample] = []
    /// How many of `edges` are calls; the others are streams of users.
    package var callEdges = 0
    /// What a walk through the queues and jobs found, to be compared with the counters.
    package var census = Census()

    /// Requests found inside a service at the end of the run.
    package struct Census: Hashable, Sendable {
        package var requests: UInt64 = 0
        /// Sum of their ages in nanoseconds, modulo 2⁶⁴.
        package var ages: UInt64 = 0
        /// Core time that begun compute steps have still to use, in nanoseconds.
        package var computeTimeLeft: UInt64 = 0
        /// Time that begun delays have still to last, in nanoseconds.
        package var delayLeft: UInt64 = 0
        /// What the requests have waited and computed in the state they are in, modulo 2⁶⁴, as far as
        /// the counters do not have it yet.
        package var unbooked: UInt64 = 0
        /// Core time booked on the requests that are in the service.
        package var work: UInt64 = 0

        package init() {}
    }

    package init() {}
}

extension ServiceProcess {
    /// The report at the end of the run. O(requests in the service).
    package func report(at end: SimulatedInstant) -> ProcessReport {
        var report = ProcessReport()
        report.digest = digest
        report.eventCount = eventCount
        report.counters = counters
        report.counters.changeInSystem(by: 0, at: end)
        noteStandstills(in: &report.counters, at: end)
        report.counters.replicaTime = replicaTime(at: end)
        report.edges = Array(edges.elements)
        report.callEdges = edges.count - streams.count
        report.census = census(at: end)
        report.series = [sample(of: report.counters, process: 0)]
        report.edgeSeries = edges.indices.compactMap { edgeSample($0, process: 0) }
        return report
    }

    private func census(at end: SimulatedInstant) -> ProcessReport.Census {
        var census = ProcessReport.Census()
        for arrived in waitingRequests {
            census.requests += 1
            census.ages &+= (end - arrived).unsigned
            census.unbooked &+= (end - arrived).unsigned
        }
        let isPaced = hosting.count > 0 && hosting[0].pacers.count > 0
        for job in liveJobs {
            census.requests += 1
            census.ages &+= (end - job.arrived).unsigned
            census.work &+= job.work
            switch job.phase {
            case .moving, .delays: break
            case .computes: if isPaced { census.unbooked &+= (end - job.since).unsigned }
            default: census.unbooked &+= (end - job.since).unsigned
            }
        }
        for completion in completions.unordered where !isLost(completion) {
            let left = (completion.instant - end).unsigned
            if jobs[completion.job].phase == .delays {
                census.delayLeft &+= left
            } else {
                census.computeTimeLeft &+= left
            }
        }
        return census
    }

    private var liveJobs: [Job] {
        let (slots, freeSlots) = jobs.storage
        var isFree = [Bool](repeating: false, count: slots.count)
        for slot in freeSlots { isFree[Int(slot)] = true }
        return slots.indices.filter { !isFree[$0] }.map { slots[$0] }
    }

    /// When each request that has not begun arrived, in no useful order.
    private var waitingRequests: [SimulatedInstant] {
        let plain = admissionQueues.elements.flatMap { $0.elements.map(\.arrived) }
        guard hosting.count > 0 else { return plain }
        return plain + hosting[0].lines.elements.flatMap { $0.elements.map(\.arrived) }
            + hosting[0].held.unordered.map(\.request.arrived)
            + hosting[0].buffers.elements.flatMap { $0.elements.map(\.arrived) }
    }
}

extension ProcessReport {
    /// The laws that every run must obey exactly, each with what breaks it; empty when all hold.
    ///
    /// Conservation: what arrived was answered or is still there, for the service and each edge.
    /// Little's law: the integral of the number in system is the sum of the times in system.
    package var violations: [String] {
        var found: [String] = []
        let left = counters.answered &+ counters.cancelled &+ counters.probesEnded
        if counters.arrived &+ counters.probes != left &+ counters.inSystem {
            found.append(
                "\(counters.arrived &+ counters.probes) came and \(left) left with "
                    + "\(counters.inSystem) in system")
        }
        let inStates =
            counters.times.sum &+ census.unbooked &- census.computeTimeLeft &- census.delayLeft
        if inStates != counters.sojournSum &+ census.ages {
            found.append(
                "the times in each state differ from the times in system by "
                    + "\(Int64(bitPattern: inStates &- counters.sojournSum &- census.ages)) ns")
        }
        let spent =
            counters.computeTime &+ edges.prefix(callEdges).reduce(0) { $0 &+ $1.workUseful }
        let known =
            counters.workAnswered &+ counters.workDropped &+ counters.workBackground &+ census.work
        if spent != known {
            found.append(
                "core time spent differs from core time accounted for by "
                    + "\(Int64(bitPattern: spent &- known)) ns")
        }
        if counters.causes.sum != counters.arrived {
            found.append("requests by cause do not add up to those that arrived")
        }
        if census.requests != counters.inSystem {
            found.append(
                "\(counters.inSystem) requests counted in system but \(census.requests) found")
        }
        if counters.inSystemArea != counters.sojournSum &+ census.ages {
            found.append(
                "Little's law: the integral of the number in system differs from the sum "
                    + "of the times in system by "
                    + "\(Int64(bitPattern: counters.inSystemArea &- counters.sojournSum &- census.ages)) ns"
            )
        }
        for (index, edge) in edges.enumerated() {
            if edge.succeeded &+ edge.failures > edge.requests {
                found.append("edge \(index): more answers than requests")
            }
            if edge.callSuccesses &+ edge.callFailures &+ edge.callsAbandoned > edge.calls {
                found.append("edge \(index): more calls ended than were made")
            }
            if index + 1 < latencies.count, latencies[index + 1].count != edge.succeeded {
                found.append("edge \(index): a latency is missing")
            }
        }
        return found
    }
}

extension ProcessReport: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        digest.encode(into: &writer)
        writer.write(eventCount)
        counters.encode(into: &writer)
        writer.writeAll(edges)
        writer.writeAll(latencies)
        writer.write(UInt32(checkpoints.count))
        for checkpoint in checkpoints {
            writer.write(checkpoint.number)
            writer.write(checkpoint.digest)
        }
        for word in [
            census.requests, census.ages, census.computeTimeLeft, census.delayLeft,
            census.unbooked, census.work,
        ] { writer.write(word) }
        writer.writeRaw(series)
        writer.writeRaw(edgeSeries)
        writer.write(UInt32(clamping: callEdges))
        writer.writeRaw(marks)
        writer.writeRaw(tails)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        digest = try StreamDigest(from: &reader)
        eventCount = try reader.read()
        counters = try ServiceCounters(from: &reader)
        edges = Array(try reader.readAll() as ContiguousArray<EdgeCounters>)
        latencies = Array(try reader.readAll() as ContiguousArray<LatencyHistogram>)
        for _ in 0..<(try reader.readCount(ofSize: 12)) {
            checkpoints.append(
                DigestCheckpoint(
                    process: 0, number: try reader.read(), digest: try reader.read()))
        }
        census.requests = try reader.read()
        census.ages = try reader.read()
        census.computeTimeLeft = try reader.read()
        census.delayLeft = try reader.read()
        census.unbooked = try reader.read()
        census.work = try reader.read()
        series = try reader.readRaw()
        edgeSeries = try reader.readRaw()
        callEdges = Int(try reader.read(UInt32.self))
        marks = try reader.readRaw()
        tails = try reader.readRaw()
        guard callEdges <= edges.count, edgeSeries.allSatisfy({ $0.edge < edges.count }),
            marks.allSatisfy(\.isKnown),
            tails.allSatisfy({ Int($0.stream) < edges.count - callEdges })
        else {
            throw ByteError(.invalid("series of a report"), offset: reader.offset)
        }
    }
}
