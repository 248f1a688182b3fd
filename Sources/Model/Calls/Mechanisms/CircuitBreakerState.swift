package import Kernel

/// A circuit breaker: closed, open, or half open (Nygard, Release It!, 2007). A state belongs to one
/// ``CircuitBreakerDescription``: pass the same one every time.
///
/// Every change of phase begins a new epoch. A call notes the epoch that it was admitted in, and its
/// end counts in that epoch only: answers to calls made before a trip tell nothing about recovery.
package struct CircuitBreakerState: BitwiseCopyable, Sendable {
    package enum Phase: UInt32, Sendable { case closed, open, halfOpen }

    private var calls = SlidingCount()
    private var failures = SlidingCount()
    private var openUntil = SimulatedInstant.start
    /// How often it has opened, from half open too.
    package private(set) var trips: UInt64 = 0
    private var phaseCode = Phase.closed.rawValue
    /// Of calls admitted from now on.
    package private(set) var epoch: UInt32 = 0
    private var failuresInRow: UInt32 = 0
    private var probesAdmitted: UInt32 = 0
    private var probesSucceeded: UInt32 = 0
    private var reserved: UInt32 = 0

    package init() {}

    /// The phase that the last use left it in. An open breaker stays so until it is asked again.
    package var phase: Phase { Phase(rawValue: phaseCode) ?? .closed }

    /// Whether a call may be made; ``epoch`` afterwards is the call's.
    package mutating func admit(
        at now: SimulatedInstant, under description: CircuitBreakerDescription
    ) -> Bool {
        if phase == .open && now >= openUntil { enter(.halfOpen, at: now) }
        switch phase {
        case .closed: return true
        case .open: return false
        case .halfOpen:
            guard probesAdmitted < max(1, description.probes) else { return false }
            probesAdmitted += 1
            return true
        }
    }

    /// A call that was admitted in `callEpoch` ended.
    package mutating func note(
        success: Bool, at now: SimulatedInstant, epoch callEpoch: UInt32,
        under description: CircuitBreakerDescription
    ) {
        guard callEpoch == epoch else { return }
        switch phase {
        case .open: break
        case .halfOpen:
            if success {
                probesSucceeded += 1
                if probesSucceeded >= max(1, description.probes) { enter(.closed, at: now) }
            } else {
                trip(at: now, description)
            }
        case .closed:
            if shouldTrip(success: success, at: now, description.trip) {
                trip(at: now, description)
            }
        }
    }

    /// A call that was admitted in `callEpoch` ended without telling anything (it was cancelled, or
    /// refused by something else): a probe's place is free again.
    package mutating func noteAbandoned(epoch callEpoch: UInt32) {
        if callEpoch == epoch && phase == .halfOpen && probesAdmitted > probesSucceeded {
            probesAdmitted -= 1
        }
    }

    package var isValid: Bool {
        calls.isValid && failures.isValid && openUntil.nanoseconds >= 0
            && Phase(rawValue: phaseCode) != nil && reserved == 0
            && probesSucceeded <= probesAdmitted && probesAdmitted < 1 << 31
    }

    private mutating func shouldTrip(
        success: Bool, at now: SimulatedInstant, _ trip: CircuitBreakerDescription.Trip
    ) -> Bool {
        switch trip {
        case .consecutive(let most):
            failuresInRow = success ? 0 : failuresInRow &+ 1
            return !success && failuresInRow >= max(1, most)
        case .rate(let share, let window, let minimum):
            calls.add(1, at: now, window: window)
            if !success { failures.add(1, at: now, window: window) }
            let failed = failures.sum(at: now, window: window)
            let all = calls.sum(at: now, window: window)
            return failed > 0 && all >= minimum && Double(failed) >= share * Double(all)
        }
    }

    private mutating func trip(
        at now: SimulatedInstant, _ description: CircuitBreakerDescription
    ) {
        enter(.open, at: now)
        openUntil = now.advanced(saturatingBy: description.openFor)
        trips &+= 1
    }

    private mutating func enter(_ phase: Phase, at now: SimulatedInstant) {
        phaseCode = phase.rawValue
        epoch &+= 1
        failuresInRow = 0
        probesAdmitted = 0
        probesSucceeded = 0
        calls = SlidingCount(at: now)
        failures = SlidingCount(at: now)
    }
}
