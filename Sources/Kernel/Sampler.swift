/// A ``Distribution`` made ready for the hot path: plain numbers in nanoseconds, no references.
///
/// A draw is a pure function of the sampler and a ``DrawKey``. It is rounded to nanoseconds at
/// once, is never below ``minimum`` and never above ``longest``.
@frozen
public struct Sampler: Sendable, BitwiseCopyable {
    @usableFromInline
    enum Kind: UInt8, BitwiseCopyable, Sendable {
        case constant, exponential, uniform, erlang, gamma, gammaBelowOne, lognormal, weibull
        case boundedPareto, hyperexponential, empirical
    }

    /// What a draw is cut to, offset included: 2⁶⁰ ns (36 years), far from overflow.
    public static let longest = SimulatedDuration(nanoseconds: 1 << 60)

    @usableFromInline let kind: Kind
    /// Where this sampler's numbers lie in the ``SamplerTables`` it was made with; for Erlang,
    /// `count` is the shape.
    @usableFromInline let start: UInt32
    @usableFromInline let count: UInt32
    @usableFromInline let a: Double
    @usableFromInline let b: Double
    @usableFromInline let c: Double
    @usableFromInline let d: Double
    /// The least the varying part can be, in nanoseconds.
    @usableFromInline let floor: Int64
    @usableFromInline let offset: Int64

    @usableFromInline
    init(
        kind: Kind, a: Double = 0, b: Double = 0, c: Double = 0, d: Double = 0, start: Int = 0,
        count: Int = 0, floor: Int64 = 0, offset: SimulatedDuration
    ) {
        self.kind = kind
        self.a = a
        self.b = b
        self.c = c
        self.d = d
        self.start = UInt32(start)
        self.count = UInt32(count)
        self.floor = floor
        self.offset = offset.nanoseconds
    }

    /// The largest duration that no draw is below: what an edge can promise as lookahead.
    @inlinable
    public var minimum: SimulatedDuration { SimulatedDuration(nanoseconds: floor &+ offset) }

    /// Whether every draw is ``minimum``.
    @inlinable
    public var isConstant: Bool { kind == .constant }

    /// The duration `key` stands for. `tables` are those the sampler was made with.
    ///
    /// A constant costs no random number, an exponential one Philox block and one logarithm.
    @inlinable
    public func sample(_ key: DrawKey, _ tables: SamplerTables) -> SimulatedDuration {
        let value: Double
        switch kind {
        case .constant: return minimum
        case .exponential: value = a * ExactMath.log(key.uniform())
        case .uniform: value = a + b * key.uniform()
        default: value = sampleRarer(key, tables)
        }
        let nanoseconds = Swift.max(Self.rounded(value), floor) &+ offset
        return SimulatedDuration(nanoseconds: nanoseconds)
    }

    /// To the nearest integer, ties to even; cut to 0...2⁵⁹, and 2⁵⁹ for NaN.
    @inlinable
    static func rounded(_ value: Double) -> Int64 {
        if value < 0x1p51 {
            // Adding 1.5 × 2⁵² rounds, and leaves the integer in the low bits of the result.
            let shifted = Swift.max(value, 0) + 0x1.8p52
            return Int64(bitPattern: shifted.bitPattern &- (0x1.8p52).bitPattern)
        }
        return value < 0x1p59 ? Int64(value) : 1 << 59
    }

    @usableFromInline @inline(never)
    func sampleRarer(_ key: DrawKey, _ tables: SamplerTables) -> Double {
        switch kind {
        case .constant: Double(floor)
        case .exponential: a * ExactMath.log(key.uniform())
        case .uniform: a + b * key.uniform()
        case .erlang: a * sumOfLogarithms(key)
        case .gamma: a * standardGamma(key, firstBlock: 0)
        case .gammaBelowOne:
            // Γ(k) is Γ(k + 1) times U^(1/k).
            a * ExactMath.pow(key.uniform(), d) * standardGamma(key, firstBlock: 1)
        case .lognormal: logNormal(key.uniform())
        case .weibull: weibull(key.uniform())
        case .boundedPareto: boundedPareto(key.uniform())
        case .hyperexponential: hyperexponential(key, tables)
        case .empirical:
            tables.numbers[
                Int(start)
                    + Int(
                        truncatingIfNeeded: key.block(0).0.multipliedFullWidth(by: UInt64(count))
                            .high)]
        }
    }

    /// ln(U₁ U₂ ... Uₙ), by logarithms of products of at most 16 so that none underflows.
    private func sumOfLogarithms(_ key: DrawKey) -> Double {
        var sum = 0.0
        var product = 1.0
        var block: UInt16 = 0
        var left = count
        while left > 0 {
            let (first, second) = key.uniforms(block)
            product *= left > 1 ? first * second : first
            left -= left > 1 ? 2 : 1
            block += 1
            if block & 7 == 0 {
                sum += ExactMath.log(product)
                product = 1
            }
        }
        return sum + ExactMath.log(product)
    }

    /// Marsaglia and Tsang, "A simple method for generating gamma variables" (ACM TOMS 26, 2000).
    ///
    /// `b` is the shape less a third and `c` is 1 / √(9 b). Accepts 95 % or more of all attempts;
    /// the 64th is taken as it comes (reached with a probability below 10⁻⁸⁰).
    private func standardGamma(_ key: DrawKey, firstBlock: UInt16) -> Double {
        var volume = 1.0
        for block in firstBlock..<firstBlock + 64 {
            let (first, second) = key.uniforms(block)
            let x = ExactMath.inverseNormal(first)
            let root = 1 + c * x
            if root <= 0 { continue }
            volume = root * root * root
            let square = x * x
            if second < 1 - 0.0331 * square * square { break }
            let bound = 0.5 * square + b * (1 - volume + ExactMath.log(volume))
            if ExactMath.log(second) < bound { break }
        }
        return b * volume
    }

    /// With `a` the median and `b` sigma.
    func logNormal(_ uniform: Double) -> Double {
        a * ExactMath.exp(b * ExactMath.inverseNormal(uniform))
    }

    /// With `a` the scale and `b` = 1 / shape.
    func weibull(_ uniform: Double) -> Double {
        a * ExactMath.pow(-ExactMath.log(uniform), b)
    }

    /// With `a` and `b` the bounds, `c` = 1 - (low / high)^shape and `d` = -1 / shape.
    func boundedPareto(_ uniform: Double) -> Double {
        Swift.min(a * ExactMath.pow(1 - c * uniform, d), b)
    }

    /// The table holds pairs of a cumulative probability (the last infinite) and a negated mean.
    private func hyperexponential(_ key: DrawKey, _ tables: SamplerTables) -> Double {
        let (first, second) = key.uniforms()
        var position = Int(start)
        while second >= tables.numbers[position] { position += 2 }
        return tables.numbers[position + 1] * ExactMath.log(first)
    }
}

/// The numbers that samplers of varying length need, in one array for all samplers of a model.
///
/// Pass the same value to ``Sampler/sample(_:_:)`` that the sampler was made with. Only grows.
public struct SamplerTables: Hashable, Sendable {
    @usableFromInline var numbers: [Double] = []

    public init() {}

    /// Appends `new` and tells where they start.
    mutating func append(_ new: [Double]) -> Int {
        let start = numbers.count
        numbers += new
        return start
    }
}
