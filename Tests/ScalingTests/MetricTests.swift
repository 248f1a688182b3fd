import Coordination
import Model
import Testing

@Suite("Scaling: what autoscalers look at")
struct MetricTests {
    private func run(_ scaling: String, seed: UInt64) throws -> ScalingRun {
        try ScalingScenario("metric-choice", ["services.web.scaling": scaling]).run(
            seed: seed, minutes: 27)
    }

    // A dear build from 300 to 900 s, a late backend from 1200 s on.
    @Test("Requests see neither a dear build nor a late backend", arguments: ScalingScenario.seeds)
    func requests(seed: UInt64) throws {
        let run = try run("{ max: 40, metric: requests, each: 25 }", seed: seed)
        #expect(run.peak("web") <= 10)
        #expect(run.failing(480..<900) > 0.2)
        #expect(run.failing(1380..<1620) > 0.1)
    }

    @Test("CPU sees the dear build", arguments: ScalingScenario.seeds)
    func cpu(seed: UInt64) throws {
        let run = try run("{ max: 40, metric: cpu, target: 50% }", seed: seed)
        #expect(run.wanted("web", at: 890) >= 20)
        #expect(run.failing(480..<900) < 0.01)
        #expect(run.failing(1380..<1620) > 0.1)
    }

    @Test("Concurrency sees both", arguments: ScalingScenario.seeds)
    func concurrency(seed: UInt64) throws {
        let run = try run("{ max: 40, metric: concurrency, each: 1.5 }", seed: seed)
        #expect(run.wanted("web", at: 890) >= 15)
        #expect(run.failing(480..<900) < 0.01)
        #expect(run.wanted("web", at: 1600) >= 25)
        #expect(run.failing(1380..<1620) < 0.01)
    }

    @Test(
        "A queue-like metric without memory swings for ever, a proportional one rests",
        arguments: ScalingScenario.seeds)
    func flapping(seed: UInt64) throws {
        let run = try ScalingScenario("flapping").run(seed: seed, minutes: 15)
        #expect(turns(run) >= 10)
        #expect(run.peak("web") >= 20)
        #expect(run.failing(300..<900) > 0.15)
        // Whoever is scaled in ends in peace.
        #expect(run.outcome.processes.reduce(0) { $0 + $1.counters.drained } > 100)
        #expect(run.outcome.processes.allSatisfy { $0.counters.kills == 0 })
        let cured = try ScalingScenario("flapping", ["services.web.scaling.metric": "cpu"])
        let rest = cured.run(seed: seed, minutes: 8)
        #expect(rest.failing(300..<480) == 0)
        #expect(rest.steps("web").filter { $0.second > 300 }.count <= 1)
    }

    @Test(
        "Of two groups behind one balancer the slower takes every rise; by what users offer both grow",
        arguments: ScalingScenario.seeds)
    func twoGroups(seed: UInt64) throws {
        // 1% more at each look: 56 req/s at first, 134 at 22 min, for which 40 pods are needed.
        let run = try ScalingScenario("two-groups").run(seed: seed, minutes: 22)
        #expect(run.wanted("blue", at: 1310) >= 25)
        #expect(run.wanted("green", at: 1310) <= 12)
        let manifest = "two-groups-offered-hpa.yaml"
        let cured = try ScalingScenario(
            "two-groups",
            ["services.*.scaling.manifest": manifest]
        ).run(seed: seed, minutes: 16)
        let (blue, green) = (cured.wanted("blue", at: 950), cured.wanted("green", at: 950))
        #expect(min(blue, green) >= 15 && abs(blue - green) <= 4)
    }

    @Test(
        "When the group that grew is lost, most of the app is; of two equal ones a part",
        .enabled(if: ScalingScenario.seeds.count > 1))
    func lostGroup() throws {
        let manifest = "two-groups-offered-hpa.yaml"
        let run = try ScalingScenario("two-groups").run(seed: 1)
        let cured = try ScalingScenario(
            "two-groups",
            ["services.*.scaling.manifest": manifest]
        ).run(seed: 1)
        #expect(run.failing(0..<2995) < 0.001 && cured.failing(0..<2995) < 0.001)
        #expect(run.failing(3000..<3120) > 0.6)
        #expect(cured.failing(3000..<3120) < 0.2)
    }

    /// How often a size that grew fell, or the other way round.
    private func turns(_ run: ScalingRun) -> Int {
        let wanted = run.steps("web").map(\.wanted)
        let changes = zip(wanted.dropFirst(), wanted).map { $0 - $1 }
        return zip(changes.dropFirst(), changes).filter { ($0 > 0) != ($1 > 0) }.count
    }

    @Test(
        "CPU that a start burns after readiness is taken for load", arguments: ScalingScenario.seeds
    )
    func startUpLoad(seed: UInt64) throws {
        // Eight replicas carry 200 req/s at the target; the rise is at 300 s.
        let run = try ScalingScenario("start-up-load").run(seed: seed, minutes: 12)
        #expect(run.wanted("web", at: 290) <= 5)
        #expect(run.peak("web") >= 20)
        let unready = try ScalingScenario(
            "start-up-load", ["services.web.lifeCycle.start": "130 s"]
        ).run(seed: seed, minutes: 12)
        #expect((7...12).contains(unready.peak("web")))
        let requests = try ScalingScenario(
            "start-up-load", ["services.web.scaling.metric": "requests"]
        ).run(seed: seed, minutes: 12)
        #expect((7...12).contains(requests.peak("web")))
    }

    @Test(
        "Cold replicas that get an equal share make latencies worst after a scale-out",
        arguments: ScalingScenario.seeds)
    func coldStartStorm(seed: UInt64) throws {
        let run = try ScalingScenario("cold-start-storm").run(seed: seed, minutes: 9)
        let cured = try ScalingScenario(
            "cold-start-storm", ["services.web.balancing": "least-requests"]
        ).run(seed: seed, minutes: 9)
        #expect(run.latency(0.99) > 5 * cured.latency(0.99))
        #expect(run.failing(300..<540) > 0.005)
        #expect(cured.failing(300..<540) == 0)
    }
}
