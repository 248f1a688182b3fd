package import Kernel

/// How one service calls another: what each replica of the caller does about failures, and how it
/// chooses among the callee's replicas. All calls of one service to another share it.
///
/// State (budgets, breakers, pools, views of the callee) is kept by each replica of the caller for
/// itself: it knows what it has seen, not what is true.
package struct CallPolicy: Hashable, Sendable {
    package var retry: RetryPolicy?
    package var budget: RetryBudget?
    package var hedge: HedgePolicy?
    package var breaker: CircuitBreakerDescription?
    package var pool: PoolDescription?
    package var throttle: ThrottleDescription?
    package var ejection: EjectionDescription?
    /// `nil`: see ``choice``.
    package var balancing: CallerBalancing?
    /// Whether a call carries the deadline by which its answer is of use to anyone: the earlier of
    /// its own time-out and the deadline of the request it is made for.
    package var propagatesDeadline = false
    /// Whether the callee is told when the caller gives up, so that it stops.
    package var cancels = false

    package init() {}
    package var isPlain: Bool { self == CallPolicy() }

    /// How the caller chooses a replica; `nil` when the callee's own load balancer does it.
    ///
    /// A pool of pinned connections needs a replica for each, and ejection replicas to leave out: with
    /// them, a caller that is not told how to choose goes round.
    package var choice: CallerBalancing? {
        balancing ?? (pool?.isPinned == true || ejection != nil ? .roundRobin : nil)
    }
}

package struct RetryPolicy: Hashable, Sendable, BitwiseCopyable {
    /// Attempts in all, the first included; >= 1.
    package var attempts: Int
    package var backoff: BackoffDescription
    /// Which failures are tried again.
    package var on: FailureSet
    /// No attempt starts later than this after the first, if given.
    package var within: SimulatedDuration?
    package init(
        attempts: Int, backoff: BackoffDescription = .none, on: FailureSet = .all,
        within: SimulatedDuration? = nil
    ) {
        self.attempts = attempts
        self.backoff = backoff
        self.on = on
        self.within = within
    }
}

/// The wait before attempt n + 1 (n = 1 for the first retry).
package struct BackoffDescription: Hashable, Sendable, BitwiseCopyable {
    package enum Jitter: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// min(cap, base·factorⁿ⁻¹).
        case none
        /// Uniform in 0...that.
        case full
        /// Half of that and uniform in 0...the other half.
        case equal
        /// min(cap, uniform in base...3·the wait before); the first wait from base.
        case decorrelated
        /// That times uniform in 0.8...1.2 (gRPC A6).
        case proportional
    }
    package var base: SimulatedDuration
    package var factor: Double
    package var cap: SimulatedDuration
    package var jitter: Jitter
    package init(
        base: SimulatedDuration, factor: Double = 2, cap: SimulatedDuration = .seconds(60),
        jitter: Jitter = .full
    ) {
        self.base = base
        self.factor = factor
        self.cap = cap
        self.jitter = jitter
    }
    /// Try again at once.
    package static var none: Self { Self(base: .zero, jitter: .none) }
}

/// Ways in which a call can end badly, as its caller sees it.
package struct FailureSet: OptionSet, Hashable, Sendable, BitwiseCopyable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package static let timeout = Self(rawValue: 1 << 0)
    package static let rejected = Self(rawValue: 1 << 1)
    package static let failed = Self(rawValue: 1 << 2)
    package static let shed = Self(rawValue: 1 << 3)
    package static let expired = Self(rawValue: 1 << 4)
    package static let unavailable = Self(rawValue: 1 << 5)
    package static let error = Self(rawValue: 1 << 6)
    package static let conflict = Self(rawValue: 1 << 7)
    /// Refused by the caller itself: an open breaker, a full pool, its throttle.
    package static let refused = Self(rawValue: 1 << 8)
    /// Everything but `refused`.
    package static let all = Self(rawValue: 0xFF)
}

/// What keeps retries from becoming the load. A retry that the budget denies is not made: the call
/// fails with what its last attempt brought.
package enum RetryBudget: Hashable, Sendable, BitwiseCopyable {
    /// Linkerd, Finagle: within `window` (ttl), retries may be `ratio` of the calls plus
    /// `minimum` a second.
    case ratio(Double, minimum: Double, window: SimulatedDuration)
    /// gRPC A6: `maximum` tokens; a failure takes one, a success returns `ratio`; no retry while
    /// there are no more than half.
    case tokens(maximum: Double, ratio: Double)
    /// Brooker, AWS SDK: a bucket of `capacity`; a retry takes one, a success returns `ratio`.
    case bucket(capacity: Double, ratio: Double)
    /// Envoy: this many retries at a time.
    case concurrent(Int)
    /// SRE chapter 21: retries may be this share of the caller's attempts (its per-client budget;
    /// the per-request budget is ``RetryPolicy/attempts``), over `window`.
    case share(Double, window: SimulatedDuration)
}

