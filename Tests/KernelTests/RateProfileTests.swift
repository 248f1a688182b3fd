import Foundation
import Kernel
import Testing

private func second(_ seconds: Double) -> SimulatedInstant {
    .start + SimulatedDuration(seconds: seconds)
}

private let profiles: [RateProfile] = [
    RateProfile(constant: 3),
    .spike(base: 100, peak: 1000, from: second(5), until: second(7.5)),
    .ramp(from: 0, to: 500, between: second(1), and: second(9)),
    .ramp(from: 500, to: 0, between: second(1), and: second(9)),
    .steps([
        .init(instant: second(0), rate: 10), .init(instant: second(2), rate: 0),
        .init(instant: second(6), rate: 40),
    ]),
    RateProfile(
        points: (0..<200).map {
            .init(instant: second(Double($0) * 0.07), rate: Double($0 * $0 % 37))
        }),
]

@Suite("Rate profiles") struct RateProfileTests {
    @Test("The integral is that of the rate, numerically", arguments: profiles)
    func integral(profile: RateProfile) {
        let steps = 200_000
        var sum = 0.0
        for step in 0..<steps {
            sum += profile.rate(at: second((Double(step) + 0.5) * 12 / Double(steps)))
        }
        let numeric = sum * 12 / Double(steps)
        let exact = profile.integral(from: .start, to: second(12))
        #expect(abs(numeric - exact) < 1e-3 * exact + 0.02)
        #expect(profile.integral(from: second(12), to: .start) == -exact)
        let split =
            profile.integral(from: .start, to: second(3.3))
            + profile.integral(from: second(3.3), to: second(12))
        #expect(abs(split - exact) < 1e-9 * exact)
    }

    @Test("The next instant is where the integral reaches the amount", arguments: profiles)
    func inverse(profile: RateProfile) throws {
        var numbers = TestNumbers(seed: 6)
        for _ in 0..<5_000 {
            let start = second(numbers.uniform() * 12)
            let amount = -Foundation.log(numbers.uniform()) * (numbers.uniform() < 0.5 ? 1 : 100)
            guard let found = profile.instant(after: start, accumulating: amount) else {
                #expect(profile.integral(from: start, to: second(1e6)) < amount + 1e-6)
                continue
            }
            #expect(found >= start)
            // Rounding to a nanosecond moves the integral by at most half a nanosecond's arrivals.
            let reached = profile.integral(from: start, to: found)
            #expect(abs(reached - amount) < 1e-6 + 1e-9 * amount)
        }
    }

    @Test("A cursor changes the cost and not the result", arguments: profiles)
    func cursor(profile: RateProfile) {
        var segment = 0
        var now = SimulatedInstant.start
        var numbers = TestNumbers(seed: 7)
        for _ in 0..<3_000 {
            let amount = numbers.uniform() * 2
            let expected = profile.instant(after: now, accumulating: amount)
            #expect(
                profile.instant(after: now, accumulating: amount, segment: &segment) == expected)
            var stray = Int(numbers.next() % 300) - 20
            #expect(profile.instant(after: now, accumulating: amount, segment: &stray) == expected)
            guard let expected else { break }
            now = expected
        }
    }

    @Test("A rate is the later one at a jump and holds before and after all points")
    func rates() {
        let profile = profiles[1]
        #expect(profile.rate(at: .start) == 100)
        #expect(profile.rate(at: second(5) - SimulatedDuration(nanoseconds: 1)) == 100)
        #expect(profile.rate(at: second(5)) == 1000)
        #expect(profile.rate(at: second(7.5)) == 100)
        #expect(profile.rate(at: second(1e6)) == 100)
        #expect(profiles[2].rate(at: second(5)) == 250)
    }

    @Test("Stretches without arrivals are skipped")
    func zeroRates() {
        let profile = profiles[4]
        #expect(profile.instant(after: second(3), accumulating: 4) == second(6.1))
        #expect(profile.instant(after: second(1.9), accumulating: 1 + 4) == second(6.1))
        #expect(profile.instant(after: second(3), accumulating: 0) == second(3))
        let never = RateProfile(constant: 0)
        #expect(never.instant(after: .start, accumulating: 1) == nil)
        #expect(profiles[3].instant(after: second(9), accumulating: 1e-9) == nil)
        #expect(RateProfile(constant: 1e-12).instant(after: .start, accumulating: 1) == nil)
    }

    @Test("A Poisson process by inversion has exponential gaps in operational time")
    func poisson() {
        let profile = profiles[2]
        var segment = 0
        var now = second(1)
        var gaps: [Double] = []
        for identity in 0..<20_000 as Range<UInt64> {
            let amount = DrawKey(seed: 8, identity: identity, purpose: .arrival).exponential()
            guard let next = profile.instant(after: now, accumulating: amount, segment: &segment)
            else { break }
            gaps.append(profile.integral(from: now, to: next))
            now = next
        }
        #expect(gaps.count == 20_000)
        let statistic = Statistics.kolmogorovSmirnov(gaps) { 1 - Foundation.exp(-$0) }
        #expect(statistic < Statistics.criticalKolmogorovSmirnov)
    }

    @Test("Points that make no profile are refused with a sentence")
    func validation() throws {
        typealias Point = RateProfile.Point
        for profile in profiles { #expect(RateProfile.problem(with: profile.points) == nil) }
        let cases: [([Point], String)] = [
            ([], "at least one point"),
            ([Point(instant: .start, rate: -1)], "must be between"),
            ([Point(instant: .start, rate: .nan)], "must be between"),
            ([Point(instant: .start, rate: 1e10)], "must be between"),
            ([Point(instant: SimulatedInstant(nanoseconds: -1), rate: 1)], "before the start"),
            ([Point(instant: second(2), rate: 1), Point(instant: second(1), rate: 1)], "in order"),
            (Array(repeating: Point(instant: .start, rate: 1), count: 3), "make a jump"),
        ]
        for (points, words) in cases {
            #expect(try #require(RateProfile.problem(with: points)).contains(words))
        }
    }
}
