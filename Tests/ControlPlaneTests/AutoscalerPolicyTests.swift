import Autoscalers
import ControlPlane
import Kernel
import Model
import Testing

@Suite("Services that scale by themselves")
struct AutoscalerPolicyTests {
    private static func service(
        _ name: String, _ index: Int, least: Int = 1, metric: ScalingMetric, each: Double = 5,
        replicas: Int = 1
    ) -> ScaledService {
        var service = ScaledService.scaled(name, replicas: replicas, most: 20, least: least)
        service.autoscaler = .plain(
            of: index, ReplicaBounds(least: least, most: 20), metric: metric, each: each,
            target: 0.8)
        return service
    }

    private static func plan(_ kind: PolicyKind, _ services: [ScaledService]) -> ScalingPlan {
        ScalingPlan(policy: PolicyDescription(name: "own", kind: kind), services: services)
    }

    @Test("Each HorizontalPodAutoscaler has its own phase, a whole second of the first sync period")
    func phases() throws {
        func first(seed: UInt64) throws -> [Double] {
            let services = (0..<12).map { Self.service("s\($0)", $0, metric: .cpu) }
            var world = World(Self.plan(.horizontal, services), seed: seed)
            try world.run(until: .at(40))
            return services.indices.compactMap { service in
                world.report().conditions.first { $0.service == service }?.instant.seconds
            }
        }
        let phases = try first(seed: 1)
        #expect(phases.count == 12)
        #expect(phases.allSatisfy { (1...15).contains($0) && $0 == $0.rounded() })
        #expect(Set(phases).count > 4)
        #expect(try first(seed: 1) == phases)
        #expect(try first(seed: 2) != phases)
    }

    @Test("An autoscaler sees what the pipeline has, and rounds up what pods need")
    func cpu() throws {
        var plan = Self.plan(
            .horizontal, [Self.service("a", 0, metric: .cpu, replicas: 4)])
        plan.horizontal.cpuInitializationPeriod = .zero
        var world = World(plan)
        try world.run(
            until: .at(61),
            measure: { seen, now in
                for index in seen[0].replicas.indices {
                    seen[0].replicas[index].coreTime = UInt64(now.seconds * 1e9 * 0.95)
                }
            })
        // 95% of the request against 80%: 1.1875 times four pods.
        let first = world.report().steps.dropFirst().first
        #expect(first?.desired == 5)
        #expect(world.events("SuccessfulRescale").first?.message.contains("4 to 5") ?? false)
    }

    @Test("A Pods metric is read by the signal that its name stands for")
    func podsMetric() throws {
        var service = Self.service("a", 0, metric: .cpu, replicas: 2)
        service.autoscaler?.horizontal.metrics = [
            .pods(
                PodsMetric(
                    metric: MetricIdentifier(name: "load"), target: .averageValue(Quantity(10))))
        ]
        service.autoscaler?.signals["load"] = Signal(.concurrency, of: 0)
        var world = World(Self.plan(.horizontal, [service]))
        try world.run(
            until: .at(61),
            measure: { seen, _ in
                for index in seen[0].replicas.indices { seen[0].replicas[index].requests = 14 }
            })
        // 14 in flight in each of two, ten for each.
        #expect(world.report().steps.dropFirst().first?.desired == 3)
    }

    @Test("KEDA takes a service to zero after the cooldown, and back at the next poll")
    func keda() throws {
        var world = World(
            Self.plan(.eventDriven, [Self.service("a", 0, least: 0, metric: .queue)]))
        try world.run(
            until: .at(900),
            measure: { seen, now in
                seen[0].waiting = now < .at(100) || now >= .at(595) ? 40 : 0
            })
        let steps = world.report().steps.map { ($0.instant.seconds, $0.desired) }
        // Five for each replica.
        #expect(steps.contains { $0.0 < 100 && $0.1 == 8 }, "\(steps)")
        // Last active at the poll of 90 s; at 390 s the five minutes are not yet over.
        let zero = try #require(steps.first { $0.1 == 0 })
        #expect(zero.0 == 420, "\(steps)")
        let back = try #require(steps.first { $0.0 > zero.0 })
        #expect(back == (600, 1), "\(steps)")
        #expect(steps.last?.1 == 8)
    }

    @Test("KEDA starts jobs for what waits, each with its share of it, and stops none")
    func jobs() throws {
        var service = Self.service("a", 0, least: 0, metric: .queue, replicas: 2)
        service.autoscaler?.eventDriven = EventDrivenAutoscaler(
            target: .job(ScaledJob(maxReplicaCount: 20, pollingInterval: 10)),
            triggers: [
                .init(
                    name: "q", source: .signal(Signal(.queue, of: 0)),
                    target: .averageValue(Quantity(5)))
            ])
        var world = World(Self.plan(.eventDriven, [service]), start: .seconds(3))
        try world.run(
            until: .at(100),
            measure: { seen, now in
                seen[0].waiting = now >= .at(12) && now < .at(40) ? 15 : 0
                // They end by themselves.
                if now >= .at(60) { seen[0].replicas.removeAll { $0.phase == .running } }
            })
        // The reading of 15 s is polled at 20 s: three jobs. They count as its messages from then on.
        let events = world.events("KEDAJobsCreated")
        #expect(events.map(\.instant) == [.at(20)] && events[0].message == "Created 3 jobs")
        // No size was chosen, neither then nor when they had ended.
        #expect(world.report().steps.count == 1 && world.events("SuccessfulRescale").isEmpty)
        #expect(world.live(0).isEmpty)
        // What was there at first is no job, and goes at once.
        let stopped = world.orders.filter { $0.order.kind == .stop }
        #expect(stopped.map(\.order.replica) == [0, 1])
        #expect(stopped.allSatisfy { $0.instant == .start })
        let created = world.orders.filter { $0.order.kind == .create }
        #expect(created.count == 3 && created.allSatisfy { $0.order.fill == 5 })
    }

