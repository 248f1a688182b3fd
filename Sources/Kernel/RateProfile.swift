/// A rate of arrivals over simulated time: linear between points, with jumps where two points share
/// an instant. Before the first point the rate is the first point's; after the last, the last's.
public struct RateProfile: Hashable, Sendable {
    public struct Point: Hashable, Sendable {
        public var instant: SimulatedInstant
        /// Arrivals per second, finite and >= 0.
        public var rate: Double
        public init(instant: SimulatedInstant, rate: Double) {
            self.instant = instant
            self.rate = rate
        }
    }

    /// In ascending order of instant; never empty. Two points at one instant make a jump.
    public let points: [Point]

    public init(points: [Point]) {
        precondition(!points.isEmpty, "a rate profile needs at least one point")
        self.points = points
    }

    public init(constant rate: Double) {
        self.init(points: [Point(instant: .start, rate: rate)])
    }
}
