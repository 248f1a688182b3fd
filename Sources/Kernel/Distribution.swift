/// How a duration varies: a shape in seconds, plus a constant.
///
/// All parameters are finite and in the range their case names; `Topology` refuses others.
public struct Distribution: Hashable, Sendable {
    /// The part that varies. Every parameter that is a time is in seconds.
    public enum Shape: Hashable, Sendable {
        /// Always `value` >= 0.
        case deterministic(value: Double)
        /// Even between `low` and `high`, 0 <= low <= high.
        case uniform(low: Double, high: Double)
        /// Mean > 0.
        case exponential(mean: Double)
        /// Sum of `shape` >= 1 exponentials whose sum has the `mean` > 0.
        case erlang(shape: Int, mean: Double)
        /// Gamma with `shape` > 0 and `mean` > 0 (scale = mean / shape).
        case gamma(shape: Double, mean: Double)
        /// exp(N(ln `median`, `sigma`²)), median > 0, sigma >= 0.
        case lognormal(median: Double, sigma: Double)
        /// Weibull with `shape` > 0 and `scale` > 0.
        case weibull(shape: Double, scale: Double)
        /// Pareto with tail index `shape` > 0 cut to `low`...`high`, 0 < low < high.
        case boundedPareto(shape: Double, low: Double, high: Double)
        /// With probability p_i an exponential of mean m_i; the p_i sum to one.
        case hyperexponential(branches: [Branch])
        /// One of `values` (>= 0, at least one), each equally likely.
        case empirical(values: [Double])
    }

    public struct Branch: Hashable, Sendable {
        public var probability: Double
        public var mean: Double
        public init(probability: Double, mean: Double) {
            self.probability = probability
            self.mean = mean
        }
    }

    public var shape: Shape
    /// Added to every value drawn from `shape`; >= 0. For a latency it is what guarantees lookahead.
    public var offset: SimulatedDuration

    public init(_ shape: Shape, offset: SimulatedDuration = .zero) {
        self.shape = shape
        self.offset = offset
    }

    /// Always `duration` >= 0.
    public static func constant(_ duration: SimulatedDuration) -> Self {
        Self(.deterministic(value: duration.seconds))
    }
}
