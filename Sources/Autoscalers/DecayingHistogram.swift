import Kernel

/// Buckets that grow by a constant ratio: the first from zero on, the last without an end.
struct HistogramBuckets: Hashable, Sendable {
    /// Ascending; the last is the least that is not below `most`.
    let starts: [Double]

    /// - Parameters:
    ///   - first: the width of the first bucket, > 0.
    ///   - most: values from here on are not told apart, > `first`.
    ///   - ratio: of the width of a bucket to that of the one before, > 1.
    init(first: Double, most: Double, ratio: Double) {
        var starts = [0.0]
        var width = first
        while starts[starts.count - 1] < most {
            starts.append(starts[starts.count - 1] + width)
            width *= ratio
        }
        self.starts = starts
    }

    /// Cores, from 0.01 to 1,000; every bucket is 5 % wider than the one before.
    static let cpu = HistogramBuckets(first: 0.01, most: 1_000, ratio: 1.05)
    /// Bytes, from 10 MB to 1 TB.
    static let memory = HistogramBuckets(first: 1e7, most: 1e12, ratio: 1.05)

    /// The bucket that a value falls into. O(log buckets).
    func index(of value: Double) -> Int {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= value { low = middle } else { high = middle }
        }
        return low
    }
}

/// Samples whose weight halves in every half-life, and their percentiles.
///
/// Follows `decayingHistogram` of Kubernetes' Vertical Pod Autoscaler (pkg/recommender/util): not old weights are made
/// smaller, new ones are larger, relative to an instant of reference that moves on when numbers get too large. A
/// percentile is the end of the bucket in which it lies: never too small.
struct DecayingHistogram: Hashable, Sendable {
    private let buckets: HistogramBuckets
    private let halfLife: SimulatedDuration
    private var weights: [Double]
    private var total = 0.0
    /// A sample of this instant weighs what it is said to weigh.
    private var reference = SimulatedInstant.start

    /// Weights below this are none.
    private static let epsilon = 0.000_1
    /// New weights are at most 2 to the power of this times their own.
    private static let mostHalfLives = 100.0

    /// `halfLife` > 0.
    init(_ buckets: HistogramBuckets, halfLife: SimulatedDuration) {
        self.buckets = buckets
        self.halfLife = halfLife
        weights = Array(repeating: 0, count: buckets.starts.count)
    }

    var isEmpty: Bool { !weights.contains { $0 >= Self.epsilon } }

    mutating func add(_ value: Double, weight: Double, at instant: SimulatedInstant) {
        let grown = weight * growth(at: instant)
        weights[buckets.index(of: value)] += grown
        total += grown
    }

    /// Takes away what was added with the same value, weight and instant.
    mutating func subtract(_ value: Double, weight: Double, at instant: SimulatedInstant) {
        let grown = weight * growth(at: instant)
        let bucket = buckets.index(of: value)
        total = Self.difference(total, grown)
        weights[bucket] = Self.difference(weights[bucket], grown)
    }

    /// The end of the bucket up to which `fraction` (0...1) of the weight lies; 0 if there is none. O(buckets).
    func percentile(_ fraction: Double) -> Double {
        guard let first = weights.firstIndex(where: { $0 >= Self.epsilon }),
            let last = weights.lastIndex(where: { $0 >= Self.epsilon })
        else { return 0 }
        let threshold = fraction * total
        var (sum, bucket) = (0.0, first)
        while bucket < last {
            sum += weights[bucket]
            if sum >= threshold { break }
            bucket += 1
        }
        return buckets.starts[min(bucket + 1, buckets.starts.count - 1)]
    }

    private static func difference(_ value: Double, _ other: Double) -> Double {
        value - other < epsilon ? 0 : value - other
    }

    private mutating func growth(at instant: SimulatedInstant) -> Double {
        func halfLives() -> Double { (instant - reference).seconds / halfLife.seconds }
        if halfLives() > Self.mostHalfLives { moveReference(to: instant) }
        return ExactMath.exp(halfLives() * 0.693_147_180_559_945_3)
    }

    /// Moves the reference by whole half-lives, so that weights change by powers of two.
    private mutating func moveReference(to instant: SimulatedInstant) {
        let steps = ((instant - reference).seconds / halfLife.seconds).rounded()
        let factor = Double(sign: .plus, exponent: -Int(min(steps, 1_022)), significand: 1)
        for bucket in weights.indices { weights[bucket] *= factor }
        total *= factor
        reference =
            reference
            + SimulatedDuration(
                nanoseconds: halfLife.nanoseconds.multipliedReportingOverflow(by: Int64(steps))
                    .partialValue)
    }
}
