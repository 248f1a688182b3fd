extension Distribution {
    /// The mean in seconds, offset included, before rounding to nanoseconds.
    public var mean: Double { shape.moment(1) + offset.seconds }

    /// The variance in seconds squared, before rounding to nanoseconds.
    public var variance: Double {
        switch shape {
        case .deterministic: return 0
        case .uniform(let low, let high): return (high - low) * (high - low) / 12
        case .exponential(let mean): return mean * mean
        case .erlang(let shape, let mean): return mean * mean / Double(shape)
        case .gamma(let shape, let mean): return mean * mean / shape
        case .lognormal(let median, let sigma):
            let spread = ExactMath.exp(sigma * sigma)
            return median * median * spread * (spread - 1)
        case .empirical(let values):
            let mean = shape.moment(1)
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            return squares / Double(values.count)
        case .weibull, .boundedPareto, .hyperexponential:
            let mean = shape.moment(1)
            return Swift.max(0, shape.moment(2) - mean * mean)
        }
    }

    /// Variance over squared mean, offset included: 0 for a constant, 1 for an exponential; 0 when
    /// the mean is zero.
    public var squaredCoefficientOfVariation: Double {
        let mean = mean
        return mean == 0 ? 0 : variance / (mean * mean)
    }
}

extension Distribution.Shape {
    /// E[X^`order`] in seconds to that power, for order 1 or 2.
    func moment(_ order: Int) -> Double {
        let n = Double(order)
        switch self {
        case .deterministic(let value): return ExactMath.pow(value, n)
        case .uniform(let low, let high):
            return order == 1 ? (low + high) / 2 : (low * low + low * high + high * high) / 3
        case .exponential(let mean): return order == 1 ? mean : 2 * mean * mean
        case .erlang(let shape, let mean): return gammaMoment(order, Double(shape), mean)
        case .gamma(let shape, let mean): return gammaMoment(order, shape, mean)
        case .lognormal(let median, let sigma):
            return ExactMath.pow(median, n) * ExactMath.exp(n * n * sigma * sigma / 2)
        case .weibull(let shape, let scale):
            return ExactMath.pow(scale, n) * ExactMath.exp(ExactMath.logGamma(1 + n / shape))
        case .boundedPareto(let shape, let low, let high):
            // L^n (e^t - 1)/t over the same of u, with t = (shape - n) ln(L/H), u = shape ln(L/H):
            // the textbook formula, written so that shape = n is no special case.
            let ratio = ExactMath.log(low / high)
            return ExactMath.pow(low, n) * relativeExpMinusOne((shape - n) * ratio)
                / relativeExpMinusOne(shape * ratio)
        case .hyperexponential(let branches):
            return branches.reduce(0) {
                $0 + $1.probability * (order == 1 ? $1.mean : 2 * $1.mean * $1.mean)
            }
        case .empirical(let values):
            return values.reduce(0) { $0 + ExactMath.pow($1, n) } / Double(values.count)
        }
    }
}

private func gammaMoment(_ order: Int, _ shape: Double, _ mean: Double) -> Double {
    order == 1 ? mean : mean * mean * (1 + 1 / shape)
}

/// (e^x - 1) / x, which is 1 at zero.
private func relativeExpMinusOne(_ x: Double) -> Double {
    if x.magnitude < 0.01 {
        return 1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6))))
    }
    return (ExactMath.exp(x) - 1) / x
}

extension ExactMath {
    /// ln Γ(`x`) for x >= 1, within 10⁻¹⁴: Lanczos's approximation with g = 7 and nine terms.
    static func logGamma(_ x: Double) -> Double {
        let coefficients = [
            676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
            12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
            1.5056327351493116e-7,
        ]
        var sum = 0.99999999999980993
        for (index, coefficient) in coefficients.enumerated() {
            sum += coefficient / (x + Double(index))
        }
        let t = x + 6.5
        return 0.91893853320467274178 + (x - 0.5) * log(t) - t + log(sum)
    }
}
