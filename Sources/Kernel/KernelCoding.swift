// The binary forms of distributions, rate profiles and histograms. What is decoded is validated.

extension Distribution: BinaryCodable {
    public static var leastEncodedSize: Int { 13 }

    /// A byte for the shape, its parameters in the order of declaration, the offset.
    public func encode(into writer: inout ByteWriter) {
        shape.encode(into: &writer)
        offset.encode(into: &writer)
    }

    /// Refuses a distribution that has a ``problem``.
    public init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        shape = try Shape(from: &reader)
        offset = try SimulatedDuration(from: &reader)
        if let problem { throw ByteError(.invalid("distribution: \(problem)"), offset: start) }
    }
}

extension Distribution.Shape: BinaryCodable {
    public static var leastEncodedSize: Int { 5 }

    public func encode(into writer: inout ByteWriter) {
        writer.write(tag)
        switch self {
        case .deterministic(let a), .exponential(let a):
            writer.write(a)
        case .uniform(let a, let b), .gamma(let a, let b), .lognormal(let a, let b),
            .weibull(let a, let b):
            writer.write(a)
            writer.write(b)
        case .erlang(let shape, let mean):
            writer.write(shape)
            writer.write(mean)
        case .boundedPareto(let shape, let low, let high):
            writer.write(shape)
            writer.write(low)
            writer.write(high)
        case .hyperexponential(let branches):
            branches.encode(into: &writer)
        case .empirical(let values):
            values.encode(into: &writer)
        }
    }

    private var tag: UInt8 {
        switch self {
        case .deterministic: 0
        case .uniform: 1
        case .exponential: 2
        case .erlang: 3
        case .gamma: 4
        case .lognormal: 5
        case .weibull: 6
        case .boundedPareto: 7
        case .hyperexponential: 8
        case .empirical: 9
        }
    }

    public init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        switch try reader.read(UInt8.self) {
        case 0: self = .deterministic(value: try reader.readDouble())
        case 1: self = .uniform(low: try reader.readDouble(), high: try reader.readDouble())
        case 2: self = .exponential(mean: try reader.readDouble())
        case 3: self = .erlang(shape: try reader.read(), mean: try reader.readDouble())
        case 4: self = .gamma(shape: try reader.readDouble(), mean: try reader.readDouble())
        case 5: self = .lognormal(median: try reader.readDouble(), sigma: try reader.readDouble())
        case 6: self = .weibull(shape: try reader.readDouble(), scale: try reader.readDouble())
        case 7:
            self = .boundedPareto(
                shape: try reader.readDouble(), low: try reader.readDouble(),
                high: try reader.readDouble())
        case 8: self = .hyperexponential(branches: try Array(from: &reader))
        case 9: self = .empirical(values: try Array(from: &reader))
        default: throw ByteError(.invalid("shape of a distribution"), offset: start)
        }
    }
}

extension Distribution.Branch: BinaryCodable {
    public static var leastEncodedSize: Int { 16 }
    public func encode(into writer: inout ByteWriter) {
        writer.write(probability)
        writer.write(mean)
    }
    public init(from reader: inout ByteReader) throws(ByteError) {
        self.init(probability: try reader.readDouble(), mean: try reader.readDouble())
    }
}

extension RateProfile.Point: BinaryCodable {
    public static var leastEncodedSize: Int { 16 }
    public func encode(into writer: inout ByteWriter) {
        instant.encode(into: &writer)
        writer.write(rate)
    }
    public init(from reader: inout ByteReader) throws(ByteError) {
        self.init(instant: try SimulatedInstant(from: &reader), rate: try reader.readDouble())
    }
}

extension RateProfile: BinaryCodable {
    public static var leastEncodedSize: Int { 20 }
    public func encode(into writer: inout ByteWriter) { points.encode(into: &writer) }

    /// Refuses points that have a ``problem(with:)``.
    public init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        let points = try [Point](from: &reader)
        if let problem = Self.problem(with: points) {
            throw ByteError(.invalid("rate profile: \(problem)"), offset: start)
        }
        self.init(points: points)
    }
}

extension LatencyHistogram: BinaryCodable {
    public static var leastEncodedSize: Int { 68 }

    public func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(first))
        writer.writeRaw(counts)
        writer.write(number)
        writer.write(sum)
        writer.write(sumOfSquares)
        writer.write(least)
        writer.write(most)
    }

    /// Refuses counts that do not add up or lie outside the range of a histogram.
    public init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        first = Int(try reader.read(UInt32.self))
        counts = try reader.readRaw()
        number = try reader.read()
        sum = try reader.read()
        sumOfSquares = try reader.read()
        least = try reader.read()
        most = try reader.read()
        if !isConsistent { throw ByteError(.invalid("histogram"), offset: start) }
    }

    private var isConsistent: Bool {
        if number == 0 { return self == LatencyHistogram() }
        // Far below what a run can record, so that merging never overflows.
        guard number < 1 << 56, least >= 0, least <= most else { return false }
        guard counts.allSatisfy({ $0 <= number }), counts.count <= 58 * Self.octave else {
            return false
        }
        let end = first + counts.count
        return counts.reduce(0, { UInt128($1) + $0 }) == UInt128(number)
            && UInt128(least) * UInt128(number) <= sum
            && UInt128(most) * UInt128(number) >= sum
            && first == Self.bucket(of: least) / Self.octave * Self.octave
            && end == Self.bucket(of: most) / Self.octave * Self.octave + Self.octave
    }
}
