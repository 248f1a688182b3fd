import Autoscalers
import ControlPlane
import Kernel
import Model
import Testing

@Suite("Scaling along the call graph")
struct CoordinatedPolicyTests {
    /// a calls b twice, b calls c once; a replica carries 100 requests/s, 80 at the target.
    private static func chain(
        _ change: (inout [ScaledService]) -> Void = { _ in }
    ) -> [ScaledService] {
        var services = ["a", "b", "c"].map { ScaledService.scaled($0, most: 100) }
        services[0].targets = [1]
        services[0].calls = [ExpectedCall(target: 1, count: 2)]
        services[1].targets = [2]
        services[1].calls = [ExpectedCall(target: 2, count: 1)]
        services[0].streams = [ExpectedStream(steps: [RateStep(from: .start, rate: 1)])]
        for index in services.indices { services[index].targetUtilisation = 0.8 }
        change(&services)
        return services
    }

    /// What users bring in a second, by second.
    private struct Load {
        let at: (Double) -> Double
        init(_ at: @escaping (Double) -> Double) { self.at = at }
    }

    /// Runs with the users' rate, and tells when which service was wanted at which size.
    private static func steps(
        _ services: [ScaledService], until end: Double = 200,
        rate: Load = Load { _ in 400 },
        _ change: (inout CoordinationDescription) -> Void = { _ in }
    ) throws -> (steps: [(Double, Int, Int)], world: World) {
        var coordination = CoordinationDescription()
        coordination.hasFeedback = false
        change(&coordination)
        let plan = ScalingPlan(
            policy: PolicyDescription(name: "c", kind: .coordinated(coordination)),
            services: services)
        var world = World(plan)
        var (users, last) = (0.0, 0.0)
        try world.run(
            until: .at(end),
            measure: { seen, now in
                users += rate.at(now.seconds) * (now.seconds - last)
                last = now.seconds
                let count = UInt64(users.rounded())
                seen[0].arrived = count
                seen[0].edgeRequests = [count * 2, count]
                seen[1].arrived = count * 2
                seen[1].edgeRequests = [count * 2]
                if seen.count > 2 { seen[2].arrived = count * 2 }
            })
        let steps = world.report().steps.dropFirst(services.count).map {
            ($0.instant.seconds, $0.service, $0.desired)
        }
        return (Array(steps), world)
    }

    private static func areEqual(_ one: [(Double, Int, Int)], _ other: [(Double, Int, Int)]) -> Bool
    {
        one.count == other.count && zip(one, other).allSatisfy { $0 == $1 }
    }

    @Test("All services get what carries their share at the first look")
    func atOnce() throws {
        let steps = try Self.steps(Self.chain()).steps
        #expect(Self.areEqual(steps, [(15, 0, 5), (15, 1, 10), (15, 2, 10)]), "\(steps)")
    }

    @Test("No service gets more than its callers' replicas pass on")
    func cappedByCallers() throws {
        let services = Self.chain { $0[0].bounds = ReplicaBounds(least: 1, most: 3) }
        // Three replicas of a carry 300 at most, which are 600 at b.
        let capped = try Self.steps(services) { $0.respectsFixed = false }.steps
        #expect(Self.areEqual(capped, [(15, 0, 3), (15, 1, 8), (15, 2, 8)]), "\(capped)")
        let free = try Self.steps(services) {
            $0.respectsFixed = false
            $0.isCappedByCallers = false
        }.steps
        #expect(Self.areEqual(free, [(15, 0, 3), (15, 1, 10), (15, 2, 10)]), "\(free)")
    }

    @Test(
        "Above a service that cannot grow only what it bears is provided for; the shortfall is said"
    )
    func shortfall() throws {
        let services = Self.chain { $0[2] = .fixed("c", replicas: 4) }
        // c bears 400 of the 800: half of the users.
        let (steps, world) = try Self.steps(services)
        #expect(Self.areEqual(steps, [(15, 0, 3), (15, 1, 5)]), "\(steps)")
        let event = try #require(world.events("Shortfall").first)
        #expect(event.service == 2 && event.message == "needs 800 requests/s and bears 400")
        #expect(world.events("Shortfall").count == 1)
        let naive = try Self.steps(services) { $0.respectsFixed = false }
        #expect(Self.areEqual(naive.steps, [(15, 0, 5), (15, 1, 10)]), "\(naive.steps)")
        #expect(naive.world.events("Shortfall").isEmpty)
    }

