import Kernel

/// A rate that follows a sine: mean · (1 + amplitude · sin 2π(t + phase)/period).
struct Wave {
    /// A period has this many points with straight lines in between, which leave the sine by less
    /// than 0.3% of its amplitude: (2π/48)²/8.
    static let pointsInPeriod = 48
    static let mostPeriods = 2_000
    /// A run that the command line makes longer than the file says is still covered.
    private static let leastPeriods = 20

    var mean: Double
    var amplitude: Double
    var period: SimulatedDuration
    var phase: SimulatedDuration

    /// Points for ten times as long as `end`, as far as there may be so many periods; nil when
    /// there are more until `end`. The rate stays at the last one after that.
    func profile(until end: SimulatedDuration) -> RateProfile? {
        let wanted = end.seconds / period.seconds
        guard wanted <= Double(Self.mostPeriods) else { return nil }
        let periods = min(
            Self.mostPeriods, max(Self.leastPeriods, Int(wanted.rounded(.up)) * 10))
        let count = Self.pointsInPeriod
        let spacing = period.seconds / Double(count)
        guard period.nanoseconds >= Int64(count) else {
            return RateProfile(constant: mean)
        }
        // The run starts inside one of the stretches between two points.
        let into = SimulatedDuration(nanoseconds: phase.nanoseconds % period.nanoseconds)
        let start = into.seconds / spacing
        let first = Int(start.rounded(.down))
        let share = start - Double(first)
        var points = [
            RateProfile.Point(
                instant: .start, rate: rate(first) * (1 - share) + rate(first + 1) * share)
        ]
        for index in first + 1...first + periods * count {
            let seconds = spacing * Double(index) - into.seconds
            let instant = .start + SimulatedDuration(seconds: max(0, seconds))
            guard let last = points.last, instant > last.instant else { continue }
            points.append(RateProfile.Point(instant: instant, rate: rate(index)))
        }
        return RateProfile(points: points)
    }

    private func rate(_ index: Int) -> Double {
        max(0, mean * (1 + amplitude * Self.sine(index % Self.pointsInPeriod)))
    }

    /// sin(2π · `index`/48) by exact operations only, so that it is the same on every host.
    static func sine(_ index: Int) -> Double {
        let quarter = pointsInPeriod / 4
        switch index / quarter {
        case 0: return quarterSines[index]
        case 1: return quarterSines[2 * quarter - index]
        default: return -sine(index - 2 * quarter)
        }
    }

    /// From 0 to 90 degrees in steps of 7.5: half angles of 30 degrees, then sums of angles.
    private static let quarterSines: [Double] = {
        var cosine = 3.0.squareRoot() / 2
        for _ in 0..<2 { cosine = ((1 + cosine) / 2).squareRoot() }
        let step = (sine: (1 - cosine * cosine).squareRoot(), cosine: cosine)
        var (sine, current) = (0.0, 1.0)
        var sines: [Double] = []
        for _ in 0..<pointsInPeriod / 4 {
            sines.append(sine)
            (sine, current) = (
                sine * step.cosine + current * step.sine, current * step.cosine - sine * step.sine
            )
        }
        return sines + [1]
    }()
}
