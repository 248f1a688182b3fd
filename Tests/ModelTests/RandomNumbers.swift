import Kernel

/// Deterministic numbers for tests: the blocks of one draw key after another.
struct RandomNumbers: RandomNumberGenerator {
    let seed: UInt64
    private var position: UInt64 = 0

    init(seed: UInt64) { self.seed = seed }

    mutating func next() -> UInt64 {
        position += 1
        return DrawKey(seed: seed, identity: position, purpose: .test).block(0).0
    }

    /// Whether something of this probability happens.
    mutating func isTrue(withProbability probability: Double) -> Bool {
        openUnitInterval(next()) < probability
    }
}
