/// Counters of answers by their ``Outcome``.
package protocol OutcomeCounters {
    var succeeded: UInt64 { get set }
    var rejected: UInt64 { get set }
    var failed: UInt64 { get set }
    var shed: UInt64 { get set }
    var expired: UInt64 { get set }
    var unavailable: UInt64 { get set }
    var errors: UInt64 { get set }
    var conflicts: UInt64 { get set }
}

extension OutcomeCounters {
    /// All answers, modulo 2⁶⁴.
    package var answered: UInt64 {
        succeeded &+ rejected &+ failed &+ shed &+ expired &+ unavailable &+ errors &+ conflicts
    }

    /// One more answer.
    @inline(__always)
    mutating func count(_ outcome: Outcome) {
        switch outcome {
        case .success: succeeded += 1
        case .rejected: rejected += 1
        case .failed: failed += 1
        case .shed: shed += 1
        case .expired: expired += 1
        case .unavailable: unavailable += 1
        case .error: errors += 1
        case .conflict: conflicts += 1
        }
    }
}
