/// What a random draw is for, so that no two uses of one identity share their bits.
///
/// Raw values are part of every result and of the wire protocol: add new ones, never renumber.
public enum DrawPurpose: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// How long a request holds a core in one of its steps.
    case serviceTime = 1
    /// How long a request travels to its callee.
    case requestLatency = 2
    /// How long an answer travels back.
    case responseLatency = 3
    /// When the next user's request arrives.
    case arrival = 4
    /// Which of several calls is made.
    case callChoice = 5
    /// Whether a call is made at all.
    case callProbability = 6
    /// Which replica takes a request.
    case balancing = 7
    /// How long a caller waits before it tries again.
    case retryDelay = 8
    /// Delays inside the control plane: scheduling, provisioning, pulling an image, starting.
    case controlPlane = 9
    /// The handshake's comparison of two builds.
    case fingerprint = 10
    /// The PHOLD benchmark model.
    case phold = 11
    /// How fast a replica is.
    case replicaSpeed = 12
    /// How long a replica is scheduled, pulled and started, and when its first probes are due.
    case lifeCycle = 20
    /// When a random fault comes and goes, and the latency that a fault adds.
    case fault = 21
    /// How long a probe holds a core.
    case probe = 22
    /// Whether a fault loses a message.
    case messageLoss = 23
    /// When and where a hedge is sent.
    case hedge = 24
    /// Which key of a keyspace a user's request is about.
    case key = 40
    /// How late a read replica applies a write.
    case replicationLag = 41
    /// How much core time it needs for that.
    case replicationWork = 42
    /// How long a user thinks before the next request.
    case userThink = 43
    /// How long a user waits before trying again by hand.
    case userRetryDelay = 44
    /// Whether a user tries again by hand.
    case userPersistence = 45
    /// When a user of a closed population acts for the first time.
    case userStart = 46
    /// Whether a user sends another request in the same session.
    case userSession = 47
    /// Which endpoint a user's request goes to.
    case userEndpoint = 48
    /// How long a modulated arrival process stays in a state.
    case modulation = 49
    /// How long a user waits for an answer, and how long a request waits in a queue.
    case patience = 50
    /// Whether a step fails by itself.
    case failure = 60
    /// Whether steps are done at all.
    case branch = 61
    /// Whether a caller throttles itself.
    case throttle = 62
    /// What a new connection costs.
    case connection = 63
    /// Whether a user's request is traced.
    case traceSampling = 90
    /// Tests that need numbers of their own.
    case test = 255
}

/// Names one random draw; the numbers it stands for are a pure function of its fields.
///
/// Nothing is consumed and nothing advances: the same key gives the same numbers on every host,
/// whatever was drawn before. Two keys that differ in any field give independent numbers.
@frozen
public struct DrawKey: Hashable, Sendable, BitwiseCopyable {
    /// The seed of the run.
    public var seed: UInt64
    /// What the draw is about: a call's or a request's identity, or a count of arrivals.
    public var identity: UInt64
    /// Only the low 24 bits count; the initialiser refuses more.
    public var service: UInt32
    /// Tells apart several draws of one identity for one purpose: a step's index, an attempt.
    public var step: UInt16
    public var purpose: DrawPurpose

    /// Traps when `service` needs more than 24 bits (16.7 million services).
    @inlinable
    public init(
        seed: UInt64, identity: UInt64, purpose: DrawPurpose, service: UInt32 = 0, step: UInt16 = 0
    ) {
        precondition(service < 1 << 24, "a draw key holds 24 bits of service")
        self.seed = seed
        self.identity = identity
        self.service = service
        self.step = step
        self.purpose = purpose
    }

    /// The `index`th block of 128 random bits under this key.
    ///
    /// Philox's counter is (identity low, identity high, service | purpose << 24,
    /// step | index << 16); its key is the seed. A key has 65,536 blocks.
    @inlinable
    public func block(_ index: UInt16) -> (UInt64, UInt64) {
        let words = philox4x32(
            counter: (
                UInt32(truncatingIfNeeded: identity), UInt32(truncatingIfNeeded: identity >> 32),
                service | UInt32(purpose.rawValue) << 24, UInt32(step) | UInt32(index) << 16
            ),
            key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
        return (
            UInt64(words.0) | UInt64(words.1) << 32, UInt64(words.2) | UInt64(words.3) << 32
        )
    }

    /// The two uniforms of one block, each strictly between zero and one.
    @inlinable
    public func uniforms(_ index: UInt16 = 0) -> (Double, Double) {
        let (first, second) = block(index)
        return (openUnitInterval(first), openUnitInterval(second))
    }

    /// A number strictly between zero and one: the first of block zero.
    @inlinable
    public func uniform() -> Double { openUnitInterval(block(0).0) }

    /// An exponential variate of mean one: what a Poisson process of rate one waits. At most 36.8.
    @inlinable
    public func exponential() -> Double { -ExactMath.log(uniform()) }

    /// An integer in 0..<`bound`, with a bias below `bound` / 2⁶⁴. `bound` > 0.
    @inlinable
    public func index(below bound: Int) -> Int {
        Int(block(0).0.multipliedFullWidth(by: UInt64(bound)).high)
    }
}

/// Maps 64 random bits to one of 2⁵² equally likely numbers strictly between zero and one.
///
/// They are the odd multiples of 2⁻⁵³: exact, symmetric about a half, never 0, never 1.
@inlinable
public func openUnitInterval(_ bits: UInt64) -> Double {
    Double(Int64(truncatingIfNeeded: bits >> 11 | 1)) * 0x1p-53
}
