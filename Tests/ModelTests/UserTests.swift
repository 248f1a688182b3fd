import Coordination
import Kernel
import Model
import Testing

private func crowd(
    _ process: ArrivalDescription.Process, rate: Double = 0, population: Int = 0,
    think: Distribution = always(0), endpoint: Int = 0
) -> ArrivalDescription {
    var arrivals = userStream(process, rate: rate, population: population, think: think)
    arrivals.endpoint = endpoint
    return arrivals
}

private func exponential(_ milliseconds: Double) -> Distribution {
    Distribution(.exponential(mean: milliseconds / 1000))
}

@Suite("Users of a service")
struct UserTests {
    @Test("A user sends the next request after thinking about the answer")
    func closed() {
        let service = service(
            [compute(10)], arrivals: [crowd(.closed, population: 1, think: always(40))])
        let outcome = ModelDescription.of([service]).run(milliseconds: 10_000)
        let edge = outcome.processes[0].edges[0]
        #expect(outcome.violations.isEmpty)
        #expect(edge.calls == 200)
        #expect(edge.requests == edge.calls)
        #expect(edge.callSuccesses >= 199)
        #expect(outcome.userLatencies() == [10, 10])
    }

    @Test("A closed population never has more requests in a service than users")
    func population() {
        let service = service(
            [compute(1)], threads: 1, arrivals: [crowd(.closed, population: 1000)])
        let outcome = ModelDescription.of([service]).run(milliseconds: 5000)
        #expect(outcome.violations.isEmpty)
        #expect(outcome.processes[0].counters.inSystem == 1000)
        #expect(outcome.processes[0].counters.succeeded == 4999)
    }

    @Test("Those who are refused at once come again, and the clock goes on")
    func refused() {
        let service = service(
            [compute(10)], threads: 1, queue: 0, arrivals: [crowd(.closed, population: 10)])
        let outcome = ModelDescription.of([service]).run(milliseconds: 100)
        #expect(outcome.violations.isEmpty)
        // Nine of ten, every 100 µs.
        let rejected = outcome.processes[0].counters.rejected
        #expect((8000...9100).contains(rejected), "\(rejected)")
    }

    @Test("Who means to send at a pace counts latency from when it was meant")
    func paced() {
        var stream = crowd(.paced, population: 1, think: always(10))
        stream.timeout = .constant(.seconds(10))
        let service = service([compute(25)], arrivals: [stream])
        let outcome = ModelDescription.of([service]).run(milliseconds: 1000)
        #expect(outcome.violations.isEmpty)
        let latencies = outcome.userLatencies()
        // Each is 15 ms later than the one before.
        #expect(latencies.first == 25)
        #expect((latencies.last ?? 0) > 500)
    }

    @Test("A user tries again by hand, as often as patience lasts")
    func retries() {
        var stream = poisson(100)
        stream.retries = 2
        stream.retryDelay = always(5)
        let service = service([.fail(probability: 1)], arrivals: [stream])
        let outcome = ModelDescription.of([service]).run(milliseconds: 20_000)
        #expect(outcome.violations.isEmpty)
        let edge = outcome.processes[0].edges[0]
        let counters = outcome.processes[0].counters
        #expect(edge.calls > 1800)
        #expect(edge.requests + 6 >= 3 * edge.calls && edge.requests <= 3 * edge.calls)
        #expect(edge.retries == edge.requests - edge.calls)
        #expect(edge.callFailures <= edge.calls && edge.callFailures + 6 >= edge.calls)
        #expect(counters.causes[1] == edge.retries)
        #expect(counters.causes[0] == edge.calls)
        #expect(edge.errors == edge.requests)
    }

    @Test("Attempts to succeed are as many as theory says")
    func amplification() {
        var stream = poisson(500)
        stream.retries = 3
        let service = service([.fail(probability: 0.4)], arrivals: [stream])
        let outcome = ModelDescription.of([service]).run(milliseconds: 60_000)
        let edge = outcome.processes[0].edges[0]
        let expected = Formulas.retryAmplification(failure: 0.4, retries: 3)
        #expect(abs(Double(edge.requests) / Double(edge.calls) - expected) < 0.02)
        #expect(abs(Double(edge.callFailures) / Double(edge.calls) - 0.0256) < 0.003)
    }

    @Test(
        "Of users with exponential patience a share leaves that is the race of two exponentials",
        arguments: [false, true])
    func exponentialPatience(isManaged: Bool) {
        var stream = poisson(2000)
        stream.timeout = Distribution(.exponential(mean: 0.02))
        if isManaged {
            stream.process = .sessions
            stream.requestsPerSession = 1
        }
        let outcome = ModelDescription.of([
            service([.delay(Distribution(.exponential(mean: 0.01)))], arrivals: [stream])
        ]).run(milliseconds: 10_000)
        let edge = outcome.processes[0].edges[0]
        #expect(outcome.violations.isEmpty)
        let share = Double(edge.timeouts) / Double(edge.timeouts + edge.succeeded)
        // Of 20,000; 4.5 standard deviations.
        #expect(abs(share - 1.0 / 3) < 0.015, "\(share)")
        #expect(edge.lateAnswers > 6000)
    }

    @Test("Patience that never varies is a plain time-out, drawn or not")
    func constantPatience() {
        let digests = [
            Distribution.constant(.milliseconds(12)),
            Distribution(.uniform(low: 0.012, high: 0.012)),
        ].map { patience in
            var stream = users(500, every: 2)
            stream.timeout = patience
            let service = service(
                [.compute(Distribution(.exponential(mean: 0.002)))], arrivals: [stream])
            return ModelDescription.of([service]).run().digest
        }
        #expect(digests[0] == digests[1])
    }

