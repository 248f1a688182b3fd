import Autoscalers
import ControlPlane
import Kernel
import Model
import Testing

@Suite("KEDA's formulas and fallbacks in a run")
struct EventDrivenPolicyTests {
    /// One service whose triggers `a` and `b` look at what waits and what is in it.
    private static func plan(
        _ object: ScaledObject, replicas: Int, isBlind: Bool = false
    ) -> ScalingPlan {
        var service = ScaledService.scaled("s", replicas: replicas, most: 20, least: 0)
        service.autoscaler = .plain(
            of: 0, ReplicaBounds(least: 0, most: 20), metric: .queue, each: 5, target: 0.8)
        service.autoscaler?.eventDriven = EventDrivenAutoscaler(
            target: .object(object),
            triggers: zip(["a", "b"], [SignalKind.queue, .concurrency]).map {
                .init(
                    name: $0, source: .signal(Signal($1, of: 0)),
                    target: .averageValue(Quantity(5)))
            })
        var plan = ScalingPlan(
            policy: PolicyDescription(name: "keda", kind: .eventDriven), services: [service])
        // Readings that come after the end of the run: every trigger fails.
        if isBlind { plan.pipeline.delay = .seconds(10_000) }
        return plan
    }

    private static func steps(_ world: World) -> [(Double, Int)] {
        world.report().steps.map { ($0.instant.seconds, $0.desired) }
    }

    @Test("A formula wakes a service up above its own threshold, and the HPA follows it")
    func formula() throws {
        let object = ScaledObject(
            maxReplicaCount: 20,
            modifiers: ScalingModifiers(
                formula: try ScalingFormula("max(a, b / 2)", names: ["a", "b"]), target: 10,
                hasWholeTarget: true, activationTarget: 25))
        var world = World(Self.plan(object, replicas: 0))
        try world.run(
            until: .at(300),
            measure: { seen, now in
                seen[0].waiting = 20
                seen[0].inSystem = now < .at(100) ? 50 : 120
            })
        let steps = Self.steps(world)
        // 25 is not above 25; 60 from the reading of 105 s on, at the poll of 120 s.
        #expect(steps.dropFirst().first ?? (0, 0) == (120, 1), "\(steps)")
        #expect(steps.last?.1 == 6, "\(steps)")
    }

    @Test("At zero only polls fail, since the HPA does not ask; above it both count")
    func failures() throws {
        func fallen(from replicas: Int, least: Int) throws -> Double? {
            let object = ScaledObject(
                minReplicaCount: least, maxReplicaCount: 20,
                fallback: MetricFallback(failureThreshold: 3, replicas: 7))
            var world = World(Self.plan(object, replicas: replicas, isBlind: true))
            try world.run(until: .at(600))
            #expect(Self.steps(world).last?.1 == 7)
            return Self.steps(world).dropFirst().first?.0
        }
        // Polls at 0, 30, 60 and 90 s: the fourth failure is one too many.
        #expect(try fallen(from: 0, least: 0) == 90)
        // Two polls, and two looks of the HPA within 15 s each.
        #expect(try fallen(from: 1, least: 1) ?? 90 <= 45)
    }

    @Test("With cached metrics the HPA is told what the last poll read")
    func cached() throws {
        var plan = Self.plan(
            ScaledObject(minReplicaCount: 1, maxReplicaCount: 20, pollingInterval: 120),
            replicas: 1)
        plan.services[0].autoscaler?.eventDriven.triggers[0].usesCachedMetrics = true
        plan.services[0].autoscaler?.eventDriven.triggers.removeLast()
        var world = World(plan)
        try world.run(
            until: .at(300), measure: { seen, now in seen[0].waiting = now < .at(30) ? 5 : 50 })
        let grown = try #require(Self.steps(world).first { $0.1 > 1 })
        #expect((120...135).contains(grown.0), "\(Self.steps(world))")
    }
}
