/// A rate of arrivals over simulated time: linear between points, with jumps where two points share
/// an instant. Before the first point the rate is the first point's; after the last, the last's.
public struct RateProfile: Hashable, Sendable {
    public struct Point: Hashable, Sendable, BitwiseCopyable {
        public var instant: SimulatedInstant
        /// Arrivals per second, finite and >= 0.
        public var rate: Double
        @inlinable
        public init(instant: SimulatedInstant, rate: Double) {
            self.instant = instant
            self.rate = rate
        }
    }

    /// In ascending order of instant; never empty. Two points at one instant make a jump.
    public let points: [Point]

    /// Traps when `points` is empty; ``problem(with:)`` tells of anything else.
    public init(points: [Point]) {
        precondition(!points.isEmpty, "a rate profile needs at least one point")
        self.points = points
    }

    public init(constant rate: Double) {
        self.init(points: [Point(instant: .start, rate: rate)])
    }

    /// `base`, but `peak` from `start` until `end`, jumping up and down.
    public static func spike(
        base: Double, peak: Double, from start: SimulatedInstant, until end: SimulatedInstant
    ) -> Self {
        Self(points: [
            Point(instant: start, rate: base), Point(instant: start, rate: peak),
            Point(instant: end, rate: peak), Point(instant: end, rate: base),
        ])
    }

    /// `first` until `start`, then linearly to `last`, which is reached at `end` and kept.
    public static func ramp(
        from first: Double, to last: Double, between start: SimulatedInstant,
        and end: SimulatedInstant
    ) -> Self {
        Self(points: [Point(instant: start, rate: first), Point(instant: end, rate: last)])
    }

    /// Each step's rate from its instant until the next step's; `steps` must not be empty.
    ///
    /// The first step's rate also holds before it.
    public static func steps(_ steps: [Point]) -> Self {
        var points: [Point] = []
        for step in steps {
            if let last = points.last {
                points.append(Point(instant: step.instant, rate: last.rate))
            }
            points.append(step)
        }
        return Self(points: points)
    }

    /// What is wrong with `points`, as a sentence for a person; `nil` when nothing is.
    public static func problem(with points: [Point]) -> String? {
        if points.isEmpty { return "A rate profile needs at least one point." }
        for (index, point) in points.enumerated() {
            let seconds = point.instant.seconds
            if !(point.rate >= 0 && point.rate <= mostRate) {
                return
                    "The rate at \(seconds) s must be between 0 and \(mostRate), not \(point.rate)."
            }
            if point.instant < .start { return "A point lies before the start, at \(seconds) s." }
            if index > 0, point.instant < points[index - 1].instant {
                return "The points must be in order of time: \(seconds) s comes after "
                    + "\(points[index - 1].instant.seconds) s."
            }
            if index > 1, point.instant == points[index - 2].instant {
                return "Two points at one instant make a jump; there are more at \(seconds) s."
            }
        }
        return nil
    }

    /// One arrival a nanosecond: above it, instants could not tell arrivals apart.
    public static let mostRate = 1e9
}
