package import Kernel

/// The exponentially weighted utilisation of some cores, exact for the step function that it is told.
///
/// With u the share of busy cores, the value v obeys τ dv/dt = u - v: over a stretch d of constant u
/// it becomes u + (v - u) exp(-d/τ). The time constant is not stored: pass the same one every time.
package struct UtilisationMeter: BitwiseCopyable, Sendable {
    private var value = 0.0
    private var share = 0.0
    private var updated = SimulatedInstant.start

    package init() {}

    /// In 0...1.
    package func utilisation(at now: SimulatedInstant, memory: SimulatedDuration) -> Double {
        let elapsed = now - updated
        if elapsed <= .zero { return value }
        let memory = Double(max(1, memory.nanoseconds))
        return share + (value - share) * ExactMath.exp(-Double(elapsed.nanoseconds) / memory)
    }

    /// From now on `busy` of `cores` are busy.
    package mutating func note(
        busy: Int, of cores: Int, at now: SimulatedInstant, memory: SimulatedDuration
    ) {
        value = utilisation(at: now, memory: memory)
        updated = now
        share = cores > 0 ? min(1, max(0, Double(busy) / Double(cores))) : 0
    }

    package var isValid: Bool {
        value >= 0 && value <= 1 && share >= 0 && share <= 1 && updated.nanoseconds >= 0
    }
}
