import Kernel
import Model
import Testing

@Suite("Users who come whatever happens")
struct OpenStreamTests {
    private static func instants(
        _ arrivals: ArrivalDescription, seconds: Int64, seed: UInt64 = 1
    ) -> [SimulatedInstant] {
        var run = UserRun([arrivals], seed: seed)
        run.run(until: .start + .seconds(seconds), latency: .zero)
        return run.log.map(\.instant)
    }

    private static func modulated(
        rate: Double, _ states: (factor: Double, stay: SimulatedDuration)...
    ) -> ArrivalDescription {
        var arrivals = userStream(.modulated, rate: rate)
        arrivals.states = states.map { ModulationState(factor: $0.factor, stay: $0.stay) }
        return arrivals
    }

    @Test("A modulated process has the mean rate and the dispersion of a two-state MMPP")
    func modulation() {
        // Heffes and Lucantoni, "A Markov modulated characterization of packetized voice and data
        // traffic" (IEEE JSAC 4, 1986): rates l, leaving rates s, in windows of length t.
        let bursty = Self.modulated(
            rate: 100, (0.5, .seconds(1)), (3, .milliseconds(250)))
        let (l1, l2, s1, s2) = (50.0, 300.0, 1.0, 4.0)
        let windows = 6000
        var counts = [Double](repeating: 0, count: windows)
        for instant in Self.instants(bursty, seconds: Int64(windows)) {
            counts[Int(instant.nanoseconds / 1_000_000_000)] += 1
        }
        let mean = counts.reduce(0, +) / Double(windows)
        let variance =
            counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(windows - 1)
        let sum = s1 + s2
        let limit = 2 * s1 * s2 * (l1 - l2) * (l1 - l2) / (sum * sum * (l1 * s2 + l2 * s1))
        let dispersion = 1 + limit * (1 - (1 - ExactMath.exp(-sum)) / sum)
        #expect(abs(mean - (l1 * s2 + l2 * s1) / sum) < 4, "\(mean)")
        #expect(abs(variance / mean / dispersion - 1) < 0.1, "\(variance / mean), \(dispersion)")
    }

    @Test("With equal factors it is the Poisson process of the profile times the factor")
    func equalFactors() {
        let even = Self.modulated(rate: 50, (2, .milliseconds(10)), (2, .milliseconds(70)))
        let count = Self.instants(even, seconds: 200).count
        #expect(abs(Double(count) - 20_000) < 4 * 20_000.0.squareRoot())
    }

    @Test("Nothing comes in a silent state, and the profile counts too")
    func silence() {
        var arrivals = Self.modulated(rate: 0, (0, .seconds(2)), (1, .seconds(1)))
        arrivals.profile = .spike(
            base: 0, peak: 900, from: .start + .seconds(100), until: .start + .seconds(300))
        let instants = Self.instants(arrivals, seconds: 1000)
        #expect(instants.allSatisfy { $0 >= .start + .seconds(100) && $0 < .start + .seconds(300) })
        #expect((30_000...90_000).contains(instants.count))
    }

    @Test("A modulated process that never has a rate, or changes absurdly often, comes to an end")
    func degenerateModulation() {
        let silent = Self.modulated(rate: 10, (0, .seconds(1)), (0, .seconds(1)))
        #expect(Self.instants(silent, seconds: 1000).isEmpty)
        let without = Self.modulated(rate: 0, (1, .seconds(1)), (5, .seconds(1)))
        #expect(Self.instants(without, seconds: 1000).isEmpty)
        let nervous = Self.modulated(
            rate: 1, (0.5, SimulatedDuration(nanoseconds: 1)),
            (1.5, SimulatedDuration(nanoseconds: 1)))
        let count = Self.instants(nervous, seconds: 100).count
        #expect((60...140).contains(count))
    }

    @Test("A trace is followed to the nanosecond")
    func trace() {
        var arrivals = userStream(.trace)
        arrivals.trace = [0, 3, 3, 3, 500, 1_000_000_007].map { .init(nanoseconds: $0) }
        #expect(Self.instants(arrivals, seconds: 10) == arrivals.trace)
        arrivals.trace = []
        #expect(Self.instants(arrivals, seconds: 10).isEmpty)
    }

    @Test("A user tries again by hand as often as the description says, and no more")
    func retries() {
        var arrivals = userStream(.constant, rate: 10)
        #expect(!UserProgram.manages(arrivals))
        arrivals.retries = 2
        arrivals.retryDelay = Distribution(.deterministic(value: 0.5))
        #expect(UserProgram.manages(arrivals))
        var run = UserRun([arrivals])
        run.run(until: .start + .seconds(10)) { ($1 + .milliseconds(20), false) }
        let first = run.log.filter { $0.arrival.request == run.log[0].arrival.request }
        #expect(first.map(\.arrival.attempt) == [0, 1, 2])
        #expect(first.map(\.instant).map(\.nanoseconds) == [100, 620, 1140].map { $0 * 1_000_000 })
        #expect(first.allSatisfy { $0.arrival.intended == first[0].instant })
        #expect(Set(run.log.map(\.arrival.call)).count == run.log.count)
        #expect(first[0].arrival.call == CallIdentity.root(first[0].arrival.request))
    }

    @Test("Persistence decides how many try again: attempts are (1 - q^(r+1)) / (1 - q)")
    func persistence() {
        var arrivals = userStream(.poisson, rate: 2000)
        arrivals.retries = 3
        arrivals.persistence = 0.6
        var run = UserRun([arrivals])
        run.run(until: .start + .seconds(10)) { ($1 + .milliseconds(1), false) }
        let first = run.log.count { $0.arrival.attempt == 0 }
        let expected = Formulas.retryAmplification(failure: 0.6, retries: 3)
        #expect(abs(Double(run.log.count) / Double(first) - expected) < 0.04)
    }

    @Test("Requests are spread over the endpoints by weight, each attempt to the same one")
    func mix() {
        var arrivals = userStream(.poisson, rate: 1000)
        arrivals.mix = [
            WeightedEndpoint(weight: 1, endpoint: 4), WeightedEndpoint(weight: 3, endpoint: 0),
        ]
        arrivals.retries = 1
        var run = UserRun([arrivals])
        run.run(until: .start + .seconds(10)) { ($1 + .milliseconds(1), false) }
        let share = run.log.count { $0.arrival.endpoint == 4 }
        #expect(abs(Double(share) / Double(run.log.count) - 0.25) < 0.02)
        for sent in run.log.suffix(100) {
            #expect(run.program.endpoint(of: sent.arrival.request) == sent.arrival.endpoint)
        }
    }

    @Test("An answer that nobody waits for is late")
    func lateAnswers() {
        var run = UserRun([userStream(.sessions, rate: 10)])
        run.run(until: .start + .seconds(5), latency: .milliseconds(1))
        let call = run.log[0].arrival.call
        check(run.users.answered(call, succeeded: true, at: run.now, run.program) == nil)
    }
}
