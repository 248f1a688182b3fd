import Coordination
import Kernel
import Model
import Testing

@Suite("Calls")
struct CallTests {
    @Test("Parallel calls wait for the slowest")
    func parallel() {
        let run = FinishedRun([
            service([.call([callTo(1), callTo(2)])], arrivals: [users(1)]),
            service([compute(5)]), service([compute(20)]),
        ])
        #expect(run.latency(0) == [22, 22])
        #expect(run.latency(0, series: 1) == [7, 7])
        #expect(run.latency(0, series: 2) == [22, 22])
        #expect(run.latency(1) == [5, 5])
        #expect(run.isLawful)
    }

    @Test("Steps wait for one another")
    func sequential() {
        let run = FinishedRun([
            service([.call([callTo(1)]), .call([callTo(2)])], arrivals: [users(1)]),
            service([compute(5)]), service([compute(20)]),
        ])
        #expect(run.latency(0) == [29, 29])
        #expect(run.times(.requestDelivered, at: 2) == [9])
    }

    @Test("A call of probability zero is never made, one of probability one always")
    func certainProbabilities() {
        let run = FinishedRun([
            service(
                [.call([callTo(1, probability: 0), callTo(2, probability: 1)])],
                arrivals: [users(500)]),
            service([]), service([]),
        ])
        #expect(run.counters(1).arrived == 0)
        #expect(run.counters(2).arrived == 500)
    }

    @Test("A step none of whose calls is made takes no time")
    func noCallMade() {
        let run = FinishedRun([
            service([.call([callTo(1, probability: 0)]), compute(3)], arrivals: [users(1)]),
            service([]),
        ])
        #expect(run.latency(0) == [3, 3])
    }

    @Test("A call of probability 0.3 is made as often as that")
    func probability() {
        let run = FinishedRun(
            [
                service(
                    [.call([callTo(1, probability: 0.3)])],
                    arrivals: [users(10_000, every: 0.05)]),
                service([]),
            ], recordsEvents: false)
        // Binomial, deviation 45.8; 99.9% lie within 3.3 of them.
        #expect(abs(Double(run.counters(1).arrived) - 3000) < 151)
        #expect(run.isLawful)
    }

    @Test("A choice makes exactly one call, in proportion to the weights")
    func choice() {
        let run = FinishedRun(
            [
                service(
                    [
                        .oneOf([
                            WeightedCall(weight: 1, call: callTo(1)),
                            WeightedCall(weight: 3, call: callTo(2)),
                        ])
                    ], arrivals: [users(10_000, every: 0.05)]),
                service([]), service([]),
            ], recordsEvents: false)
        #expect(run.counters(1).arrived + run.counters(2).arrived == 10_000)
        #expect(abs(Double(run.counters(1).arrived) - 2500) < 143)
    }

    @Test("A choice by replicas goes by weight times ready replicas, and follows their number")
    func choiceByReplicas() {
        func shares(dead: [Int], of victim: Int) -> Double {
            var caller = service(
                [
                    .oneByReplicas([
                        WeightedCall(weight: 2, call: callTo(1)),
                        WeightedCall(weight: 1, call: callTo(2)),
                    ])
                ], replicas: 2, arrivals: [users(10_000, every: 0.05, after: 50)])
            var policy = CallPolicy()
            policy.balancing = .roundRobin
            caller.policies = [ServiceID(1): policy, ServiceID(2): policy]
            let fault = FaultDescription(
                name: "dead", effect: .down([ServiceID(victim)], .list(dead)),
                schedule: .window(from: .start + .milliseconds(10), until: nil))
            let outcome = ModelDescription.of(
                [caller, service([], replicas: 3), service([], replicas: 2)],
                faults: dead.isEmpty ? [] : [fault]
            ).run()
            #expect(outcome.violations.isEmpty)
            let calls = outcome.processes[0].edges.prefix(2).map { Double($0.calls) }
            #expect(calls[0] + calls[1] == 10_000)
            return calls[0] / 10_000
        }
        // Binomial, deviations below 0.005; 99.9% lie within 3.3 of them.
        #expect(abs(shares(dead: [], of: 1) - 6.0 / 8) < 0.0165)
        #expect(abs(shares(dead: [0, 2], of: 1) - 2.0 / 4) < 0.0165)
        #expect(shares(dead: [0, 1], of: 2) == 1)
        #expect(shares(dead: [0, 1, 2], of: 1) == 0)
    }

