package import Kernel

/// What a replica refuses before a request may wait for a thread. Refused requests are answered at
/// once with ``Outcome/shed``.
package struct AdmissionDescription: Hashable, Sendable {
    package var bucket: BucketDescription?
    package var shedding: SheddingDescription?
    package var limit: AdaptiveLimitDescription?

    package init() {}
}

/// A rate limit of each replica.
package struct BucketDescription: Hashable, Sendable {
    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// `burst` tokens at most, refilled at `rate`; a request takes one or is refused.
        case token
        /// Requests leave at the even spacing 1/`rate`; one that would wait behind more than `burst`
        /// others is refused. A request waits its turn before it may wait for a thread.
        case leaky
    }
    package var kind: Kind
    /// Requests a second, > 0.
    package var rate: Double
    /// >= 1.
    package var burst: Double
    package init(kind: Kind, rate: Double, burst: Double) {
        self.kind = kind
        self.rate = rate
        self.burst = burst
    }
}

/// Load shedding: which requests are refused once the replica is too busy.
package struct SheddingDescription: Hashable, Sendable {
    package enum Signal: UInt8, Hashable, Sendable, CaseIterable {
        /// Requests that wait for a thread.
        case queue
        /// Exponentially weighted utilisation of the cores that faults leave the replica, in 0...1, with
        /// `memory` as its time constant; 1 when they leave none.
        case cpu
        /// Requests admitted or waiting.
        case requests
    }
    package var signal: Signal
    /// From this value on requests are refused.
    package var threshold: Double
    /// With k classes of priority, class i (0 is the most important) is refused from
    /// `threshold`·(1 + (k-1-i)·`headroom`) on. Zero: all alike.
    package var headroom: Double
    /// The time constant of `cpu`, > 0.
    package var memory: SimulatedDuration
    package init(
        signal: Signal, threshold: Double, headroom: Double = 0,
        memory: SimulatedDuration = .seconds(1)
    ) {
        self.signal = signal
        self.threshold = threshold
        self.headroom = headroom
        self.memory = memory
    }
}

/// A limit on a replica's concurrency that follows measured latency. A request over the limit is
/// refused.
package struct AdaptiveLimitDescription: Hashable, Sendable {
    package enum Algorithm: Hashable, Sendable {
        /// Adds one a limit's worth of answers; multiplies by `backoff` when an answer took longer than
        /// `timeout` or the request expired.
        case additiveIncrease(backoff: Double, timeout: SimulatedDuration)
        /// Netflix' concurrency-limits, VegasLimit: queue = L·(1 - minimum/latency). With ℓ = max(1, ⌊log₁₀ L⌋):
        /// +β up to a queue of ℓ, +ℓ below α, -ℓ above β or when a request expired. `nil`: α = 3ℓ, β = 6ℓ.
        case vegas(alpha: Double?, beta: Double?)
        /// Netflix' concurrency-limits, Gradient2Limit.
        case gradient(tolerance: Double, smoothing: Double)
    }
    /// Of Vegas: the least α and β that are not given.
    package static let leastAlpha = 3.0
    package static let leastBeta = 6.0

    package var algorithm: Algorithm
    /// >= 1.
    package var initial: Double
    package var minimum: Double
    package var maximum: Double
    package init(
        algorithm: Algorithm, initial: Double = 20, minimum: Double = 1, maximum: Double = 1_000
    ) {
        self.algorithm = algorithm
        self.initial = initial
        self.minimum = minimum
        self.maximum = maximum
    }
}
