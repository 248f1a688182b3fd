package import Kernel

/// Client-side adaptive throttling (Site Reliability Engineering, chapter 21, "Handling Overload").
///
/// In the long run the callee sees at most `multiplier` times what it accepts. A state belongs to one
/// ``ThrottleDescription``: pass the same one every time.
package struct ThrottleState: BitwiseCopyable, Sendable {
    private var requests = SlidingCount()
    private var accepts = SlidingCount()

    package init() {}

    /// The probability, in 0..<1, with which the next call is refused.
    package mutating func refusalProbability(
        at now: SimulatedInstant, under description: ThrottleDescription
    ) -> Double {
        let asked = Double(requests.sum(at: now, window: description.window))
        let accepted = Double(accepts.sum(at: now, window: description.window))
        return max(0, (asked - description.multiplier * accepted) / (asked + 1))
    }

    /// Whether a call may be sent; counts it as a request either way. `draw` is uniform in 0..<1.
    package mutating func admits(
        at now: SimulatedInstant, draw: Double, under description: ThrottleDescription
    ) -> Bool {
        let probability = refusalProbability(at: now, under: description)
        requests.add(1, at: now, window: description.window)
        return draw >= probability
    }

    /// The callee accepted a call: it answered, and not with a refusal.
    package mutating func noteAccept(
        at now: SimulatedInstant, under description: ThrottleDescription
    ) {
        accepts.add(1, at: now, window: description.window)
    }

    package var isValid: Bool { requests.isValid && accepts.isValid }
}
