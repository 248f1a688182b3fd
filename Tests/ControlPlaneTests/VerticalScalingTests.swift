import Autoscalers
import ControlPlane
import Kernel
import Model
import Testing

@Suite("Vertical autoscalers in the control plane")
struct VerticalScalingTests {
    /// Two pods that ask for half a core, may have one, and use nine tenths of it.
    private static func world(
        _ mode: VerticalSpec.UpdateMode, node: Int64? = nil, nodes: Int = 1,
        _ change: (inout ScalingPlan) -> Void = { _ in }
    ) -> World {
        var service = ScaledService.scaled("a", cores: 4, replicas: 2, most: 10)
        service.cpuRequest = 500
        service.cpuLimit = 1_000
        var spec = VerticalSpec()
        spec.updateMode = mode
        spec.controlsMemory = false
        service.vertical = spec
        let other = ScaledService.scaled("b", replicas: 1)
        var plan = ScalingPlan.external([service, other], node.map { .nodes(nodes, cpu: $0) })
        plan.vertical.recommenderInterval = .seconds(15)
        plan.vertical.updaterInterval = .seconds(20)
        plan.vertical.confidenceInterval = .seconds(60)
        change(&plan)
        var world = World(plan)
        world.wanted = ["a": 2, "b": 1]
        return world
    }

    private static func run(_ world: inout World, until end: Double) throws {
        try world.run(until: .at(end)) { seen, now in
            for pod in seen[0].replicas.indices {
                seen[0].replicas[pod].coreTime = UInt64((now - .start).nanoseconds / 10 * 9)
            }
        }
    }

    private static func resizes(_ world: World) -> [ReplicaOrder] {
        world.orders.map(\.order).filter { $0.kind == .resize }
    }

    @Test(
        "Pods are resized one after another without being stopped; limits keep their ratio",
        arguments: [nil, 8_000])
    func inPlace(node: Int64?) throws {
        var world = Self.world(.inPlaceOrRecreate, node: node)
        try Self.run(&world, until: 119)
        let target = try #require(world.report().recommendations.last?.recommendation.target.cpu)
        #expect((1_035...1_100).contains(target))
        #expect(
            Self.resizes(world) == [
                .resize(0, cpuLimit: 2 * target), .resize(1, cpuLimit: 2 * target),
            ])
        #expect(world.orders.allSatisfy { $0.order.kind != .stop })
        #expect(world.events("InPlaceResizedByVPA").count == 2)
        #expect(world.events("ResizeCompleted").count == 2)
        if node != nil { #expect(world.plane.nodes[0].cpu == 8_000 - 1_000 - 2 * target) }
    }

    @Test("With Recreate pods are evicted, and their successors made with what is recommended")
    func recreate() throws {
        var world = Self.world(.recreate, node: 8_000)
        try Self.run(&world, until: 119)
        #expect(world.events("EvictedByVPA").count == 2)
        let target = try #require(world.report().recommendations.last?.recommendation.target.cpu)
        #expect(Self.resizes(world).map(\.cpuLimit) == [UInt32(2 * target), UInt32(2 * target)])
        #expect(world.live(0).count == 2)
        #expect(world.plane.nodes[0].cpu == 8_000 - 1_000 - 2 * target)
        // Each successor is made at the instant of the eviction.
        let stops = world.orders.filter { $0.order.kind == .stop }.map(\.instant)
        #expect(world.orders.filter { $0.order.kind == .createUnbound }.map(\.instant) == stops)
    }

    @Test("Off and Initial leave pods as they are; Initial changes those that are made")
    func passive() throws {
        for mode in [VerticalSpec.UpdateMode.off, .initial] {
            var world = Self.world(mode)
            try Self.run(&world, until: 119)
            #expect(Self.resizes(world).isEmpty && !world.report().recommendations.isEmpty)
            world.wanted["a"] = 3
            try Self.run(&world, until: 130)
            #expect(Self.resizes(world).map(\.replica) == (mode == .off ? [] : [2]))
        }
    }

