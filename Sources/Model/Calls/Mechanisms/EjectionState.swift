package import Kernel

/// What a caller's replica holds against one replica of the callee (outlier ejection as in Envoy and
/// gRPC's proposal A50). A state belongs to one ``EjectionDescription``.
package struct EjectionState: BitwiseCopyable, Sendable {
    package private(set) var ejectedUntil = SimulatedInstant.start
    private var failuresInRow: UInt32 = 0
    /// How often it was ejected in a row: one is forgotten for each ``interval`` that it is not.
    package private(set) var ejections: UInt32 = 0

    package init() {}

    /// Between Envoy's sweeps, and those of A50, each of which forgets an ejection of a replica that is not
    /// ejected.
    package static let interval = SimulatedDuration.seconds(10)

    package func isEjected(at now: SimulatedInstant) -> Bool { now < ejectedUntil }

    package mutating func noteSuccess() { failuresInRow = 0 }

    /// Counts a failure; whether there have now been enough in a row. Failures of a replica that is
    /// ejected already tell nothing new.
    package mutating func noteFailure(
        at now: SimulatedInstant, under description: EjectionDescription
    ) -> Bool {
        if isEjected(at: now) { return false }
        failuresInRow &+= 1
        guard failuresInRow >= max(1, description.consecutive) else { return false }
        failuresInRow = 0
        return true
    }

    /// The nth ejection in a row lasts n times the base, and no longer than the cap.
    package mutating func eject(
        at now: SimulatedInstant, under description: EjectionDescription
    ) {
        let forgotten = max(0, (now - ejectedUntil).nanoseconds) / Self.interval.nanoseconds
        ejections = UInt32(max(0, Int64(ejections) - forgotten)) &+ 1
        let (long, overflow) = description.base.nanoseconds.multipliedReportingOverflow(
            by: Int64(ejections))
        let duration =
            overflow ? description.cap.nanoseconds : min(long, description.cap.nanoseconds)
        ejectedUntil = now.advanced(
            saturatingBy: SimulatedDuration(nanoseconds: max(0, duration)))
    }

    package var isValid: Bool { ejectedUntil.nanoseconds >= 0 }

    /// Whether one more of `count` replicas may be ejected: the first always, others while the share
    /// stays within `most`.
    package static func allowsOneMore(ejected: Int, of count: Int, most: Double) -> Bool {
        ejected == 0 || Double(ejected + 1) <= most * Double(count)
    }

    /// Whether too few of `count` replicas are left, so that ejections are disregarded.
    package static func isPanic(left: Int, of count: Int, threshold: Double) -> Bool {
        Double(left) < threshold * Double(count)
    }
}
