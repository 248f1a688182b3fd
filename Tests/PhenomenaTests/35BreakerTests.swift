import Kernel
import Model
import Testing

@Suite("35: breakers turn partial into full failure")
struct BreakerTests {
    @Test("one breaker for three shards: 13% instead of two thirds", arguments: [1, 2, 3])
    func breakerForTheServiceFailsAll(seed: UInt64) throws {
        let run = try Scenario("35-breaker").run(seed: seed)
        #expect((0.08...0.18).contains(success(run)))
        // Closed for (3⁵ - 1)/(2/3) = 363 calls on average, open for 10 s / (2/3): about 400/18.6
        // cycles of 1.5 openings each.
        #expect((24...42).contains(run.edge("router", "storage").trips))
        #expect(run.edge("router", "storage").broken > run.users("users").calls * 3 / 4)
    }

    @Test("without a breaker the other two shards serve", arguments: [1, 2, 3])
    func withoutBreakerTwoThirdsSucceed(seed: UInt64) throws {
        let run = try Scenario(
            "35-breaker",
            changes: [
                "    calls: { storage: { breaker: { consecutive: 5, openFor: 10 s, probes: 1 } } }\n":
                    ""
            ]
        ).run(seed: seed)
        #expect((0.64...0.69).contains(success(run)))
    }

    @Test(
        "a breaker for each shard keeps two thirds, and spares the broken one",
        arguments: [1, 2, 3])
    func breakerForEachShardKeepsTwoThirds(seed: UInt64) throws {
        let run = try Scenario("35-breaker-cured").run(seed: seed)
        #expect((0.64...0.69).contains(success(run)))
        // Five that opened it, then a probe every 10 s.
        #expect((35...50).contains(run.service("shard-a").arrived))
    }

    @Test("when the shard is well again the breaker is too, within its time", arguments: [1, 2, 3])
    func recoveryIsPrompt(seed: UInt64) throws {
        let run = try Scenario(
            "35-breaker",
            changes: [
                "    oddReplicas: [{ replica: 0, errors: 100% }]\n": "",
                "arrivals:": """
                faults:
                  shard: { errors: { service: storage, replicas: [0] }, from: 0 s, until: 200 s }
                arrivals:
                """,
            ]
        ).run(seed: seed)
        #expect(run.users("users", 20..<200).success < 0.25)
        #expect(run.users("users", 211..<399).success == 1)
    }

    private func success(_ run: ScenarioRun) -> Double {
        let users = run.users("users")
        return Double(users.callSuccesses) / Double(users.calls)
    }
}
