import Autoscalers
import ControlPlane
import Kernel
import Model
import Testing

@Suite("ResourceQuotas")
struct QuotaTests {
    private static func world(
        _ quota: QuotaDescription, replicas: Int = 3, other: Int = 0,
        _ change: (inout ScaledService) -> Void = { _ in }
    ) -> World {
        var service = ScaledService.scaled("a", replicas: replicas)
        change(&service)
        var plan = ScalingPlan.external([service, .scaled("b", replicas: other)])
        plan.quotas = [quota]
        return World(plan)
    }

    @Test(
        "Pods beyond a quota are not made, not even as pods that wait",
        arguments: [
            QuotaDescription(namespace: "default", cpu: 3_999),
            QuotaDescription(namespace: "default", memory: 3_000),
            QuotaDescription(namespace: "default", cpu: 9_000, memory: 9_000, pods: 3),
        ])
    func refused(quota: QuotaDescription) throws {
        var world = Self.world(quota, replicas: 1) { $0.memoryRequest = 1_000 }
        world.wanted = ["a": 5]
        try world.run(until: .at(60))
        #expect(world.seen[0].replicas.count == 3)
        let report = world.report()
        #expect(report.quotas[0].mostPods == 3)
        // Two are missing from the first second on.
        #expect((report.quotas[0].refusedPodSeconds - 118).magnitude < 0.1)
        #expect(report.conditions.map(\.condition.reason).contains("FailedCreate"))
        #expect(world.events("FailedCreate")[0].message.contains("exceeded quota: default"))
    }

    @Test("Pods that ask for more than can be counted are counted as the most there is")
    func uncountable() throws {
        for memory in [nil, Int64.max - 1] {
            var world = Self.world(
                QuotaDescription(namespace: "default", memory: memory, pods: 20), replicas: 12
            ) { $0.memoryRequest = 1e18 }
            world.wanted = ["a": 13]
            try world.run(until: .at(10))
            #expect(world.live(0).count == (memory == nil ? 13 : 12))
            #expect(world.report().quotas[0].mostPods == world.live(0).count)
        }
    }

    @Test("Of jobs those that fit are started at each poll, and nothing is tried between polls")
    func jobs() throws {
        var service = ScaledService.scaled("a", replicas: 0)
        service.autoscaler = .plain(
            of: 0, ReplicaBounds(least: 0, most: 20), metric: .queue, each: 1, target: 0.8)
        service.autoscaler?.eventDriven = EventDrivenAutoscaler(
            target: .job(ScaledJob(maxReplicaCount: 20, pollingInterval: 10)),
            triggers: [
                .init(
                    name: "q", source: .signal(Signal(.queue, of: 0)),
                    target: .averageValue(Quantity(1)))
            ])
        var plan = ScalingPlan(
            policy: PolicyDescription(name: "keda", kind: .eventDriven), services: [service])
        plan.quotas = [QuotaDescription(namespace: "default", pods: 3)]
        var world = World(plan)
        try world.run(
            until: .at(45),
            measure: { seen, now in
                seen[0].waiting = 5
                if now == .at(30) { seen[0].replicas.removeFirst(2) }
            })
        let created = world.orders.map { $0.instant.seconds }
        #expect(created == [0, 0, 0, 30, 30] || created == [10, 10, 10, 30, 30], "\(created)")
        let refused = world.events("FailedCreate").map { $0.instant.seconds }
        #expect(refused.allSatisfy { $0.truncatingRemainder(dividingBy: 10) == 0 }, "\(refused)")
        #expect(world.report().quotas[0].refusals == refused.count && refused.count >= 3)
    }

    @Test("A quota of another namespace, and one that is large enough, do nothing")
    func elsewhere() throws {
        for quota in [
            QuotaDescription(namespace: "x", pods: 0),
            QuotaDescription(namespace: "default", pods: 5),
        ] {
            var world = Self.world(quota)
            world.wanted = ["a": 5]
            try world.run(until: .at(10))
            #expect(world.live(0).count == 5 && world.events("FailedCreate").isEmpty)
        }
    }

    @Test("A refused ReplicaSet tries again after 5 ms, and then always twice as late")
    func backoff() throws {
        var world = Self.world(QuotaDescription(namespace: "default", pods: 3))
        world.wanted = ["a": 4]
        try world.run(until: .at(100))
        let tries = world.events("FailedCreate").map { ($0.instant - .start).nanoseconds }
        let expected: [Int64] = (0..<15).map { (doublings: Int64) in
            1_000_000_000 + 5_000_000 * ((1 << doublings) - 1)
        }
        #expect(tries == expected)
        // A new number is tried at once, and counts as another failure.
        world.wanted = ["a": 5]
        try world.run(until: .at(101.5))
        #expect(world.events("FailedCreate").count == 16)
    }

    @Test("Room that another service leaves is found when the back-off is over")
    func roomOfAnother() throws {
        var world = Self.world(QuotaDescription(namespace: "default", pods: 6), other: 3)
        world.wanted = ["a": 4, "b": 3]
        try world.run(until: .at(50))
        world.wanted = ["a": 4, "b": 0]
        // Refused at 41.955 s for 40.96 s.
        try world.run(until: .at(82.9))
        #expect(world.live(0).count == 3)
        try world.run(until: .at(83))
        #expect(world.live(0).count == 4)
        #expect(world.report().conditions.last?.condition.status == .no)
    }

    @Test("Pods count until they are gone")
    func ending() throws {
        var world = Self.world(QuotaDescription(namespace: "default", pods: 3))
        world.wanted = ["a": 2]
        try world.run(until: .at(2))
        world.wanted = ["a": 3]
        try world.run(until: .at(3.5))
        #expect(world.live(0).count == 2)
        try world.run(until: .at(8))
        #expect(world.live(0).count == 3)
    }
}