    @Test(
        "A signal that travels reaches each tier a hop later, and no more of it than is passed on")
    func hops() throws {
        let steps = try Self.steps(Self.chain()) { $0.hopDelay = .seconds(15) }.steps
        let expected = [(15.0, 0, 5), (15, 1, 0), (15, 2, 0), (30, 1, 10), (45, 2, 10)]
        #expect(Self.areEqual(steps, expected), "\(steps)")
        let services = Self.chain { $0[0].bounds = ReplicaBounds(least: 1, most: 3) }
        let capped = try Self.steps(services) {
            $0.hopDelay = .seconds(15)
            $0.respectsFixed = false
        }
        #expect(capped.steps.filter { $0.1 == 1 }.last.map { $0.2 } == 8, "\(capped.steps)")
    }

    @Test("A learnt graph is known when its window and its lag have passed")
    func learned() throws {
        let steps = try Self.steps(Self.chain { $0[1].bounds = ReplicaBounds(least: 1, most: 100) })
        {
            $0.graph = .learned(window: .seconds(30), lag: .seconds(60))
        }.steps
        // Two readings a lag old are there at 90 s.
        let ofB = steps.filter { $0.1 == 1 }
        #expect(ofB.last.map { $0.0 == 90 && $0.2 == 10 } ?? false, "\(steps)")
        #expect(steps.first.map { $0.0 == 15 && $0.1 == 0 && $0.2 == 5 } ?? false)
    }

    @Test("A graph that somebody gives is believed, right or wrong")
    func given() throws {
        let steps = try Self.steps(Self.chain()) {
            $0.graph = .given([
                [ExpectedCall(target: 1, count: 1), ExpectedCall(target: 2, count: 4)], [], [],
            ])
        }.steps
        #expect(Self.areEqual(steps, [(15, 0, 5), (15, 1, 5), (15, 2, 20)]), "\(steps)")
    }

    @Test("Services shrink to the most that was wanted in the window")
    func stabilisation() throws {
        let steps = try Self.steps(
            Self.chain { $0[0].bounds = ReplicaBounds(least: 1, most: 100) }, until: 400,
            rate: Load { $0 <= 60 ? 800 : 80 }
        ) { $0.stabilisation = .seconds(120) }.steps
        let ofA = steps.filter { $0.1 == 0 }
        // 800/s were last seen in the reading of 60 s, 120 s before 180 s.
        #expect(Self.areEqual(ofA, [(15, 0, 10), (180, 0, 1)]), "\(ofA)")
    }

    @Test("With a forecast the users' load is provided for before it comes")
    func forecast() throws {
        let steps = try Self.steps(Self.chain(), until: 301, rate: Load { 2 * $0 }) {
            $0.forecast = ForecastDescription(
                method: .linear(window: .seconds(60)), horizon: .seconds(60))
        }.steps
        let without = try Self.steps(Self.chain(), until: 301, rate: Load { 2 * $0 }).steps
        func size(_ steps: [(Double, Int, Int)]) -> Int { steps.filter { $0.1 == 0 }.last?.2 ?? 0 }
        // The reading of the last 15 s is as good as now: 600 a second against 720.
        #expect(size(without) == 8)
        #expect(size(steps) == 9)
    }

    @Test("Only the slowest path grows when the critical path comes first")
    func criticalPath() throws {
        var services = ["a", "b", "c"].map { ScaledService.scaled($0, most: 100) }
        services[0].targets = [1, 2]
        services[0].calls = [ExpectedCall(target: 1, count: 1), ExpectedCall(target: 2, count: 1)]
        services[0].streams = [ExpectedStream(steps: [RateStep(from: .start, rate: 1)])]
        var coordination = CoordinationDescription()
        coordination.hasFeedback = false
        coordination.criticalPathFirst = true
        var world = World(
            ScalingPlan(
                policy: PolicyDescription(name: "c", kind: .coordinated(coordination)),
                services: services))
        try world.run(
            until: .at(31),
            measure: { seen, now in
                let count = UInt64(400 * now.seconds)
                seen[0].edgeRequests = [count, count, count]
                // c takes longer than b.
                for (service, seconds) in [0.5, 0.1, 0.3].enumerated() {
                    seen[service].arrived = count
                    seen[service].succeeded = count
                    seen[service].sojournSum = UInt64(Double(count) * seconds * 1e9)
                }
            })
        let desired = world.report().steps.filter { $0.instant > .start }
        #expect(Set(desired.map(\.service)) == [0, 2])
        #expect(desired.allSatisfy { $0.desired == 5 })
    }
}
