import ControlPlane
import Kernel
import Model
import Testing

@Suite("How loads are continued into the future")
struct ForecastTests {
    private static func forecasts(
        _ method: ForecastDescription.Method, horizon: Double, step: Double, count: Int,
        _ load: (Double) -> Double
    ) -> [(time: Double, forecast: Double)] {
        var forecaster = Forecaster(
            ForecastDescription(method: method, horizon: SimulatedDuration(seconds: horizon)))
        return (0..<count).map { number in
            let time = Double(number) * step
            return (time, forecaster.forecast(load(time), at: .at(time)))
        }
    }

    @Test("A straight line is continued exactly by the least-squares line")
    func line() {
        let made = Self.forecasts(
            .linear(window: .seconds(120)), horizon: 60, step: 15, count: 40
        ) { 100 + 3 * $0 }
        #expect(made[0].forecast == 100)
        for (time, forecast) in made.dropFirst() {
            #expect(abs(forecast - (100 + 3 * (time + 60))) < 1e-6)
        }
    }

    @Test("The line looks back no further than its window")
    func window() {
        // Flat until 300 s, then steep; 60 s later only the steep part counts.
        let made = Self.forecasts(
            .linear(window: .seconds(60)), horizon: 30, step: 15, count: 40
        ) { $0 < 300 ? 50 : 50 + 2 * ($0 - 300) }
        for (time, forecast) in made where time >= 360 {
            #expect(abs(forecast - (50 + 2 * (time + 30 - 300))) < 1e-6)
        }
        #expect(
            made.filter { $0.time < 300 && $0.time > 0 }.allSatisfy { abs($0.forecast - 50) < 1e-9 }
        )
    }

    @Test("By hand: three readings around a line")
    func leastSquares() {
        var forecaster = Forecaster(
            ForecastDescription(method: .linear(window: .seconds(100)), horizon: .seconds(10)))
        _ = forecaster.forecast(0, at: .at(0))
        _ = forecaster.forecast(4, at: .at(10))
        // Slope (−10·(0−2) + 0 + 10·(2−2)) / 200 = 0.1 a second about the mean 2 at 10 s.
        let forecast = forecaster.forecast(2, at: .at(20))
        #expect(abs(forecast - (2 + 0.1 * 20)) < 1e-12)
    }

    @Test("Nobody forecasts less than nothing")
    func floor() {
        let made = Self.forecasts(
            .linear(window: .seconds(60)), horizon: 600, step: 15, count: 10
        ) { 100 - $0 }
        #expect(made.dropFirst().allSatisfy { $0.forecast == 0 })
    }

    @Test("Holt's smoothing by hand")
    func holt() {
        var forecaster = Forecaster(
            ForecastDescription(
                method: .holtWinters(level: 0.5, trend: 0.5, season: 0, period: nil),
                horizon: .seconds(10)))
        #expect(forecaster.forecast(10, at: .at(0)) == 10)
        // Level 0.5·30 + 0.5·10 = 20, trend 0.5·(20 − 10)/10 = 0.5 a second.
        #expect(forecaster.forecast(30, at: .at(10)) == 25)
        // Level 0.5·45 + 0.5·(20 + 5) = 35, trend 0.5·1.5 + 0.5·0.5 = 1.
        #expect(forecaster.forecast(45, at: .at(20)) == 45)
    }

    @Test("Holt's smoothing comes to follow a line")
    func holtOnLine() {
        let made = Self.forecasts(
            .holtWinters(level: 0.5, trend: 0.3, season: 0, period: nil), horizon: 60, step: 15,
            count: 200
        ) { 20 + 0.5 * $0 }
        for (time, forecast) in made.suffix(50) {
            #expect(abs(forecast - (20 + 0.5 * (time + 60))) < 1e-3)
        }
    }

    @Test(
        "Winters' smoothing comes to know a season, whatever the step and the horizon",
        arguments: [
            (15.0, 4, 15.0), (15, 4, 30), (15, 4, 60), (0.1, 3, 0.1), (0.1, 3, 0.2), (0.7, 5, 1.4),
        ])
    func season(step: Double, places: Int, horizon: Double) {
        let pattern = [100.0, 180, 20, 60, 140].prefix(places)
        func load(_ time: Double) -> Double {
            pattern[Int((time / step).rounded()) % places]
        }
        let made = Self.forecasts(
            .holtWinters(
                level: 0.2, trend: 0.05, season: 0.3,
                period: SimulatedDuration(seconds: step * Double(places))),
            horizon: horizon, step: step, count: 2_000, load)
        for (time, forecast) in made.suffix(40) {
            #expect(abs(forecast - load(time + horizon)) < 1, "at \(time)")
        }
    }

    @Test("The policy scales each service for its own load a horizon ahead")
    func policy() throws {
        let forecast = ForecastDescription(
            method: .linear(window: .seconds(60)), horizon: .seconds(60))
        var plan = ScalingPlan(
            policy: PolicyDescription(name: "f", kind: .forecast(forecast)),
            services: [.scaled("a", most: 100)])
        plan.syncPeriod = .seconds(15)
        var world = World(plan)
        // Requests at the rate 2·t, so t² by then; the last 15 s before t saw 2·t − 15 a second.
        try world.run(
            until: .at(301),
            measure: { seen, now in seen[0].arrived = UInt64(now.seconds * now.seconds) })
        // At 300 s: 585 seen, 2 a second more each second: 705 in a minute; 80 a replica.
        #expect(world.report().steps.last?.desired == 9)
        #expect(world.report().steps.last?.instant == .at(300) || world.live(0).count == 9)
    }

    @Test("The oracle knows the users' load a lead before it comes")
    func oracle() throws {
        var entry = ScaledService.scaled("a", most: 100)
        entry.targets = [1]
        entry.calls = [ExpectedCall(target: 1, count: 3)]
        entry.streams = [
            ExpectedStream(steps: [
                RateStep(from: .start, rate: 160), RateStep(from: .at(300), rate: 800),
                RateStep(from: .at(400), rate: 80),
            ])
        ]
        let plan = ScalingPlan(
            policy: PolicyDescription(name: "oracle", kind: .oracle(lead: .seconds(60))),
            services: [entry, .scaled("b", most: 100)])
        var world = World(plan)
        try world.run(until: .at(600))
        let steps = world.report().steps.map { ($0.instant.seconds, $0.service, $0.desired) }
        let expected = [
            (0.0, 0, 1), (0, 1, 1), (0, 0, 2), (0, 1, 6), (240, 0, 10), (240, 1, 30), (400, 0, 1),
            (400, 1, 3),
        ]
        #expect(steps.count == expected.count)
        #expect(zip(steps, expected).allSatisfy { $0 == $1 }, "\(steps)")
    }
}
