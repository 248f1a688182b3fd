package import Kernel

/// A token bucket or a leaky bucket: a level that falls at the bucket's rate and rises by one with
/// each request admitted. A state belongs to one ``BucketDescription``: pass the same one every time.
///
/// For tokens the level is what is missing from a full bucket; for a leaky bucket it is the backlog,
/// the spacing after the last departure included.
package struct BucketState: BitwiseCopyable, Sendable {
    private var level = 0.0
    private var updated = SimulatedInstant.start

    package init() {}

    /// How long a request has to wait for its turn, zero with tokens; `nil` when it is refused.
    ///
    /// A nanosecond's worth is forgiven, and made up for later, so that rounding never refuses what is
    /// due now.
    package mutating func admit(
        at now: SimulatedInstant, under description: BucketDescription
    ) -> SimulatedDuration? {
        level = max(0, level - description.rate * (now - updated).seconds)
        updated = now
        let tolerance = 1e-9 * (1 + description.rate)
        switch description.kind {
        case .token:
            guard level + 1 <= max(1, description.burst) + tolerance else { return nil }
            level += 1
            return .zero
        case .leaky:
            // Of n others waiting ahead the last leaves within (n-1)...n spacings, this one n...n+1.
            guard level - tolerance <= description.burst.rounded(.down) + 1 else { return nil }
            let wait =
                level <= tolerance
                ? .zero : SimulatedDuration(seconds: level / description.rate)
            level += 1
            return wait
        }
    }

    package var isValid: Bool { level >= 0 && level < 1e15 && updated.nanoseconds >= 0 }
}
