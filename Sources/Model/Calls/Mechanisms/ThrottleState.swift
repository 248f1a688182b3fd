package import Kernel

/// Client-side adaptive throttling (Site Reliability Engineering, chapter 21, "Handling Overload").
///
/// In the long run the callee sees at most `multiplier` times what it accepts. A call that is sent counts
/// as a request once its end is known, so that none but calls that the callee did not accept open the gap:
/// not those under way, nor those that the caller gives up because it has what it wants. A state belongs to
/// one ``ThrottleDescription``: pass the same one every time.
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

    /// Whether a call may be sent; one that may not counts as a request. `draw` is uniform in 0..<1.
    package mutating func admits(
        at now: SimulatedInstant, draw: Double, under description: ThrottleDescription
    ) -> Bool {
        let probability = refusalProbability(at: now, under: description)
        if draw >= probability { return true }
        requests.add(1, at: now, window: description.window)
        return false
    }

    /// A call that was sent has ended otherwise than by the caller giving it up for want of interest. The
    /// callee accepted it if it answered, and not with a refusal.
    package mutating func noteEnd(
        isAccepted: Bool, at now: SimulatedInstant, under description: ThrottleDescription
    ) {
        requests.add(1, at: now, window: description.window)
        if isAccepted { accepts.add(1, at: now, window: description.window) }
    }

    package var isValid: Bool { requests.isValid && accepts.isValid }
}