    @Test("Each attempt of a user has a patience of its own")
    func patienceOfAttempts() {
        var stream = users(1000)
        stream.timeout = Distribution(.uniform(low: 0.001, high: 0.009))
        stream.retries = 1
        let outcome = ModelDescription.of([service([.delay(always(5))], arrivals: [stream])])
            .run(milliseconds: 2000)
        let edge = outcome.processes[0].edges[0]
        // Half give up the first time, half of those the second time.
        #expect(abs(Double(edge.retries) / 1000 - 0.5) < 0.07)
        #expect(abs(Double(edge.callFailures) / 1000 - 0.25) < 0.06)
    }

    @Test("A user who gives up waiting tries again; the answer to the first attempt is late")
    func impatience() {
        var stream = crowd(.closed, population: 1, think: always(80))
        stream.timeout = .constant(.milliseconds(5))
        stream.retries = 1
        let service = service([compute(10)], cores: 2, arrivals: [stream])
        let outcome = ModelDescription.of([service]).run(milliseconds: 9000)
        let edge = outcome.processes[0].edges[0]
        #expect(outcome.violations.isEmpty)
        #expect(edge.calls == 100)
        #expect(edge.requests == 200)
        #expect(edge.timeouts == 200)
        #expect(edge.callFailures == 100)
        // The last may be on its way.
        #expect(edge.lateAnswers == 200 || edge.lateAnswers == 199)
        #expect(edge.workLate == edge.lateAnswers * 10_000_000)
    }

    @Test("Sessions are as long as they should be, and end when a request fails")
    func sessions() {
        for (probability, mean) in [(0.0, 4.0), (1.0, 1.0)] {
            var stream = crowd(.sessions, rate: 50, think: exponential(20))
            stream.requestsPerSession = 4
            let service = service([.fail(probability: probability)], arrivals: [stream])
            let outcome = ModelDescription.of([service]).run(milliseconds: 100_000)
            #expect(outcome.violations.isEmpty)
            let requests = Double(outcome.processes[0].edges[0].calls)
            #expect(abs(requests / (5000 * mean) - 1) < 0.06, "\(requests)")
        }
    }

    @Test(
        "Requests of a mix go to its endpoints by weight",
        arguments: [
            ArrivalDescription.Process.poisson, .modulated,
        ])
    func mix(process: ArrivalDescription.Process) {
        var stream = crowd(process, rate: 1000)
        stream.mix = [
            WeightedEndpoint(weight: 1, endpoint: 0), WeightedEndpoint(weight: 3, endpoint: 1),
        ]
        stream.states = [
            ModulationState(factor: 1, stay: .milliseconds(100)),
            ModulationState(factor: 1, stay: .milliseconds(100)),
        ]
        let service = service([], [.fail(probability: 1)], arrivals: [stream])
        let outcome = ModelDescription.of([service]).run(milliseconds: 20_000)
        #expect(outcome.violations.isEmpty)
        let counters = outcome.processes[0].counters
        #expect(abs(Double(counters.errors) / Double(counters.arrived) - 0.75) < 0.015)
    }

    @Test("Streams with and without memory take turns at one instant")
    func together() {
        var traced = crowd(.trace)
        traced.trace = [1, 1, 2, 700].map { .start + .milliseconds($0) }
        let run = FinishedRun([
            service([compute(1)], [], arrivals: [traced, users(3, endpoint: 1)])
        ])
        #expect(run.isLawful)
        #expect(run.times(.arrival, at: 0) == [1, 1, 1, 2, 2, 3, 700])
        #expect(run.edges(0)[0].callSuccesses == 4)
        #expect(run.edges(0)[1].callSuccesses == 3)
    }
}

@Suite("Closed systems and queueing theory")
struct ClosedTheoryTests {
    @Test(
        "M/M/c//N has the throughput and the time in system of exact mean value analysis",
        arguments: [(cores: 1, users: 12), (cores: 3, users: 40)])
    func machineRepair(_ example: (cores: Int, users: Int)) {
        let service = service(
            [.compute(exponential(10))], cores: example.cores,
            arrivals: [crowd(.closed, population: example.users, think: exponential(100))])
        let exact = ClosedNetwork(
            [ClosedNetwork.Station(demand: 0.010, servers: example.cores)], think: 0.1,
            population: example.users)
        let runs = Replications([service], warmUp: 2, seconds: 300)
        runs.expect(\.arrivalRate, toBe: exact.throughput)
        runs.expect(\.meanSojourn, toBe: exact.response)
        runs.expect(\.meanInSystem, toBe: exact.meanNumbers[0])
    }

    @Test("A chain of services that a population calls is a closed network")
    func network() {
        let front = service(
            [.compute(exponential(4)), .call([callTo(1)])], cores: 2,
            arrivals: [crowd(.closed, population: 25, think: exponential(60))])
        let back = service([.compute(exponential(5))])
        // Two milliseconds on the way there and back are time to think.
        let exact = ClosedNetwork(
            [
                ClosedNetwork.Station(demand: 0.004, servers: 2),
                ClosedNetwork.Station(demand: 0.005),
            ], think: 0.062, population: 25)
        let runs = Replications([front, back], warmUp: 2, seconds: 60)
        runs.expect(\.arrivalRate, toBe: exact.throughput)
        runs.expect(\.meanSojourn, toBe: exact.response + 0.002)
        runs.expect(\.meanSojourn, of: 1, toBe: exact.residences[1])
    }
}
