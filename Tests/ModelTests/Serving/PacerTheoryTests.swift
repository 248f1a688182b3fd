import Kernel
import Model
import Testing

@Suite("Cores against theory")
struct PacerTheoryTests {
    /// Mean sojourn over replications, in seconds, of jobs of 10 ms at a load of 0.7 a core.
    private func sojourn(
        _ shape: Distribution.Shape, cores: Int = 1, most: Int = .max
    ) -> MeanOfReplications {
        MeanOfReplications(
            (1...UInt64(Replications.count)).map { seed in
                let arrivals = PacerLoop.Arrival.poisson(
                    80_000, rate: 70 * Double(cores), work: Distribution(shape), seed: seed)
                var loop = PacerLoop(Pacer(cores: cores), most: most)
                let sojourns = loop.run(arrivals).dropFirst(2_000)
                return sojourns.reduce(0, +) / Double(sojourns.count)
            })
    }

    @Test(
        "Shared cores: the mean sojourn is S / (1 - load), whatever the distribution",
        arguments: [
            Distribution.Shape.exponential(mean: 0.01), .deterministic(value: 0.01),
            .hyperexponential(branches: [
                .init(probability: 0.9, mean: 0.005), .init(probability: 0.1, mean: 0.055),
            ]),
        ])
    func sharedCoreIsInsensitive(shape: Distribution.Shape) {
        let measured = sojourn(shape)
        #expect(measured.agrees(with: 0.01 / 0.3), "\(measured)")
    }

    @Test("Two shared cores: as many in the system as in M/M/2, so S / (1 - load²)")
    func twoSharedCores() {
        let measured = sojourn(.exponential(mean: 0.01), cores: 2)
        #expect(measured.agrees(with: 0.01 / (1 - 0.49)), "\(measured)")
    }

    @Test("First come first served: M/D/1 is Pollaczek and Khinchine's S + load S / 2 (1 - load)")
    func firstComeFirstServed() {
        let measured = sojourn(.deterministic(value: 0.01), most: 1)
        #expect(measured.agrees(with: 0.01 + 0.7 * 0.01 / 0.6), "\(measured)")
    }

    @Test("Shared cores: a job's mean sojourn is proportional to its size")
    func sharingIsFair() {
        let ratios = (1...UInt64(Replications.count)).map { seed in
            let arrivals = PacerLoop.Arrival.poisson(
                30_000, rate: 70, work: Distribution(.exponential(mean: 0.01)), seed: seed)
            var loop = PacerLoop(Pacer(cores: 1))
            let small = zip(arrivals, loop.run(arrivals)).dropFirst(2_000)
                .filter { $0.0.work < .milliseconds(5) }
            return small.reduce(0) { $0 + $1.1 } / small.reduce(0) { $0 + $1.0.work.seconds }
        }
        let measured = MeanOfReplications(ratios)
        #expect(measured.agrees(with: 1 / 0.3), "\(measured)")
    }

    @Test("Deterministic arrivals and service are exact to the nanosecond, idle or overloaded")
    func deterministicQueue() {
        for work: Int64 in [7_000_001, 13_000_003] {
            let arrivals = (0..<100).map { index in
                PacerLoop.Arrival(
                    instant: .start + .milliseconds(10 * Int64(index)),
                    work: SimulatedDuration(nanoseconds: work))
            }
            var loop = PacerLoop(Pacer(cores: 1), most: 1)
            _ = loop.run(arrivals)
            var free = SimulatedInstant.start
            for (arrival, departure) in zip(arrivals, loop.departures) {
                free = max(free, arrival.instant) + arrival.work
                #expect(departure == free)
            }
            #expect(loop.coreTimes.allSatisfy { $0 == SimulatedDuration(nanoseconds: work) })
        }
    }

    @Test("Jobs that slow one another obey Gunther's law: n jobs at once take S · factor(n)")
    func universalScalabilityLaw() {
        let law = Slowdown.universal(contention: 0.02, coherence: 0.001)
        for n in [1, 2, 8, 32, 100] {
            let arrivals = (0..<n).map { _ in
                PacerLoop.Arrival(instant: .start, work: .milliseconds(10))
            }
            var loop = PacerLoop(Pacer(cores: 1_000), slowdown: SlowdownCurve(law))
            let expected = 0.01 * (1 + 0.02 * Double(n - 1) + 0.001 * Double(n * (n - 1)))
            for sojourn in loop.run(arrivals) { #expect(abs(sojourn - expected) < 1e-8) }
        }
    }
}
