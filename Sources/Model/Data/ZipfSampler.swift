package import Kernel

/// Draws from 0..<`count`, key k in proportion to 1/(k+1)^`exponent`, exactly and in O(1).
///
/// Rejection-inversion: Hörmann and Derflinger, "Rejection-inversion to generate variates from
/// monotone discrete distributions" (ACM TOMACS 6, 1996), in the form that has no special case at
/// an exponent of one. Needs 1.1 attempts or fewer on average for exponents that occur in practice.
/// No table: 40 bytes for any number of keys.
package struct ZipfSampler: BitwiseCopyable, Hashable, Sendable {
    package let count: Int
    package let exponent: Double
    /// H(3/2) - 1 and H(`count` + 1/2): the range of the inverted integral.
    private let first: Double
    private let last: Double
    /// Numbers this near to the integer above them are accepted without a test.
    private let squeeze: Double

    /// Traps unless `count` is in 1...2³⁰ and `exponent` finite and >= 0.
    package init(count: Int, exponent: Double) {
        precondition(count >= 1 && count <= 1 << 30, "a keyspace has 1 to 2^30 keys")
        precondition(exponent >= 0 && exponent.isFinite, "Zipf's exponent is at least zero")
        self.count = count
        self.exponent = exponent
        first = Self.integral(1.5, exponent) - 1
        last = Self.integral(Double(count) + 0.5, exponent)
        squeeze =
            2
            - Self.inverseIntegral(
                Self.integral(2.5, exponent) - Self.density(2, exponent), exponent)
    }

    /// The number that `key` stands for. Uses as many blocks of the key as it needs.
    package func sample(_ key: DrawKey) -> Int {
        if exponent == 0 || count == 1 { return key.index(below: count) }
        var number = 1.0
        for block in UInt16(0)..<64 {
            let uniforms = key.uniforms(block)
            if accepts(uniforms.0, &number) || accepts(uniforms.1, &number) { break }
        }
        // The 128th attempt is taken as it comes (reached with a probability below 10⁻⁶⁰).
        return Int(number) - 1
    }

    private func accepts(_ uniform: Double, _ number: inout Double) -> Bool {
        let height = last + uniform * (first - last)
        let x = Self.inverseIntegral(height, exponent)
        let nearest = Swift.min(Swift.max(x, 1), Double(count))
        number = Double(Int(nearest + 0.5))
        if number > Double(count) { number = Double(count) }
        return number - x <= squeeze
            || height >= Self.integral(number + 0.5, exponent) - Self.density(number, exponent)
    }

    /// The probability of `key`. O(`count`); for tests and forecasts.
    package func probability(of key: Int) -> Double {
        var sum = 0.0
        for rank in stride(from: count, through: 1, by: -1) {
            sum += ExactMath.pow(Double(rank), -exponent)
        }
        return ExactMath.pow(Double(key + 1), -exponent) / sum
    }

    /// x^-s.
    private static func density(_ x: Double, _ exponent: Double) -> Double {
        ExactMath.exp(-exponent * ExactMath.log(x))
    }

    /// (x^(1-s) - 1) / (1 - s), which is ln x at s = 1.
    private static func integral(_ x: Double, _ exponent: Double) -> Double {
        let logarithm = ExactMath.log(x)
        return expOverArgument((1 - exponent) * logarithm) * logarithm
    }

    private static func inverseIntegral(_ y: Double, _ exponent: Double) -> Double {
        let argument = Swift.max(y * (1 - exponent), -1)
        return ExactMath.exp(logOverArgument(argument) * y)
    }

    /// (eᵗ - 1) / t, by its series near zero.
    private static func expOverArgument(_ t: Double) -> Double {
        if t.magnitude > 0.05 { return (ExactMath.exp(t) - 1) / t }
        var sum = 1.0
        for n in stride(from: 9.0, through: 2.0, by: -1.0) { sum = 1 + t / n * sum }
        return sum
    }

    /// ln(1 + t) / t, by its series near zero.
    private static func logOverArgument(_ t: Double) -> Double {
        if t.magnitude > 0.02 { return ExactMath.log(1 + t) / t }
        var sum = 0.0
        for n in stride(from: 10.0, through: 1.0, by: -1.0) { sum = 1 / n - t * sum }
        return sum
    }
}
