package import Kernel

/// Replica counts are 32-bit in Kubernetes. Here they are `Int`s inside that range, and what leaves it stays at
/// its ends instead of wrapping.
package enum ReplicaCount {
    package static let largest = Int(Int32.max)
    static let smallest = Int(Int32.min)

    /// The whole number at or above `value`; not a number gives 0.
    static func up(_ value: Double) -> Int { clamped(value.rounded(.up)) }

    /// The whole number next to `value` towards zero; not a number gives 0.
    static func towardsZero(_ value: Double) -> Int { clamped(value.rounded(.towardZero)) }

    static func clamped(_ value: Double) -> Int {
        guard !value.isNaN else { return 0 }
        if value >= Double(largest) { return largest }
        if value <= Double(smallest) { return smallest }
        return Int(value)
    }

    static func clamped(_ value: Int) -> Int { min(max(value, smallest), largest) }
}

extension Int64 {
    /// `self + other`, at the ends of the range where that would overflow.
    func addingSaturating(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }

    /// `value` if it fits, else the nearer end of the range.
    init(saturating value: Int128) {
        self = Int64(exactly: value) ?? (value > 0 ? .max : .min)
    }

    /// The whole number at or above `value`, saturating; not a number gives 0.
    init(saturatingUp value: Double) {
        let up = value.rounded(.up)
        self = up.isNaN ? 0 : (Int64(exactly: up) ?? (up > 0 ? .max : .min))
    }

    /// The whole number next to `value` towards zero, saturating; not a number gives 0.
    init(saturatingTowardsZero value: Double) {
        let whole = value.rounded(.towardZero)
        self = whole.isNaN ? 0 : (Int64(exactly: whole) ?? (whole > 0 ? .max : .min))
    }
}

extension SimulatedInstant {
    /// How long ago this was at `now`; negative for what is still to come. Saturates.
    package func age(at now: SimulatedInstant) -> SimulatedDuration {
        SimulatedDuration(nanoseconds: now.nanoseconds).subtracting(
            SimulatedDuration(nanoseconds: nanoseconds))
    }
}

extension SimulatedDuration {
    /// `self - other`, at the ends of the range where that would overflow.
    func subtracting(_ other: SimulatedDuration) -> SimulatedDuration {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(other.nanoseconds)
        guard overflow else { return SimulatedDuration(nanoseconds: difference) }
        return SimulatedDuration(nanoseconds: other.nanoseconds < 0 ? .max : .min)
    }
}
