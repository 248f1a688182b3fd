import Testing

@Suite("Scaling: retries, wrong tiers and harmful coordination")
struct InteractionTests {
    @Test(
        "Retries keep an app at its quota for ever; enough replicas or a budget end the storm",
        arguments: ScalingScenario.seeds)
    func retryStorm(seed: UInt64) throws {
        // The spike is from 300 to 360 s.
        let quota = try ScalingScenario("retry-storm", ["services.app.scaling.max": "12"])
        let stuck = quota.run(seed: seed, minutes: 14)
        #expect(stuck.failing(600..<840) > 0.9)
        #expect(stuck.wanted("app", at: 830) == 12)
        let run = try ScalingScenario("retry-storm").run(seed: seed, minutes: 10)
        #expect(run.failing(480..<600) == 0)
        #expect(run.peak("app") >= 25)
        let cured = try ScalingScenario(
            "retry-storm",
            [
                "services.app.scaling.max": "12",
                "services.gateway.calls.app.budget": "{ ratio: { ratio: 10% } }",
            ]
        ).run(seed: seed, minutes: 10)
        #expect(cured.failing(480..<600) == 0)
    }

    @Test(
        "More replicas of the wrong tier drown the database behind them",
        arguments: ScalingScenario.seeds)
    func wrongTier(seed: UInt64) throws {
        // The database is slow from 300 to 360 s.
        let run = try ScalingScenario("wrong-tier").run(seed: seed, minutes: 12)
        #expect(run.wanted("web", at: 700) == 20)
        #expect(run.failing(480..<720) > 0.9)
        let pools = try ScalingScenario(
            "wrong-tier", ["services.web.calls.database.pool.size": "2"]
        ).run(seed: seed, minutes: 12)
        #expect(pools.failing(480..<720) == 0)
        let cpu = try ScalingScenario("wrong-tier", ["services.web.scaling.metric": "cpu"]).run(
            seed: seed, minutes: 12)
        #expect(cpu.wanted("web", at: 700) == 4)
        #expect(cpu.failing(480..<720) == 0)
    }

    @Test(
        "Coordination that heeds no fixed datastore makes less of it than no scaling",
        arguments: ScalingScenario.seeds)
    func fixedDatastore(seed: UInt64) throws {
        let spike = 480..<600
        let heedless = try ScalingScenario("fixed-datastore").run(seed: seed, minutes: 10)
        let heeding = try ScalingScenario("fixed-datastore", scaling: "coordinated").run(
            seed: seed, minutes: 10)
        let none = try ScalingScenario("fixed-datastore", scaling: "none").run(
            seed: seed, minutes: 10)
        #expect(heedless.goodput(spike) < 0.85 * none.goodput(spike))
        #expect(heeding.goodput(spike) > 1.1 * none.goodput(spike))
        #expect(heeding.replicaSeconds < 0.8 * heedless.replicaSeconds)
        #expect(heeding.reasons.contains("Shortfall"))
    }

    @Test(
        "A wrong graph that is believed does worse than no coordination",
        arguments: ScalingScenario.seeds)
    func wrongGraph(seed: UInt64) throws {
        func bad(_ policy: String) throws -> Double {
            try ScalingScenario("wrong-graph", scaling: policy).run(seed: seed, minutes: 10)
                .failing(300..<600)
        }
        let own = try bad("hpa")
        #expect(try bad("believing") > 3 * own)
        #expect(try bad("corrected") < 1.1 * own)
        #expect(try bad("learned") < 0.8 * own)
    }

    @Test(
        "A far forecast of a rise that ends buys replicas for nothing",
        arguments: ScalingScenario.seeds)
    func falseAlarm(seed: UInt64) throws {
        let far = try ScalingScenario("false-alarm").run(seed: seed)
        let short = try ScalingScenario("false-alarm", scaling: "short").run(seed: seed)
        let own = try ScalingScenario("false-alarm", scaling: "hpa").run(seed: seed)
        // 16 replicas carry the 400 req/s that come.
        #expect(far.peak("web") >= 32)
        #expect(short.peak("web") <= 24)
        #expect(far.replicaSeconds > 1.25 * own.replicaSeconds)
        #expect(own.failing(0..<1500) < 0.001)
    }
}
