package import Kernel

/// A concurrency limit that follows measured latency. A state belongs to one
/// ``AdaptiveLimitDescription``: pass the same one every time.
///
/// `vegas` and `gradient` are `VegasLimit` and `Gradient2Limit` of Netflix' concurrency-limits,
/// operation for operation, fed with every answer. `additiveIncrease` is its `AIMDLimit`, except that
/// it grows by one over the limit with an answer, since Netflix feeds that one once a window.
package struct AdaptiveLimitState: BitwiseCopyable, Sendable {
    private var estimate: Double
    /// Vegas: the latency without load, in nanoseconds; zero when unknown.
    private var leastLatency: Int64 = 0
    /// Vegas: a share, in 0.5...1, that spreads the probes of several limits.
    private var probeJitter: Double = 0.75
    /// Vegas: answers since the last probe.
    private var probeCount: Int64 = 0
    /// Gradient: the exponential average of latency, in nanoseconds.
    private var longLatency = 0.0
    /// Gradient: the sum of the first latencies, and how many there were.
    private var warmUpSum = 0.0
    private var warmUpCount: Int64 = 0

    /// `draw` is uniform in 0...1.
    package init(_ description: AdaptiveLimitDescription, draw: Double) {
        estimate = max(1, description.initial)
        probeJitter = 0.5 + 0.5 * draw
    }

    /// Requests that may be in the replica at once; >= 1.
    package var limit: Int { Int(min(max(estimate, 1), 1e15)) }

    /// A request was answered.
    ///
    /// `latency` is the time from its arrival to its answer; less than a nanosecond counts as one.
    /// `inFlight` is the number of requests in the replica as it was let in, itself included.
    /// `dropped` says whether its time ran out, in the queue or later; other failures are answers like any.
    /// `draw`, uniform in 0...1, spreads the probes of `vegas`.
    package mutating func noteAnswer(
        latency: SimulatedDuration, inFlight: Int, dropped: Bool, draw: Double,
        under description: AdaptiveLimitDescription
    ) {
        let latency = max(1, latency.nanoseconds)
        switch description.algorithm {
        case .additiveIncrease(let backoff, let timeout):
            if dropped || latency > timeout.nanoseconds {
                estimate *= backoff
            } else if Double(inFlight) * 2 >= estimate {
                estimate += 1 / estimate
            }
            keepWithin(description)
        case .vegas(let alpha, let beta):
            noteVegas(latency, inFlight, dropped, draw, alpha, beta, description)
        case .gradient(let tolerance, let smoothing):
            noteGradient(latency, inFlight, tolerance, smoothing, description)
        }
    }

    package var isValid: Bool {
        estimate >= 1 && estimate <= 1e15 && leastLatency >= 0 && probeJitter >= 0.5
            && probeJitter <= 1 && probeCount >= 0 && probeCount < 1 << 62 && longLatency >= 0
            && longLatency.isFinite && warmUpSum >= 0 && warmUpSum.isFinite && warmUpCount >= 0
            && warmUpCount <= Self.warmUp
    }

    private mutating func keepWithin(_ description: AdaptiveLimitDescription) {
        estimate = max(max(1, description.minimum), min(description.maximum, estimate))
    }

    // MARK: Vegas

    /// A new latency without load is measured every this many limits' worth of answers at most.
    private static let probeMultiplier = 30.0

    private mutating func noteVegas(
        _ latency: Int64, _ inFlight: Int, _ dropped: Bool, _ draw: Double, _ alpha: Double?,
        _ beta: Double?, _ description: AdaptiveLimitDescription
    ) {
        probeCount += 1
        if probeJitter * Self.probeMultiplier * estimate <= Double(probeCount) {
            probeJitter = 0.5 + 0.5 * draw
            probeCount = 0
            leastLatency = latency
            return
        }
        if leastLatency == 0 || latency < leastLatency {
            leastLatency = latency
            return
        }
        let queue = (estimate * (1 - Double(leastLatency) / Double(latency))).rounded(.up)
        let step = Self.logarithm(limit)
        let alpha = alpha ?? AdaptiveLimitDescription.leastAlpha * step
        let beta = beta ?? AdaptiveLimitDescription.leastBeta * step
        if dropped {
            estimate -= step
        } else if Double(inFlight) * 2 < estimate {
            return
        } else if queue <= step {
            estimate += beta
        } else if queue < alpha {
            estimate += step
        } else if queue > beta {
            estimate -= step
        } else {
            return
        }
        keepWithin(description)
    }

    /// max(1, ⌊log₁₀ `value`⌋).
    private static func logarithm(_ value: Int) -> Double {
        var digits = 0.0
        var rest = value
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        return max(1, digits)
    }

    // MARK: Gradient

    /// Answers whose plain mean begins the exponential average of this window.
    private static let warmUp: Int64 = 10
    private static let longWindow = 600.0
    /// What the limit may grow by with one answer, before smoothing.
    private static let queueAllowance = 4.0

    private mutating func noteGradient(
        _ latency: Int64, _ inFlight: Int, _ tolerance: Double, _ smoothing: Double,
        _ description: AdaptiveLimitDescription
    ) {
        let short = Double(latency)
        if warmUpCount < Self.warmUp {
            warmUpCount += 1
            warmUpSum += short
            longLatency = warmUpSum / Double(warmUpCount)
        } else {
            let factor = 2 / (Self.longWindow + 1)
            longLatency = longLatency * (1 - factor) + short * factor
        }
        let long = longLatency
        // Back from a long overload: forget it sooner.
        if long / short > 2 { longLatency *= 0.95 }
        if Double(inFlight) < estimate / 2 { return }
        let gradient = max(0.5, min(1, tolerance * long / short))
        let target = estimate * gradient + Self.queueAllowance
        estimate = estimate * (1 - smoothing) + target * smoothing
        keepWithin(description)
    }
}
