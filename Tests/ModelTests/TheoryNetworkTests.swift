import Coordination
import Kernel
import Model
import Testing

@Suite("Queueing theory: networks and arrivals")
struct TheoryNetworkTests {
    @Test("A network with branching and feedback: each station is an M/M/1 of its own")
    func jackson() {
        // Jackson 1957; latencies are stations without queue, and keep the product form (Baskett,
        // Chandy, Muntz and Palacios 1975). A calls B with 0.5; B calls A with 0.4, then C with 0.3.
        func node(_ mean: Double, _ calls: [CallDescription], rate: Double? = nil)
            -> ServiceDescription
        {
            service(
                [.compute(Distribution(.exponential(mean: mean)))] + calls.map { .call([$0]) },
                arrivals: rate.map { [poisson($0)] } ?? [])
        }
        let runs = Replications(
            [
                node(0.001, [callTo(1, probability: 0.5)], rate: 400),
                node(0.002, [callTo(0, probability: 0.4), callTo(2, probability: 0.3)]),
                node(0.005, []),
            ], seconds: 60)
        // Traffic: λA = 400 + 0.4 λB, λB = 0.5 λA, λC = 0.3 λB.
        let rates = [500.0, 250, 75]
        let station = zip([0.001, 0.002, 0.005], rates).map { 1 / (1 / $0 - $1) }
        // Time in service: WA = a + 0.5 (2 ms + WB), WB = b + 0.4 (2 ms + WA) + 0.3 (2 ms + WC).
        let c = station[2]
        let b0 = station[1] + 0.7 * 0.002 + 0.3 * c
        let a = (station[0] + 0.5 * 0.002 + 0.5 * b0) / (1 - 0.2)
        let b = b0 + 0.4 * a
        for (index, time) in [a, b, c].enumerated() {
            runs.expect(\.arrivalRate, of: index, toBe: rates[index])
            runs.expect(\.meanSojourn, of: index, toBe: time)
            runs.expect(\.meanInSystem, of: index, toBe: rates[index] * time, precision: 0.06)
        }
    }

    @Test("The stations of a tandem add up")
    func tandem() {
        // Burke 1956: what leaves an M/M/c is Poisson.
        let work = StepDescription.compute(Distribution(.exponential(mean: 0.001)))
        let runs = Replications(
            [
                service([work, .call([callTo(1)])], arrivals: [poisson(700)]),
                service([work, .call([callTo(2)])]), service([work]),
            ], seconds: 40)
        let station = 1.0 / 300
        runs.expect(\.meanSojourn, of: 2, toBe: station, precision: 0.08)
        runs.expect(\.meanSojourn, of: 1, toBe: 2 * station + 0.002, precision: 0.08)
        runs.expect(\.meanSojourn, of: 0, toBe: 3 * station + 0.004, precision: 0.08)
    }

    @Test("Arrivals follow the integral of their rate", arguments: 0..<3)
    func arrivals(which: Int) {
        let second = SimulatedInstant.start + .seconds(1)
        let profile = [
            RateProfile.spike(base: 500, peak: 5000, from: second, until: second + .seconds(1)),
            RateProfile.ramp(from: 0, to: 3000, between: second, and: second + .seconds(2)),
            RateProfile.steps([
                RateProfile.Point(instant: .start, rate: 1000),
                RateProfile.Point(instant: second, rate: 0),
                RateProfile.Point(instant: second + .seconds(1), rate: 4000),
            ]),
        ][which]
        var counts = [UInt64](repeating: 0, count: 16)
        let quarter = SimulatedDuration.milliseconds(250)
        for seed in UInt64(1)...10 {
            let stream = ArrivalDescription(name: "users", process: .poisson, profile: profile)
            var run = SequentialRun<ServiceProcess>(
                ModelDescription(name: "arrivals", services: [service([], arrivals: [stream])]),
                settings: RunSettings(seed: seed, duration: .seconds(4)))
            var before: UInt64 = 0
            for index in counts.indices {
                run.run(before: .start + quarter * Int64(index + 1))
                let arrived = run.outcome().processes[0].counters.arrived
                counts[index] += arrived - before
                before = arrived
            }
        }
        for (index, count) in counts.enumerated() {
            let start = SimulatedInstant.start + quarter * Int64(index)
            let expected = 10 * profile.integral(from: start, to: start + quarter)
            // A Poisson variable; 3.9 deviations for 48 comparisons.
            #expect(
                abs(Double(count) - expected) <= 3.9 * expected.squareRoot(), "quarter \(index)")
        }
    }

    @Test("Even arrivals are exactly as many as their rate says")
    func evenArrivals() {
        let run = FinishedRun(
            [service([], arrivals: [users(100_000, every: 0.01)])], milliseconds: 501)
        #expect(run.counters(0).arrived == 50_099)
    }

    @Test("The number of busy servers without limit is a Poisson variable")
    func poissonOccupancy() {
        // M/G/∞: mean and variance agree (Gross and Harris, section 5.2).
        var run = SequentialRun<ServiceProcess>(
            ModelDescription(
                name: "unlimited",
                services: [
                    service(
                        [.compute(Distribution(.lognormal(median: 0.001, sigma: 0.5)))],
                        cores: 1000, arrivals: [poisson(20_000)])
                ]),
            settings: RunSettings(seed: 9, duration: .seconds(20)))
        var samples: [Double] = []
        while !run.isFinished {
            run.run(before: run.now + .milliseconds(10))
            samples.append(Double(run.outcome().processes[0].counters.inSystem))
        }
        let n = Double(samples.count)
        let mean = samples.reduce(0, +) / n
        let variance = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        // The index of dispersion has a deviation of √(2 / n) for independent Poisson samples.
        #expect(abs(variance / mean - 1) < 3.3 * (2 / n).squareRoot())
    }
}
