import Kernel
import Model
import Testing

@Suite("30: gray failure and black hole")
struct GrayFailureTests {
    @Test("round robin gives the slow one its tenth, and loses it", arguments: [1, 2, 3])
    func roundRobinLosesATenth(seed: UInt64) throws {
        let run = try Scenario("30-gray-failure").run(seed: seed)
        let success = success(run)
        #expect(abs(success - 0.9) < 0.01)
        // 50 calls/s hang for a second each, beside 450/s x 11 ms.
        #expect(abs(run.service("clients", 10..<38).meanRequests - 55) < 3)
    }

    @Test("fewest requests outstanding keeps away from the slow one", arguments: [1, 2, 3])
    func leastRequestsAvoidsTheSlow(seed: UInt64) throws {
        let run = try Scenario("30-gray-failure-cured").run(seed: seed)
        #expect(success(run) > 0.99)
        #expect(try #require(run.userLatencies("users").quantile(0.99)).seconds < 0.03)
        // What the slow one served costs 20 times as much: 1% of the calls.
        let extra = run.utilisation("server") - Double(run.service("server").arrived) * 0.01 / 400
        let share = extra * 400 / 0.19 / Double(run.service("server").arrived)
        #expect(abs(share - 0.01) < 0.003)
    }

    @Test(
        "a black hole draws more than its tenth, the more the busier the others are",
        arguments: [1, 2, 3])
    func blackHoleAttracts(seed: UInt64) throws {
        let calm = try Scenario("30-black-hole").run(seed: seed)
        let busy = try Scenario("30-black-hole", changes: ["500 req/s": "800 req/s"]).run(
            seed: seed)
        #expect(abs(success(calm) - 0.808) < 0.015)
        #expect(abs(success(busy) - 0.726) < 0.015)
        // With round robin it has its tenth.
        let fair = try Scenario("30-black-hole", changes: ["least-requests": "round-robin"])
            .run(seed: seed)
        #expect(abs(success(fair) - 0.9) < 0.01)
    }

    @Test("ejection after five failures in a row closes the black hole", arguments: [1, 2, 3])
    func ejectionClosesIt(seed: UInt64) throws {
        let run = try Scenario("30-black-hole-cured").run(seed: seed)
        #expect(success(run) > 0.99)
        // Once at the start, and once after 30 s.
        #expect(run.edge("clients", "server").callFailures == 10)
    }

    private func success(_ run: ScenarioRun) -> Double {
        let users = run.users("users")
        return Double(users.callSuccesses) / Double(users.calls)
    }
}
