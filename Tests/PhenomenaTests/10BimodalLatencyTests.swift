import Kernel
import Model
import Testing

@Suite("10: bimodal latency fills the pool")
struct BimodalLatencyTests {
    /// Shares of the users' requests that were not rejected, and that succeeded.
    private func shares(_ run: ScenarioRun) -> (accepted: Double, success: Double) {
        let users = run.users("users")
        let requests = Double(users.requests)
        return (1 - Double(users.rejected) / requests, Double(users.succeeded) / requests)
    }

    /// The SRE book: 80.4 % errors, 19.6 % served. Erlang's loss formula: 19.58 % are accepted.
    @Test("four of five requests are rejected")
    func fourOfFiveAreRejected() throws {
        // Long after the start: the first 100 hung requests came together and end together.
        let scenario = try Scenario(
            "10-bimodal-latency",
            changes: [
                "duration: 2200 s": "duration: 8000 s", "until: 200 s": "until: 4000 s",
                "from: 200 s, until: 2200 s": "from: 4000 s, until: 8000 s",
            ])
        var accepted = 0.0
        var success = 0.0
        for seed: UInt64 in 1...4 {
            let own = shares(scenario.run(seed: seed))
            accepted += own.accepted / 4
            success += own.success / 4
        }
        #expect(abs(accepted - 0.196) < 0.007, "\(accepted)")
        #expect(abs(success - 0.95 * 0.196) < 0.007, "\(success)")
    }

    @Test("all threads are taken, and healthy requests are rejected", arguments: [1, 2, 3])
    func healthyRequestsAreRejected(seed: UInt64) throws {
        let run = try Scenario("10-bimodal-latency").run(seed: seed)
        let (accepted, success) = shares(run)
        #expect(abs(accepted - 0.196) < 0.02, "\(accepted)")
        #expect(success < 0.21)
        #expect(run.service("frontend", 200..<2200).meanRequests > 97)
    }

    @Test("a deadline of one second leaves only the hung requests to fail", arguments: [1, 2, 3])
    func aShortDeadlineCuresIt(seed: UInt64) throws {
        let (accepted, success) = shares(try Scenario("10-bimodal-latency-cured").run(seed: seed))
        #expect(accepted == 1)
        #expect(abs(success - 0.95) < 0.005, "\(success)")
    }

    @Test("a bulkhead for the bad rows leaves only those to fail", arguments: [1, 2, 3])
    func aBulkheadCuresIt(seed: UInt64) throws {
        let (accepted, success) = shares(
            try Scenario("10-bimodal-latency-bulkhead").run(seed: seed))
        #expect(accepted == 1)
        #expect(abs(success - 0.95) < 0.005, "\(success)")
    }
}
