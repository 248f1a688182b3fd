// Integrals of a rate profile and their inverse: how many arrivals, and when the next one comes.
//
// The points cut time into segments. Segment i lies between points i-1 and i; segment 0 is all time
// before the first point and segment `points.count` all time from the last point on.
extension RateProfile {
    /// The rate at `instant`, in arrivals per second; at a jump, the rate after it.
    ///
    /// O(log n) for n points.
    public func rate(at instant: SimulatedInstant) -> Double {
        rate(at: instant, in: segment(of: instant))
    }

    /// The number of arrivals expected between two instants; negative when `end` is before `start`.
    ///
    /// O(log n + m) for n points, m of them in between.
    public func integral(from start: SimulatedInstant, to end: SimulatedInstant) -> Double {
        if end < start { return -integral(from: end, to: start) }
        var segment = segment(of: start)
        var now = start
        var sum = 0.0
        while now < end {
            let isLast = segment == points.count || points[segment].instant >= end
            let next = isLast ? end : points[segment].instant
            let (first, last) = rates(from: now, to: next, in: segment)
            sum += 0.5 * (first + last) * (next - now).seconds
            now = next
            segment += 1
        }
        return sum
    }

    /// The earliest instant by which `amount` arrivals are expected since `start`.
    ///
    /// With an amount drawn from an exponential of mean one this is the next arrival of a Poisson
    /// process (Çinlar's inversion), with 1 the next of an even stream. `nil` if the rate stays zero
    /// before the amount is reached, or the instant lies beyond 146 years. Rounded to nanoseconds,
    /// never before `start`. O(log n + m) for n points, m of them in between.
    public func instant(
        after start: SimulatedInstant, accumulating amount: Double
    ) -> SimulatedInstant? {
        var segment = segment(of: start)
        return instant(after: start, accumulating: amount, segment: &segment)
    }

    /// The same, remembering in `segment` where it found the result.
    ///
    /// Any value of `segment` gives the same result; begin with 0 and pass it on from call to call,
    /// and a walk along the whole profile costs O(1) a call, amortised.
    @inlinable
    public func instant(
        after start: SimulatedInstant, accumulating amount: Double, segment: inout Int
    ) -> SimulatedInstant? {
        if !covers(segment, start) { segment = self.segment(of: start, near: segment) }
        var now = start
        var left = amount
        while segment < points.count {
            let next = points[segment].instant
            let (first, last) = rates(from: now, to: next, in: segment)
            let area = 0.5 * (first + last) * (next - now).seconds
            if left <= area {
                let slope = next == now ? 0 : (last - first) / (next - now).seconds
                let time = Self.time(toAccumulate: left, at: first, slope: slope)
                let found = now.advanced(saturatingBy: SimulatedDuration(seconds: time))
                // Before `next`, or else the result would not lie in `segment`.
                if found < next { return found }
                segment += 1
                return next
            }
            left -= area
            now = next
            segment += 1
        }
        let rate = points[points.count - 1].rate
        if left <= 0 { return now }
        let time = left / rate
        return time < 0x1p62 / 1e9
            ? now.advanced(saturatingBy: SimulatedDuration(seconds: time)) : nil
    }

    /// The time in seconds in which a rate of `first` that grows by `slope` sums up to `amount`.
    ///
    /// The root of amount = first t + slope t² / 2 in the form that never subtracts what is alike.
    @inlinable
    static func time(toAccumulate amount: Double, at first: Double, slope: Double) -> Double {
        if !(amount > 0) { return 0 }
        let discriminant = first * first + 2 * slope * amount
        return 2 * amount / (first + Swift.max(discriminant, 0).squareRoot())
    }

    @inlinable
    func covers(_ segment: Int, _ instant: SimulatedInstant) -> Bool {
        segment >= 0 && segment <= points.count
            && (segment == 0 || points[segment - 1].instant <= instant)
            && (segment == points.count || instant < points[segment].instant)
    }

    /// The segment of `instant` when it is a step or two after `hint`; found by bisection if not.
    @usableFromInline
    func segment(of instant: SimulatedInstant, near hint: Int) -> Int {
        if hint >= 0, covers(hint + 1, instant) { return hint + 1 }
        if hint >= 0, covers(hint + 2, instant) { return hint + 2 }
        return segment(of: instant)
    }

    private func segment(of instant: SimulatedInstant) -> Int {
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle].instant <= instant { low = middle + 1 } else { high = middle }
        }
        return low
    }

    @inlinable
    func rate(at instant: SimulatedInstant, in segment: Int) -> Double {
        if segment == 0 { return points[0].rate }
        let left = points[segment - 1]
        if segment == points.count { return left.rate }
        let right = points[segment]
        let share = (instant - left.instant).seconds / (right.instant - left.instant).seconds
        return left.rate + (right.rate - left.rate) * share
    }

    /// The rates at both ends of a stretch inside one segment, the last one before any jump.
    @inlinable
    func rates(
        from start: SimulatedInstant, to end: SimulatedInstant, in segment: Int
    ) -> (Double, Double) {
        if segment == 0 { return (points[0].rate, points[0].rate) }
        let left = points[segment - 1]
        if segment == points.count { return (left.rate, left.rate) }
        if start == end { return (left.rate, left.rate) }
        let first = start == left.instant ? left.rate : rate(at: start, in: segment)
        let right = points[segment]
        return (first, end == right.instant ? right.rate : rate(at: end, in: segment))
    }
}
