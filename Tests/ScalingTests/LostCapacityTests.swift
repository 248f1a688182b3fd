import Testing

@Suite("Scaling: capacity that goes while nobody seems to ask")
struct LostCapacityTests {
    @Test(
        "When the gateway is back its app is at its minimum, and fails",
        arguments: ScalingScenario.seeds)
    func minimumCapacity(seed: UInt64) throws {
        let run = try ScalingScenario("minimum-capacity").run(seed: seed, minutes: 19)
        #expect(run.wanted("app", at: 890) == 2)
        #expect(run.failing(900..<960) > 0.5)
        // The second outage ends when the app has grown.
        #expect(run.failing(1080..<1140) == 0)
    }

    @Test(
        "A size that falls slowly, or by what users ask for, outlasts the outage",
        arguments: ScalingScenario.seeds)
    func minimumCapacityCured(seed: UInt64) throws {
        let slow = try ScalingScenario(
            "minimum-capacity",
            ["services.app.scaling.manifest": "minimum-capacity-slow-hpa.yaml"]
        ).run(seed: seed, minutes: 17)
        #expect(slow.wanted("app", at: 890) >= 10)
        #expect(slow.failing(901..<1020) == 0)
        let coordinated = try ScalingScenario("minimum-capacity", scaling: "coordinated").run(
            seed: seed, minutes: 17)
        #expect(coordinated.wanted("app", at: 890) >= 11)
        #expect(coordinated.failing(901..<1020) == 0)
    }

    @Test(
        "By CPU replicas go while callers wait, and are missing afterwards",
        arguments: ScalingScenario.seeds)
    func scaleInWhileWaiting(seed: UInt64) throws {
        let run = try ScalingScenario("scale-in-while-waiting").run(seed: seed, minutes: 17)
        // The backend is late from 300 s to 900 s.
        #expect(run.wanted("web", at: 890) <= 3)
        #expect(run.failing(420..<900) > 0.6)
        #expect(run.failing(905..<945) > 0.08)
    }

    @Test("By concurrency they grow while callers wait", arguments: ScalingScenario.seeds)
    func scaleOutWhileWaiting(seed: UInt64) throws {
        let run = try ScalingScenario(
            "scale-in-while-waiting", ["services.web.scaling.metric": "concurrency"]
        ).run(seed: seed, minutes: 17)
        #expect(run.wanted("web", at: 890) == 40)
        #expect(run.failing(480..<900) < 0.02)
        #expect(run.failing(910..<1020) == 0)
    }

    @Test(
        "Lulls longer than the window cost capacity, a longer window keeps it",
        arguments: ScalingScenario.seeds)
    func lullThenSurge(seed: UInt64) throws {
        // Lulls from 4 to 11 and from 15 to 22 min.
        let run = try ScalingScenario("lull-then-surge").run(seed: seed, minutes: 24)
        #expect(run.failing(660..<690) > 0.4)
        #expect(run.failing(1320..<1350) > 0.4)
        let cured = try ScalingScenario(
            "lull-then-surge", ["scaling.controller.downscaleStabilisation": "10 min"]
        ).run(seed: seed, minutes: 24)
        #expect(cured.failing(0..<1440) == 0)
    }
}