    @Test("RequestsOnly orders nothing of the pods, and counts for the scheduler")
    func requestsOnly() throws {
        var world = Self.world(.inPlaceOrRecreate, node: 8_000) {
            $0.services[0].vertical?.controlsLimits = false
            $0.services[0].vertical?.mostCPU = 1_000
        }
        try Self.run(&world, until: 119)
        #expect(Self.resizes(world).isEmpty && world.events("ResizeCompleted").count == 2)
        #expect(world.plane.nodes[0].cpu == 8_000 - 1_000 - 2 * 1_000)
    }

    @Test(
        "A resize without room is deferred, keeps the room it needs, and is made when there is room"
    )
    func deferred() throws {
        var world = Self.world(.inPlaceOrRecreate, node: 2_800)
        try Self.run(&world, until: 119)
        let target = try #require(world.report().recommendations.last?.recommendation.target.cpu)
        // One fits beside the other service, the next does not.
        #expect(Self.resizes(world).count == 1 && world.events("ResizeDeferred").count == 1)
        #expect(world.plane.nodes[0].cpu == 2_800 - 1_000 - 2 * target)
        world.wanted["b"] = 0
        try Self.run(&world, until: 240)
        #expect(world.events("ResizeCompleted").count == 2)
        #expect(world.events("EvictedByVPA").isEmpty)
        #expect(world.plane.nodes[0].cpu == 2_800 - 2 * target)
    }

    @Test("A resize that waits for too long becomes an eviction")
    func deferredTooLong() throws {
        var world = Self.world(.inPlaceOrRecreate, node: 2_800) {
            $0.vertical.deferredTimeout = .seconds(30)
        }
        try Self.run(&world, until: 239)
        #expect(world.events("EvictedByVPA").count == 1 && Self.resizes(world).count == 2)
        // Its successor waits for a node.
        #expect(world.waiting(0).count == 1)
    }

    @Test("A pod whose node is too small for what it wants is evicted")
    func infeasible() throws {
        var world = Self.world(.inPlaceOrRecreate, node: 1_000, nodes: 3)
        try Self.run(&world, until: 119)
        #expect(!world.events("ResizeInfeasible").isEmpty)
        #expect(!world.events("EvictedByVPA").isEmpty)
        // Its successor finds no node either.
        #expect(!world.waiting(0).isEmpty)
    }

    @Test("A quota that leaves no room turns resizes into evictions, and successors are refused")
    func quota() throws {
        var world = Self.world(.inPlaceOrRecreate) {
            $0.quotas = [QuotaDescription(namespace: "default", cpu: 2_100)]
        }
        try Self.run(&world, until: 119)
        #expect(world.events("ResizeCompleted").isEmpty)
        #expect(world.events("EvictedByVPA").count == 1 && !world.events("FailedCreate").isEmpty)
        #expect(world.live(0).count == 1)
    }

    @Test("Scaling vertically and horizontally by CPU is warned of; by requests it is not")
    func warning() {
        func warnings(_ metric: ScalingMetric, _ mode: VerticalSpec.UpdateMode) -> Int {
            var service = ScaledService.scaled("a")
            let bounds = ReplicaBounds(least: 1, most: 5)
            service.autoscaler = .plain(of: 0, bounds, metric: metric, each: 1, target: 0.5)
            service.vertical = VerticalSpec()
            service.vertical?.updateMode = mode
            service.bounds = bounds
            let plan = ScalingPlan(
                policy: PolicyDescription(name: "hpa", kind: .horizontal), services: [service])
            let said = World(plan).events("ConflictingAutoscalers").count
            #expect(said == plan.warnings.count)
            return said
        }
        #expect(warnings(.cpu, .inPlaceOrRecreate) == 1)
        #expect(warnings(.cpu, .off) == 0 && warnings(.requests, .recreate) == 0)
    }
}