    @Test("A service calls itself, and its requests are told apart")
    func selfCall() {
        let run = FinishedRun([
            service(
                [compute(1), .call([callTo(0, endpoint: 1)])], [compute(2)], arrivals: [users(1)])
        ])
        #expect(run.times(.computeFinished, at: 0) == [2, 5])
        #expect(run.times(.responseDelivered, at: 0) == [6])
        #expect(run.latency(0) == [2, 5])
        #expect(run.counters(0).arrived == 2)
        #expect(run.isLawful)
    }

    @Test("A service that calls itself with its only thread waits for ever")
    func selfDeadlock() {
        let run = FinishedRun([
            service([.call([callTo(0, endpoint: 1)])], [], threads: 1, arrivals: [users(3)])
        ])
        #expect(run.counters(0).succeeded == 0)
        #expect(run.counters(0).inSystem == 4)
        #expect(run.isLawful)
    }

    @Test("A shared service serves both sides of a diamond")
    func diamond() {
        let run = FinishedRun([
            service([.call([callTo(1), callTo(2)])], arrivals: [users(1)]),
            service([.call([callTo(3)])]), service([.call([callTo(3)])]),
            service([compute(4)]),
        ])
        #expect(run.times(.requestDelivered, at: 3) == [3, 3])
        #expect(run.times(.computeFinished, at: 3) == [7, 11])
        #expect(run.latency(1) == [6, 6])
        #expect(run.latency(2) == [10, 10])
        #expect(run.latency(0) == [12, 12])
        #expect(run.isLawful)
    }

    @Test("A cycle of calls ends when its probabilities let it")
    func cycle() {
        let run = FinishedRun(
            [
                service(
                    [.call([callTo(1, latency: 0.01, probability: 0.5)])],
                    arrivals: [users(10_000, every: 0.05)]),
                service([.call([callTo(0, latency: 0.01, probability: 0.5)])]),
            ], recordsEvents: false)
        #expect(run.counters(0).inSystem == 0)
        // Each user's request comes back to the first service 1/3 times, with a variance of 4/9.
        let arrived = Double(run.counters(0).arrived)
        #expect(abs(arrived - 10_000 * 4 / 3) < 3.3 * (10_000.0 * 4 / 9).squareRoot())
        #expect(run.isLawful)
    }

    @Test("Fifty services are called at once")
    func fanOut() {
        let run = FinishedRun(
            [service([.call((1...50).map { callTo($0) })], arrivals: [users(1)])]
                + (1...50).map { service([compute(Double($0))]) })
        #expect(run.latency(0) == [52, 52])
        #expect(run.times(.responseDelivered, at: 0) == (1...50).map { Double($0) + 3 })
        #expect(run.isLawful)
    }

    @Test("Services that live together call each other in no time")
    func zeroLatency() {
        let run = FinishedRun([
            service([compute(1), .call([callTo(1, latency: 0)])], arrivals: [users(2, every: 10)]),
            service([.call([callTo(2, latency: 0)]), .call([callTo(2, latency: 0)])]),
            service([compute(2)]),
        ])
        #expect(run.latency(0) == [5, 5])
        #expect(run.latency(1) == [4, 4])
        #expect(run.times(.computeFinished, at: 2) == [13, 15, 23, 25])
        #expect(run.isLawful)
    }

    @Test("A cycle without latency is walked within an instant")
    func zeroLatencyCycle() {
        let run = FinishedRun([
            service(
                [.call([callTo(1, latency: 0, probability: 0.9)])],
                arrivals: [users(1000, every: 0.5)]),
            service([.call([callTo(0, latency: 0, probability: 0.9)])]),
        ])
        #expect(run.latency(0) == [0, 0])
        #expect(run.counters(0).inSystem == 0)
        #expect(run.counters(0).arrived > 4000)
        #expect(run.isLawful)
    }
}
