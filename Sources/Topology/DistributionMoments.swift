import Foundation
import Kernel

extension Distribution {
    /// No value drawn is below this: the offset plus the least of the shape, in whole nanoseconds.
    var smallest: SimulatedDuration {
        let least: Double =
            switch shape {
            case .deterministic(let value): value
            case .uniform(let low, _): low
            case .boundedPareto(_, let low, _): low
            case .empirical(let values): values.min() ?? 0
            case .lognormal(let median, let sigma): sigma == 0 ? median : 0
            case .exponential, .erlang, .gamma, .weibull, .hyperexponential: 0
            }
        return SimulatedDuration(seconds: least) + offset
    }

    /// The mean in seconds, offset included.
    var average: Double { shapeAverage + offset.seconds }

    private var shapeAverage: Double {
        switch shape {
        case .deterministic(let value): value
        case .uniform(let low, let high): (low + high) / 2
        case .exponential(let mean), .erlang(_, let mean), .gamma(_, let mean): mean
        case .lognormal(let median, let sigma): median * exp(sigma * sigma / 2)
        case .weibull(let shape, let scale): scale * tgamma(1 + 1 / shape)
        case .boundedPareto(let shape, let low, let high):
            Self.boundedParetoAverage(shape, low, high)
        case .hyperexponential(let branches):
            branches.reduce(0) { $0 + $1.probability * $1.mean }
        case .empirical(let values): values.reduce(0, +) / Double(values.count)
        }
    }

    /// The integral of x f(x) with f(x) = a L^a x^(-a-1) / (1 - (L/H)^a).
    private static func boundedParetoAverage(
        _ shape: Double, _ low: Double, _ high: Double
    ) -> Double {
        let ratio = low / high
        let mass = -expm1(shape * log(ratio))
        guard abs(shape - 1) > 1e-9 else { return low * log(high / low) / mass }
        return shape / (shape - 1) * low * -expm1((shape - 1) * log(ratio)) / mass
    }
}
