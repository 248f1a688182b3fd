package import Kernel

extension Pacer.Running: BinaryCodable {
    static var leastEncodedSize: Int { 44 }

    func encode(into writer: inout ByteWriter) {
        writer.write(finish)
        writer.write(start)
        writer.write(call)
        writer.write(job)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        finish = try reader.read()
        start = try reader.read()
        call = try reader.read()
        job = try reader.read()
    }
}

extension Pacer: BinaryCodable {
    package static var leastEncodedSize: Int { 112 }

    /// What follows from the rest (rates, ends of periods, the next event) is left out.
    package func encode(into writer: inout ByteWriter) {
        clock.instant.encode(into: &writer)
        clock.pausedUntil.encode(into: &writer)
        writer.write(clock.attained)
        writer.write(clock.given)
        writer.write(clock.speed)
        writer.write(clock.cores)
        writer.write(clock.period)
        writer.write(clock.quota)
        writer.write(clock.quotaLeft)
        writer.write(clock.coreTime)
        writer.write(clock.throttledTime)
        writer.write(clock.pausedTime)
        writer.writeAll(jobs.storage.elements)
    }

    /// Refuses what no sequence of calls leads to, as far as running it could do harm.
    package init(from reader: inout ByteReader) throws(ByteError) {
        clock = PacerClock(cores: 0, limit: nil)
        clock.instant = try SimulatedInstant(from: &reader)
        clock.pausedUntil = try SimulatedInstant(from: &reader)
        clock.attained = try reader.read()
        clock.given = try reader.read()
        clock.speed = try reader.read()
        clock.cores = try reader.read()
        clock.period = try reader.read()
        clock.quota = try reader.read()
        clock.quotaLeft = try reader.read()
        clock.coreTime = try reader.read()
        clock.throttledTime = try reader.read()
        clock.pausedTime = try reader.read()
        let running: ContiguousArray<Running> = try reader.readAll()
        guard clock.isConsistent, running.count <= Int(Int32.max),
            !running.isEmpty || (clock.attained == 0 && clock.given == 0),
            running.allSatisfy({ isPossible($0) }), Self.haveOwnCalls(running)
        else { throw ByteError(.invalid("state of a replica's cores"), offset: reader.offset) }
        jobs = Heap(unordered: running)
        clock.running = Int32(running.count)
        clock.updatePeriodEnd()
        clock.updateRates()
        updateNextEvent()
    }

    /// Whether this can be the cores of a replica with such a limit; the number of cores, the quota and the
    /// speed may change while a run goes on.
    package func fits(_ limit: CPULimit?) -> Bool {
        clock.period == PacerClock(cores: 0, limit: limit).period
    }

    private func isPossible(_ running: Running) -> Bool {
        running.start <= clock.given
            && running.finish <= clock.attained + UInt128(Self.mostWork) << 32
    }

    private static func haveOwnCalls(_ running: ContiguousArray<Running>) -> Bool {
        let calls = running.map(\.call).sorted()
        return zip(calls, calls.dropFirst()).allSatisfy { $0 != $1 }
    }
}

extension PacerClock {
    /// Whether all numbers are in the range that the arithmetic needs.
    var isConsistent: Bool {
        let hasLimit =
            (Self.shortestPeriod...Self.longestPeriod).contains(period)
            && (1...Self.largestQuota).contains(quota)
            && quotaLeft <= quota && quotaLeft > -Int64(Self.mostCores)
        let hasNone = period == 0 && quota == 0 && quotaLeft == 0
        // Far more than can be attained by the end of time, and far from overflow.
        return instant >= .start && pausedUntil >= .start && (hasLimit || hasNone)
            && attained < 1 << 120 && given < 1 << 120 && speed <= Self.highestSpeed
            && (0...Self.mostCores).contains(Int(cores))
    }
}
