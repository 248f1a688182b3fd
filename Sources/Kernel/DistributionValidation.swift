extension Distribution {
    /// The longest time a parameter may be: 2⁵⁹ ns, 18 years.
    public static let longestParameter = 0x1p59 / 1e9
    /// An Erlang of more stages than this is asked to be a gamma.
    public static let mostErlangStages = 10_000

    /// What is wrong with the parameters, as a sentence for a person; `nil` when nothing is.
    public var problem: String? {
        if offset < .zero { return "The offset must not be negative." }
        if offset.nanoseconds > 1 << 59 { return "The offset must be at most 18 years." }
        if let problem = shape.problem { return problem }
        let mean = shape.moment(1)
        if !(mean <= Self.longestParameter) {
            return "The mean of these parameters is beyond 18 years."
        }
        return nil
    }
}

extension Distribution.Shape {
    fileprivate var problem: String? {
        switch self {
        case .deterministic(let value):
            return time(value, "value", allowsZero: true)
        case .uniform(let low, let high):
            return time(low, "low", allowsZero: true) ?? time(high, "high", allowsZero: true)
                ?? (low <= high ? nil : "low (\(low)) must not be above high (\(high)).")
        case .exponential(let mean):
            return time(mean, "mean")
        case .erlang(let stages, let mean):
            let most = Distribution.mostErlangStages
            return time(mean, "mean")
                ?? (stages >= 1 ? nil : "shape must be at least 1, not \(stages).")
                ?? (stages <= most
                    ? nil : "shape must be at most \(most), not \(stages); use a gamma for more.")
        case .gamma(let shape, let mean):
            return time(mean, "mean") ?? number(shape, "shape", from: 0.01, to: 1e9)
        case .lognormal(let median, let sigma):
            return time(median, "median") ?? number(sigma, "sigma", from: 0, to: 20)
        case .weibull(let shape, let scale):
            return time(scale, "scale") ?? number(shape, "shape", from: 0.01, to: 1000)
        case .boundedPareto(let shape, let low, let high):
            return number(shape, "shape", from: 0.001, to: 1000)
                ?? time(low, "low") ?? time(high, "high")
                ?? (low >= 1e-9 ? nil : "low must be at least a nanosecond, not \(low) s.")
                ?? (low < high ? nil : "low (\(low)) must be below high (\(high)).")
        case .hyperexponential(let branches):
            return problemOfBranches(branches)
        case .empirical(let values):
            if values.isEmpty { return "There must be at least one value." }
            return values.lazy.compactMap { time($0, "each value", allowsZero: true) }.first
        }
    }
}

private func problemOfBranches(_ branches: [Distribution.Branch]) -> String? {
    if branches.isEmpty { return "There must be at least one branch." }
    var sum = 0.0
    for branch in branches {
        let problem =
            number(branch.probability, "the probability of a branch", from: 0, to: 1)
            ?? time(branch.mean, "the mean of a branch")
        if let problem { return problem }
        sum += branch.probability
    }
    return (sum - 1).magnitude <= 1e-9
        ? nil : "The probabilities of the branches must sum to 1, not to \(sum)."
}

private func time(_ value: Double, _ name: String, allowsZero: Bool = false) -> String? {
    if !value.isFinite { return "\(name) must be a number, not \(value)." }
    if value < 0 || (value == 0 && !allowsZero) {
        return "\(name) must \(allowsZero ? "not be negative" : "be above zero"), not \(value) s."
    }
    return value <= Distribution.longestParameter
        ? nil : "\(name) must be at most 18 years, not \(value) s."
}

private func number(
    _ value: Double, _ name: String, from low: Double, to high: Double
) -> String? {
    value >= low && value <= high
        ? nil : "\(name) must be between \(low) and \(high), not \(value)."
}