    @Test("However much one job is to take, it is cut to what a job can be told")
    func largeJobs() throws {
        for (each, fill) in [(Int64.max, 65_535), (9_000_000_000_000_000_000, 65_535), (1_001, 2)] {
            var service = Self.service("a", 0, least: 0, metric: .queue, replicas: 0)
            service.autoscaler?.eventDriven = EventDrivenAutoscaler(
                target: .job(ScaledJob(maxReplicaCount: 1, pollingInterval: 10)),
                triggers: [
                    .init(
                        name: "q", source: .signal(Signal(.queue, of: 0)),
                        target: .averageValue(Quantity(milli: each)))
                ])
            var world = World(Self.plan(.eventDriven, [service]))
            try world.run(until: .at(25), measure: { seen, _ in seen[0].waiting = 3 })
            #expect(world.orders.first.map { Int($0.order.fill) } == fill)
        }
    }

    @Test("A job is pending until its container runs, or until its pod has the conditions named")
    func pendingJobs() throws {
        func created(_ conditions: [String]) throws -> [Double] {
            var service = Self.service("a", 0, least: 0, metric: .queue, replicas: 0)
            service.autoscaler?.eventDriven = EventDrivenAutoscaler(
                target: .job(
                    ScaledJob(
                        maxReplicaCount: 20, strategy: .accurate, pollingInterval: 10,
                        pendingPodConditions: conditions)),
                triggers: [
                    .init(
                        name: "q", source: .signal(Signal(.queue, of: 0)),
                        target: .averageValue(Quantity(1)))
                ])
            var world = World(Self.plan(.eventDriven, [service]), start: .seconds(25))
            try world.run(until: .at(49), measure: { seen, _ in seen[0].waiting = 2 })
            return world.orders.map { ($0.instant - .start).seconds }
        }
        // Containers are starting from the first instant on, and are ready after 25 s.
        #expect(try created([]) == [0, 0, 10, 10, 20, 20, 30, 30, 40, 40])
        #expect(try created(["Ready"]) == [0, 0, 30, 30])
        #expect(try created(["PodScheduled"]).count == 10)
    }

    @Test("Knative reads every second, panics at twice its target, and goes to zero")
    func knative() throws {
        let service = Self.service("a", 0, least: 0, metric: .concurrency, each: 10, replicas: 1)
        var world = World(Self.plan(.knative, [service]), start: .seconds(1))
        var area = 0.0
        var last = 0.0
        try world.run(
            until: .at(400),
            measure: { seen, now in
                area += (last < 100 ? 2.0 : last < 130 ? 100 : 0) * (now.seconds - last)
                last = now.seconds
                seen[0].inSystemArea = UInt64(area * 1e9)
            })
        let steps = world.report().steps.map { ($0.instant.seconds, $0.desired) }
        let grown = try #require(steps.first { $0.1 > 1 })
        // Within a panic window, long before a stable window has passed.
        #expect(grown.0 > 100 && grown.0 <= 106)
        // 100 in flight, seven for each pod.
        #expect(steps.map(\.1).max() == 15)
        #expect(steps.last?.1 == 0)
        // A stable window without requests; the activator has been in the path for long by then.
        #expect((190...194).contains(steps.last?.0 ?? 0), "\(steps)")
    }

    @Test("Services without a size to change are left alone by every policy")
    func fixed() throws {
        for kind in [PolicyKind.hold, .horizontal, .eventDriven, .knative, .oracle(lead: .zero)] {
            var world = World(Self.plan(kind, [.fixed("store", replicas: 2)]))
            try world.run(until: .at(100))
            #expect(world.orders.isEmpty && world.report().steps.count == 1)
        }
    }

    @Test("A policy outside that names what is not there is refused, with the reason")
    func answers() throws {
        func refusal(_ answer: PolicyAnswer) -> String {
            var plane = ControlPlane(
                .external([.scaled("a"), .fixed("store", replicas: 1)]), seed: 1)
            let seen = [ServiceObservation(), ServiceObservation()]
            while true {
                if case .question = plane.act(at: plane.nextInstant, seeing: seen) { break }
            }
            do throws(PolicyError) {
                _ = try plane.answer(answer)
                return "taken"
            } catch { return error.description }
        }
        #expect(refusal(PolicyAnswer(replicas: [("a", 3)])) == "taken")
        #expect(refusal(PolicyAnswer(replicas: [("x", 3)])).contains("'x'"))
        #expect(refusal(PolicyAnswer(replicas: [("store", 3)])).contains("no `scaling`"))
        #expect(refusal(PolicyAnswer(replicas: [("a", -1)])).contains("-1"))
        var plane = ControlPlane(.external([.scaled("a")]), seed: 1)
        #expect(throws: PolicyError.self) { try plane.answer(PolicyAnswer(replicas: [])) }
    }
}
