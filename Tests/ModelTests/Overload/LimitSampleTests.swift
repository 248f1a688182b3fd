import Kernel
import Model
import Testing

/// What an adaptive limit learns from, and what not. The limits here start at 4 and fall to 1 at the first drop.
@Suite("Samples of adaptive limits")
struct LimitSampleTests {
    private func admission(initial: Double = 4, timeout: Int64 = 1_000) -> AdmissionDescription {
        var admission = AdmissionDescription()
        admission.limit = AdaptiveLimitDescription(
            algorithm: .additiveIncrease(backoff: 0.3, timeout: .milliseconds(timeout)),
            initial: initial)
        return admission
    }

    /// How many of those that come at a time, at 300 ms, are shed after the first came at 1 ms.
    private func shed(
        _ steps: [StepDescription], threads: Int? = nil, first: Int = 1, later: Int = 2,
        timeout: Int64? = nil,
        _ change: (inout ServiceDescription) -> Void = { _ in }
    ) -> UInt64 {
        let run = FinishedRun([
            service(
                steps, cores: 8, threads: threads,
                arrivals: [users(first, timeout: timeout), users(later, after: 300)]
            ).with {
                $0.admission = self.admission()
                change(&$0)
            }
        ])
        #expect(run.isLawful)
        return run.counters(0).shed
    }

    @Test("Errors are answers like any")
    func errors() {
        #expect(shed([compute(10), failing()]) == 0)
    }

    @Test("A request whose time runs out is a drop, while it is served or as it waits")
    func expired() {
        #expect(shed([compute(10), compute(10)], timeout: 5) { $0.honoursDeadlines = true } == 1)
        // As the first ends the limit is 2 again.
        #expect(
            shed([compute(30)], threads: 1, first: 2, later: 3) {
                $0.serving.waitLimit = .fixed(.milliseconds(5))
            } == 1)
    }

    @Test("Requests that are cancelled are none, nor are calls that fail because of others")
    func cancelled() {
        func shed(cancels: Bool, _ last: StepDescription, last timeout: Int64?) -> UInt64 {
            let run = FinishedRun([
                caller(
                    callTo(1, timeout: timeout), [users(1), users(2, after: 300)]
                ) { $0.cancels = cancels },
                service([compute(20), last], cores: 8).with { $0.admission = self.admission() },
                service([compute(50), failing()], cores: 8),
            ])
            #expect(run.isLawful)
            return run.counters(1).shed
        }
        #expect(shed(cancels: true, compute(1), last: 10) == 0)
        #expect(shed(cancels: false, .call([callTo(2, timeout: 10)]), last: nil) == 0)
    }

    @Test("Probes are none")
    func probes() {
        var life = LifeCycleDescription()
        life.start = always(1)
        life.liveness = ProbeDescription(
            period: .milliseconds(20), timeout: .seconds(1), work: always(10))
        let probed = FinishedRun([
            service([compute(2)], cores: 8, arrivals: [users(2, after: 300)]).with {
                $0.admission = self.admission(timeout: 5)
                $0.lifeCycle = life
            }
        ])
        #expect(probed.counters(0).probesEnded > 10)
        #expect(probed.counters(0).shed == 0)
        #expect(probed.isLawful)
    }

    @Test("A sample says how many requests there were as it was let in, not as it left")
    func inFlight() {
        // Of 2.8, the first would grow the limit to 3.2 as it ends at 101 with another beside it.
        let run = FinishedRun([
            service(
                [compute(100)], cores: 8,
                arrivals: [users(1), users(1, after: 49), users(2, after: 109)]
            ).with { $0.admission = self.admission(initial: 2.8) }
        ])
        #expect(run.counters(0).shed == 1)
        #expect(run.isLawful)
    }
}
