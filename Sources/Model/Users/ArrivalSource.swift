import Kernel

/// Where a stream's arrivals from outside stand: of requests, or of users whose sessions begin.
struct ArrivalSource: BitwiseCopyable, Sendable {
    /// When the next comes, or `never`.
    var next = SimulatedInstant.never
    /// Arrivals so far, and the number of the next.
    var number: UInt64 = 0
    /// The profile's segment that `next` lies in.
    var segment = 0
    /// Of a modulated stream: states entered before the present one, and when that is left.
    var visit: UInt64 = 0
    var stateEnds = SimulatedInstant.start

    /// A modulated stream's states before one arrival are followed one by one up to this many; from
    /// there on their mean over time stands in for them. Reached only when a state's stay is some
    /// 10⁵ times shorter than the time between arrivals.
    static let mostVisits = 1 << 16

    /// The source of a stream as the run starts.
    init(_ stream: UserProgram.Stream, _ index: Int, _ program: UserProgram) {
        guard stream.isManaged, !stream.isClosed else { return }
        if stream.process == .modulated, stream.modulations.isEmpty { return }
        if stream.process == .modulated { enter(0, at: .start, stream, index, program) }
        advance(after: .start, stream, index, program)
    }

    /// Draws when the arrival `number` comes, the one before having come at `now`.
    ///
    /// Poisson processes by inversion of their integrated rate, as the plain streams do. O(1) amortised
    /// for the profile, and O(states left) for a modulated stream.
    mutating func advance(
        after now: SimulatedInstant, _ stream: UserProgram.Stream, _ index: Int,
        _ program: UserProgram
    ) {
        switch stream.process {
        case .trace:
            next =
                number < UInt64(stream.trace.count)
                ? max(stream.trace[Int(number)], .start) : .never
        case .constant:
            next = stream.profile.instant(after: now, accumulating: 1, segment: &segment) ?? .never
        case .poisson, .sessions:
            let amount = program.draw(.arrival, number, step: index).exponential()
            next =
                stream.profile.instant(after: now, accumulating: amount, segment: &segment)
                ?? .never
        case .modulated:
            let amount = program.draw(.arrival, number, step: index).exponential()
            next = modulated(after: now, accumulating: amount, stream, index, program)
        case .closed, .paced: next = .never
        }
    }

    /// The instant by which factor times profile sums up to `amount`. Exact: no thinning.
    private mutating func modulated(
        after now: SimulatedInstant, accumulating amount: Double, _ stream: UserProgram.Stream,
        _ index: Int, _ program: UserProgram
    ) -> SimulatedInstant {
        let profile = stream.profile
        var now = now
        var left = amount
        for _ in 0..<Self.mostVisits {
            let factor = stream.modulations[Int(visit % UInt64(stream.modulations.count))].factor
            let found =
                factor > 0
                ? profile.instant(after: now, accumulating: left / factor, segment: &segment) : nil
            if let found, found < stateEnds { return found }
            // In this state it never comes; perhaps it does not even at the largest factor.
            if found == nil,
                profile.instant(after: now, accumulating: left / stream.largestFactor) == nil
            {
                return .never
            }
            if stateEnds == .never { return .never }
            if factor > 0 { left -= factor * profile.integral(from: now, to: stateEnds) }
            left = max(left, 0)
            now = stateEnds
            enter(visit + 1, at: now, stream, index, program)
        }
        let found = profile.instant(
            after: now, accumulating: left / stream.meanFactor, segment: &segment)
        if let found { enter(visit + 1, at: found, stream, index, program) }
        return found ?? .never
    }

    /// Enters a state and draws how long it lasts.
    private mutating func enter(
        _ newVisit: UInt64, at now: SimulatedInstant, _ stream: UserProgram.Stream, _ index: Int,
        _ program: UserProgram
    ) {
        visit = newVisit
        let mean = stream.modulations[Int(visit % UInt64(stream.modulations.count))].stay
        let stay = program.draw(.modulation, visit, step: index).exponential() * mean
        stateEnds = now.advanced(
            saturatingBy: SimulatedDuration(nanoseconds: stay < 0x1p62 ? Int64(stay) : .max))
    }
}

extension ArrivalSource: BinaryCodable {
    static var leastEncodedSize: Int { 40 }

    func encode(into writer: inout ByteWriter) {
        next.encode(into: &writer)
        writer.write(number)
        writer.write(segment)
        writer.write(visit)
        stateEnds.encode(into: &writer)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        next = try SimulatedInstant(from: &reader)
        number = try reader.read()
        segment = try reader.read()
        visit = try reader.read()
        stateEnds = try SimulatedInstant(from: &reader)
        guard next >= .start, number < 1 << 62, visit < 1 << 62, stateEnds >= .start,
            (0...Int(Int32.max)).contains(segment)
        else { throw ByteError(.invalid("arrival source"), offset: start) }
    }
}
