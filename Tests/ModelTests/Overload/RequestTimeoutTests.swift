import Kernel
import Model
import Testing

/// Time-outs at the server: `requestTimeout`.
@Suite("Time-outs at the server")
struct RequestTimeoutTests {
    @Test("A request is given up wherever it is: in the queue, or with a core, which is then free")
    func waitingAndComputing() {
        // At 1, 2 and 3 ms. The first is done at 11; the second would be at 21, the third at 31.
        let run = FinishedRun([
            service([compute(10)], threads: 1, arrivals: [users(3)]).with {
                $0.serving.requestTimeout = .milliseconds(16)
            }
        ])
        #expect(run.times(.waitExpired, at: 0) == [18, 19])
        #expect(run.counters(0).succeeded == 1 && run.counters(0).expired == 2)
        // 10 ms of the first, 7 of the second, and the third began when the second was given up.
        #expect(run.counters(0).computeTime == 18_000_000)
        #expect(run.counters(0).workDropped == 8_000_000)
        #expect(run.isLawful)
    }

    @Test("What it waits for is given up with it, and goes on where it is")
    func waitingForACall() {
        let run = FinishedRun([
            service([.call([callTo(1)])], threads: 1, arrivals: [users(1)]).with {
                $0.serving.requestTimeout = .milliseconds(20)
            },
            service([compute(100)]),
        ])
        #expect(run.times(.waitExpired, at: 0) == [21])
        #expect(run.counters(0).expired == 1)
        #expect(run.edges(0)[0].abandoned == 1 && run.edges(0)[0].lateAnswers == 1)
        #expect(run.counters(1).succeeded == 1)
        #expect(run.isLawful)
    }

    @Test("A caller that is still waiting learns of it, and may try again")
    func callersLearn() {
        let run = FinishedRun([
            service([.call([callTo(1)])], arrivals: [users(1)]).with {
                var policy = CallPolicy()
                policy.retry = RetryPolicy(attempts: 3)
                $0.policies[ServiceID(1)] = policy
            },
            service([compute(100)]).with { $0.serving.requestTimeout = .milliseconds(20) },
        ])
        // Sent at 1, there at 2, given up at 22, known at 23.
        #expect(run.times(.waitExpired, at: 1) == [22, 44, 66])
        #expect(run.edges(0)[0].retries == 2 && run.edges(0)[0].expired == 3)
        #expect(run.counters(0).failed == 1)
        #expect(run.isLawful)
    }

    @Test("Work that is answered as it is accepted has all the time it wants")
    func answeredEarly() {
        let run = FinishedRun([
            service([compute(50)], arrivals: [users(1)]).with {
                $0.endpoints[0].answersEarly = true
                $0.serving.requestTimeout = .milliseconds(10)
            }
        ])
        #expect(run.times(.waitExpired, at: 0).isEmpty)
        #expect(run.counters(0).computeTime == 50_000_000 && run.counters(0).expired == 0)
        #expect(run.isLawful)
    }

    @Test("A request that is answered in time stops its clock")
    func inTime() {
        let run = FinishedRun([
            service([compute(10)], threads: 2, arrivals: [users(5, every: 20)]).with {
                $0.serving.requestTimeout = .milliseconds(11)
            }
        ])
        #expect(run.counters(0).succeeded == 5)
        #expect(run.times(.waitExpired, at: 0).isEmpty)
        #expect(run.isLawful)
    }
}
