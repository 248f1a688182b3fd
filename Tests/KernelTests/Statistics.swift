import Foundation
import Kernel

/// Reference distribution functions and test statistics, from Foundation's libm.
enum Statistics {
    /// Largest distance between the empirical distribution of `sample` and `cdf`, times √n.
    ///
    /// Kolmogorov and Smirnov; above 2.2253 (√(ln(2/α)/2)) with a probability of α = 10⁻⁴.
    static func kolmogorovSmirnov(_ sample: [Double], _ cdf: (Double) -> Double) -> Double {
        let n = Double(sample.count)
        var distance = 0.0
        for (index, value) in sample.sorted().enumerated() {
            let expected = cdf(value)
            distance = max(
                distance, expected - Double(index) / n, Double(index + 1) / n - expected)
        }
        return distance * n.squareRoot()
    }

    static let criticalKolmogorovSmirnov = 2.2253

    static func normalCDF(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

    /// The regularised lower incomplete gamma function: series below a + 1, continued fraction above.
    static func gammaCDF(_ x: Double, shape a: Double) -> Double {
        if x <= 0 { return 0 }
        let front = exp(a * log(x) - x - lgamma(a))
        if x < a + 1 {
            var term = 1 / a
            var sum = term
            var n = a
            while term > sum * 1e-16 {
                n += 1
                term *= x / n
                sum += term
            }
            return sum * front
        }
        // Lentz's method.
        var b = x + 1 - a
        var c = 1e300
        var d = 1 / b
        var h = d
        for i in 1..<10_000 {
            let an = -Double(i) * (Double(i) - a)
            b += 2
            d = 1 / (an * d + b)
            c = b + an / c
            let delta = d * c
            h *= delta
            if abs(delta - 1) < 1e-15 { break }
        }
        return 1 - front * h
    }

    static func mean(_ sample: [Double]) -> Double { sample.reduce(0, +) / Double(sample.count) }

    /// The `order`th central moment of a sample about `center`.
    static func moment(_ sample: [Double], order: Int, about center: Double) -> Double {
        sample.reduce(0) { $0 + pow($1 - center, Double(order)) } / Double(sample.count)
    }
}

extension Distribution {
    /// P(X <= x) in closed form; `nil` for shapes with jumps.
    func cdf(_ seconds: Double) -> Double? {
        let x = seconds - offset.seconds
        switch shape {
        case .deterministic, .empirical: return nil
        case .uniform(let low, let high): return min(max((x - low) / (high - low), 0), 1)
        case .exponential(let mean): return 1 - exp(-x / mean)
        case .erlang(let shape, let mean):
            return Statistics.gammaCDF(x / mean * Double(shape), shape: Double(shape))
        case .gamma(let shape, let mean):
            return Statistics.gammaCDF(x / mean * shape, shape: shape)
        case .lognormal(let median, let sigma):
            return x <= 0 ? 0 : Statistics.normalCDF(log(x / median) / sigma)
        case .weibull(let shape, let scale): return x <= 0 ? 0 : 1 - exp(-pow(x / scale, shape))
        case .boundedPareto(let shape, let low, let high):
            return (1 - pow(low / min(max(x, low), high), shape)) / (1 - pow(low / high, shape))
        case .hyperexponential(let branches):
            return branches.reduce(0) { $0 + $1.probability * (1 - exp(-x / $1.mean)) }
        }
    }

    /// Draws for the identities 0..<`count`, in seconds.
    func draws(_ count: Int, seed: UInt64) -> [Double] {
        var tables = SamplerTables()
        let sampler = Sampler(self, tables: &tables)
        return (0..<UInt64(count)).map {
            sampler.sample(DrawKey(seed: seed, identity: $0, purpose: .test), tables).seconds
        }
    }
}

/// Deterministic numbers for tests: the blocks of one draw key after another.
struct TestNumbers: RandomNumberGenerator {
    let seed: UInt64
    var position: UInt64 = 0

    init(seed: UInt64) { self.seed = seed }

    mutating func next() -> UInt64 {
        position += 1
        return DrawKey(seed: seed, identity: position, purpose: .test).block(0).0
    }

    mutating func uniform() -> Double { openUnitInterval(next()) }
}