package struct HedgePolicy: Hashable, Sendable, BitwiseCopyable {
    package enum Delay: Hashable, Sendable, BitwiseCopyable {
        case fixed(SimulatedDuration)
        /// This quantile, in 0..<1, of the latencies seen so far by the caller's replica; no hedges
        /// before 100 answers.
        case quantile(Double)
    }
    package var delay: Delay
    /// Extra attempts at most, >= 1.
    package var most: Int
    /// Hedges may be this share of the calls at most.
    package var cap: Double
    package init(delay: Delay, most: Int = 1, cap: Double = 1) {
        self.delay = delay
        self.most = most
        self.cap = cap
    }
}

package struct CircuitBreakerDescription: Hashable, Sendable, BitwiseCopyable {
    package enum Trip: Hashable, Sendable, BitwiseCopyable {
        /// This many failures in a row.
        case consecutive(Int)
        /// A share of failures, in 0...1, over a sliding window of ten parts with `minimum` calls.
        case rate(Double, window: SimulatedDuration, minimum: Int)
    }
    package var trip: Trip
    /// How long it stays open before it lets probes through.
    package var openFor: SimulatedDuration
    /// Calls let through while half open; all must succeed to close it, one failure opens it again.
    package var probes: Int
    package init(trip: Trip, openFor: SimulatedDuration, probes: Int = 1) {
        self.trip = trip
        self.openFor = openFor
        self.probes = probes
    }
}

/// A bound on the calls that one replica of the caller has outstanding to the callee: a bulkhead, or
/// a pool of connections.
package struct PoolDescription: Hashable, Sendable {
    package enum Order: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// The connection that was given back last is used first.
        case mostRecent
        /// The one that has been idle longest.
        case leastRecent
    }
    /// >= 1.
    package var size: Int
    /// Calls that may wait for a place; `nil` without bound.
    package var queue: Int?
    /// How long a call may wait for a place; `nil` for ever.
    package var wait: SimulatedDuration?
    /// What a connection costs that is not there yet; `nil` makes this a bulkhead.
    package var setup: Distribution?
    /// An idle connection closes after this long; `nil` never.
    package var idle: SimulatedDuration?
    package var order: Order
    /// Whether a connection stays with the replica that it was first made to.
    package var isPinned: Bool
    package init(
        size: Int, queue: Int? = nil, wait: SimulatedDuration? = nil, setup: Distribution? = nil,
        idle: SimulatedDuration? = nil, order: Order = .mostRecent, isPinned: Bool = false
    ) {
        self.size = size
        self.queue = queue
        self.wait = wait
        self.setup = setup
        self.idle = idle
        self.order = order
        self.isPinned = isPinned
    }
}

/// Client-side adaptive throttling (SRE chapter 21): a call is refused by the caller itself with the
/// probability max(0, (requests - K·accepts)/(requests + 1)), counted over `window` as calls end.
package struct ThrottleDescription: Hashable, Sendable, BitwiseCopyable {
    /// >= 1.
    package var multiplier: Double
    package var window: SimulatedDuration
    package init(multiplier: Double = 2, window: SimulatedDuration = .seconds(120)) {
        self.multiplier = multiplier
        self.window = window
    }
}

/// Outlier ejection: a replica that fails this replica's calls is not called for a while.
package struct EjectionDescription: Hashable, Sendable, BitwiseCopyable {
    /// Failures in a row that eject.
    package var consecutive: Int
    /// The n-th ejection of a replica in a row lasts n times this...
    package var base: SimulatedDuration
    /// ...and no longer than this.
    package var cap: SimulatedDuration
    /// Share of the callee's replicas that may be ejected at once, in 0...1; at least one may.
    package var most: Double
    /// When less than this share, in 0...1, of the replicas is left, all are called again (panic).
    package var panic: Double
    package init(
        consecutive: Int = 5, base: SimulatedDuration = .seconds(30),
        cap: SimulatedDuration = .seconds(300), most: Double = 0.1, panic: Double = 0.5
    ) {
        self.consecutive = consecutive
        self.base = base
        self.cap = cap
        self.most = most
        self.panic = panic
    }
}

/// How a replica of the caller chooses among the callee's replicas, from what it has seen itself.
package enum CallerBalancing: Hashable, Sendable {
    case roundRobin
    case random
    /// In proportion to these weights, one a replica of the callee, >= 0, not all zero.
    case weighted([Double])
    /// The fewest calls of its own outstanding; of several, a keyed draw.
    case leastRequests
    /// The better by outstanding calls of two drawn at random (Mitzenmacher).
    case twoChoices
    /// By the request's key, or by the user's request without one, on a ring of points.
    case ringHash
    /// Round robin over a subset of this size (deterministic subsetting, SRE chapter 20).
    case subset(Int)
    /// Round robin over the replicas in the caller's zone, over all when none is left there.
    case zoneLocal
}
