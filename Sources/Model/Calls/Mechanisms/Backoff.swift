package import Kernel

/// How long a caller waits before it tries again.
package enum Backoff {
    /// The wait before the `retry`th retry (the first is 1), never negative and never beyond the
    /// cap; with proportional jitter never beyond 1.2 caps.
    ///
    /// The jitters "full", "equal" and "decorrelated" are those of Brooker, "Exponential Backoff And
    /// Jitter" (AWS Architecture Blog, 2015); "proportional" is that of gRPC's proposal A6.
    ///
    /// `retry` less than 1 counts as 1; `previous` is the wait before the retry before this one, zero
    /// if this is the first; `draw` is uniform in 0...1.
    package static func delay(
        of description: BackoffDescription, retry: Int, previous: SimulatedDuration, draw: Double
    ) -> SimulatedDuration {
        let base = Double(max(0, description.base.nanoseconds))
        let cap = Double(max(0, description.cap.nanoseconds))
        let step = min(cap, grown(base, by: description.factor, times: retry - 1))
        switch description.jitter {
        case .none: return rounded(step)
        case .full: return rounded(step * draw)
        case .equal: return rounded(step / 2 + step / 2 * draw)
        case .decorrelated:
            let before = previous > .zero ? Double(previous.nanoseconds) : base
            return rounded(min(cap, base + max(0, 3 * before - base) * draw))
        case .proportional: return rounded(step * (0.8 + 0.4 * draw))
        }
    }

    /// `base`·`factor`^`times`; exact products for the first 64.
    private static func grown(_ base: Double, by factor: Double, times: Int) -> Double {
        if base == 0 || times <= 0 || factor == 1 { return base }
        if times > 64 { return base * ExactMath.pow(factor, Double(times)) }
        var value = base
        for _ in 0..<times { value *= factor }
        return value
    }

    /// The nearest whole number of nanoseconds; saturates.
    private static func rounded(_ nanoseconds: Double) -> SimulatedDuration {
        if !(nanoseconds > 0) { return .zero }
        if nanoseconds >= 0x1p63 { return SimulatedDuration(nanoseconds: .max) }
        let whole = nanoseconds < 0x1p51 ? (nanoseconds + 0x1.8p52) - 0x1.8p52 : nanoseconds
        return SimulatedDuration(nanoseconds: Int64(whole))
    }
}
