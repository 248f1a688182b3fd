/// A point on the simulated time line: integer nanoseconds since the start of the run.
///
/// An instant plus a duration is an instant and the difference of two instants is a duration;
/// the sum of two instants does not exist. Arithmetic traps on overflow (292 years).
@frozen
public struct SimulatedInstant: Hashable, Comparable, Sendable, BitwiseCopyable {
    public var nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The start of every run.
    public static let start = Self(nanoseconds: 0)
    /// Later than every event: what an empty queue answers when asked for its next instant.
    @inlinable
    public static var never: Self { Self(nanoseconds: .max) }

    @inlinable
    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
    @inlinable
    public static func + (left: Self, right: SimulatedDuration) -> Self {
        Self(nanoseconds: left.nanoseconds + right.nanoseconds)
    }
    @inlinable
    public static func - (left: Self, right: SimulatedDuration) -> Self {
        Self(nanoseconds: left.nanoseconds - right.nanoseconds)
    }
    @inlinable
    public static func - (left: Self, right: Self) -> SimulatedDuration {
        SimulatedDuration(nanoseconds: left.nanoseconds - right.nanoseconds)
    }
    /// This instant plus `duration`, or ``never`` where that would overflow.
    @inlinable
    public func advanced(saturatingBy duration: SimulatedDuration) -> Self {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return overflow ? .never : Self(nanoseconds: sum)
    }

    /// Seconds since the start, for people and files; never used to decide anything.
    @inlinable
    public var seconds: Double { Double(nanoseconds) / 1e9 }
}

/// A span of simulated time in integer nanoseconds. May be negative only as a difference.
@frozen
public struct SimulatedDuration: Hashable, Comparable, Sendable, BitwiseCopyable {
    public var nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let zero = Self(nanoseconds: 0)

    /// The duration nearest to `seconds`, ties to even; saturates at ±292 years, NaN gives zero.
    ///
    /// Rounds by adding and subtracting 1.5 × 2⁵², which the hardware does exactly, so the result is
    /// the same on every host and needs no call into libm.
    @inlinable
    public init(seconds: Double) {
        let scaled = seconds * 1e9
        if scaled.magnitude < 0x1p51 {
            self.nanoseconds = Int64((scaled + 0x1.8p52) - 0x1.8p52)
        } else {
            // 26 days and more: truncation loses half a nanosecond at most.
            let fits = scaled.magnitude < 0x1p63
            self.nanoseconds = fits ? Int64(scaled) : (scaled > 0 ? .max : (scaled < 0 ? .min : 0))
        }
    }

    @inlinable
    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
    @inlinable
    public static func + (left: Self, right: Self) -> Self {
        Self(nanoseconds: left.nanoseconds + right.nanoseconds)
    }
    @inlinable
    public static func - (left: Self, right: Self) -> Self {
        Self(nanoseconds: left.nanoseconds - right.nanoseconds)
    }
    @inlinable
    public static func * (left: Self, right: Int64) -> Self {
        Self(nanoseconds: left.nanoseconds * right)
    }
    @inlinable
    public static func / (left: Self, right: Int64) -> Self {
        Self(nanoseconds: left.nanoseconds / right)
    }

    @inlinable
    public static func microseconds(_ count: Int64) -> Self { Self(nanoseconds: count * 1_000) }
    @inlinable
    public static func milliseconds(_ count: Int64) -> Self { Self(nanoseconds: count * 1_000_000) }
    @inlinable
    public static func seconds(_ count: Int64) -> Self { Self(nanoseconds: count * 1_000_000_000) }

    /// Seconds, for people, files and formulas.
    @inlinable
    public var seconds: Double { Double(nanoseconds) / 1e9 }
}
