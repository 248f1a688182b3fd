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
    /// What a walk through the queues and jobs found, to be compared with the counters.
    package var census = Census()

    /// Requests found inside a service at the end of the run.
    package struct Census: Hashable, Sendable {
        package var requests: UInt64 = 0
        /// Sum of their ages in nanoseconds, modulo 2⁶⁴.
        package var ages: UInt64 = 0
        /// Core time that begun compute steps have still to use, in nanoseconds.
        package var computeTimeLeft: UInt64 = 0

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
        report.edges = Array(edges.elements)
        for request in allRequests {
            report.census.requests += 1
            report.census.ages &+= UInt64(bitPattern: (end - request).nanoseconds)
        }
        for completion in completions.unordered {
            report.census.computeTimeLeft &+=
                UInt64(bitPattern: (completion.instant - end).nanoseconds)
        }
        return report
    }

    /// When each request that is in the service arrived, in no useful order.
    private var allRequests: [SimulatedInstant] {
        let (slots, freeSlots) = jobs.storage
        var isFree = [Bool](repeating: false, count: slots.count)
        for slot in freeSlots { isFree[Int(slot)] = true }
        let inService = slots.indices.filter { !isFree[$0] }.map { slots[$0].arrived }
        return inService + admissionQueues.elements.flatMap { $0.elements.map(\.arrived) }
    }
}

extension ProcessReport {
    /// The laws that every run must obey exactly, each with what breaks it; empty when all hold.
    ///
    /// Conservation: what arrived was answered or is still there, for the service and each edge.
    /// Little's law: the integral of the number in system is the sum of the times in system.
    package var violations: [String] {
        var found: [String] = []
        let answered = counters.succeeded &+ counters.rejected &+ counters.failed
        if counters.arrived != answered &+ counters.inSystem {
            found.append(
                "arrived \(counters.arrived) but answered \(answered) with \(counters.inSystem) in "
                    + "system")
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
            if edge.successes &+ edge.failures > edge.requests {
                found.append("edge \(index): more answers than requests")
            }
            if index + 1 < latencies.count, latencies[index + 1].count != edge.successes {
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
        writer.write(census.requests)
        writer.write(census.ages)
        writer.write(census.computeTimeLeft)
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
    }
}
