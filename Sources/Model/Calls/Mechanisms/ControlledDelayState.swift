package import Kernel

/// Controlled delay for a queue of requests (Maurer, "Fail at Scale", ACM Queue 13(8), 2015).
///
/// Maurer: a request may wait for M = 5 ms in a queue that has not been empty for the last N = 100
/// ms, else for N.
package struct ControlledDelayState: BitwiseCopyable, Sendable {
    private var lastEmpty = SimulatedInstant.start

    package init() {}

    /// The queue is empty at this instant: call when a request joins an empty queue.
    package mutating func noteEmpty(at now: SimulatedInstant) { lastEmpty = now }

    /// The longest wait that is tolerated in a request whose turn comes now.
    package func limit(
        at now: SimulatedInstant, target: SimulatedDuration, interval: SimulatedDuration
    ) -> SimulatedDuration {
        now - lastEmpty > interval ? target : interval
    }

    /// Whether a request that has waited this long is dropped as it comes to its turn.
    package func drops(
        waited: SimulatedDuration, at now: SimulatedInstant, target: SimulatedDuration,
        interval: SimulatedDuration
    ) -> Bool {
        waited > limit(at: now, target: target, interval: interval)
    }

    package var isValid: Bool { lastEmpty.nanoseconds >= 0 }
}
