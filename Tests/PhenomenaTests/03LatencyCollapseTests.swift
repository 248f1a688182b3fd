import Kernel
import Model
import Testing

@Suite("3: collapse by latency that rises with concurrency")
struct LatencyCollapseTests {
    @Test("a spike of 5 s leaves it failing at the usual load", arguments: [1, 2, 3, 4, 5])
    func aSpikeLeavesItFailing(seed: UInt64) throws {
        let run = try Scenario("03-latency-collapse").run(seed: seed)
        #expect(run.users(0..<20).success > 0.99)
        #expect(run.users(40..<70).success < 0.02)
        // Three attempts for each of 40 calls a second.
        let late = run.service("api", 50..<70).arrivalRate
        #expect(late > 110 && late < 130, "\(late)")
        // In flight before: n = 40 (1 + 0.01 n) = 66.7; at the end it grows without bound.
        #expect(abs(run.service("api", 10..<20).meanRequests - 66.7) < 15)
        #expect(run.service("api", 65..<70).meanRequests > 1_500)
    }

    @Test("a retry budget lets it recover", arguments: [1, 2, 3, 4, 5])
    func aRetryBudgetLetsItRecover(seed: UInt64) throws {
        let run = try Scenario("03-latency-collapse-cured").run(seed: seed)
        #expect(run.users(40..<70).success > 0.99)
        let late = run.service("api", 50..<70).arrivalRate
        #expect(late > 34 && late < 46, "\(late)")
    }

    @Test("back-off with jitter does not cure it", arguments: [1, 2, 3])
    func backoffWithJitterDoesNotCureIt(seed: UInt64) throws {
        let scenario = try Scenario(
            "03-latency-collapse",
            changes: [
                "attempts: 3": "attempts: 3, backoff: { base: 10 s, factor: 2, jitter: full }"
            ])
        #expect(scenario.run(seed: seed).users(50..<70).success < 0.02)
    }
}
