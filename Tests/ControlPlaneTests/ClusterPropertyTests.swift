import ControlPlane
import Kernel
import Model
import RandomModels
import Testing

/// Random clusters under random wishes.
@Suite("Nodes and pods keep their laws")
struct ClusterPropertyTests {
    /// Draws pools, services and an autoscaler.
    private static func plan(_ random: inout RandomSource) -> ScalingPlan {
        let pools = (0..<random.int(1...3)).map { number -> NodePoolDescription in
            let initial = random.int(0...4)
            var pool = NodePoolDescription(
                name: "p\(number)", cpu: Int64(random.int(1...16)) * 500,
                memory: Double(random.int(1...64)) * 1e9, initial: initial,
                least: random.int(0...initial), most: initial + random.int(0...6))
            pool.failureProbability = random.pick([0, 0, 0.3])
            pool.boot = Distribution(.uniform(low: 1, high: random.double(2, 90)))
            pool.price = Double(random.int(0...3))
            return pool
        }
        var cluster = ClusterDescription(pools: pools)
        cluster.scoring = random.pick(NodeScoring.allCases)
        cluster.spreads = random.isTrue(0.5)
        if random.isTrue(0.4) {
            cluster.placeholders = PlaceholderDescription(
                count: random.int(1...6), cpu: Int64(random.int(1...8)) * 250,
                memory: Double(random.int(0...4)) * 1e9)
        }
        if random.isTrue(0.8) {
            var autoscaler = ClusterAutoscalerDescription()
            autoscaler.expander = random.pick(
                ClusterAutoscalerDescription.Expander.allCases)
            autoscaler.unneededTime = .seconds(Int64(random.int(5...200)))
            autoscaler.delayAfterAdd = .seconds(Int64(random.int(0...100)))
            autoscaler.mostProvisionTime = .seconds(Int64(random.int(20...120)))
            autoscaler.backoff = .seconds(Int64(random.int(5...60)))
            autoscaler.isAtomic = random.isTrue(0.2)
            cluster.autoscaler = autoscaler
        }
        let services = (0..<random.int(1...4)).map { number -> ScaledService in
            var service = ScaledService.scaled("s\(number)", replicas: 0, most: 12)
            service.cpuRequest = Int64(random.int(1...10)) * 250
            service.memoryRequest = Double(random.int(0...8)) * 1e9
            service.priority = random.pick([0, 0, 5, 9])
            return service
        }
        return .external(services, cluster)
    }

    private static func check(_ world: World, _ plan: ScalingPlan) -> String? {
        guard let cluster = plan.cluster else { return nil }
        var placed: [PodName] = []
        for node in world.plane.nodes {
            var (cpu, memory) = (Int64(0), 0.0)
            for pod in node.pods {
                cpu +=
                    pod.isPlaceholder
                    ? cluster.placeholders?.cpu ?? 0 : plan.services[pod.service].cpuRequest
                memory +=
                    pod.isPlaceholder
                    ? cluster.placeholders?.memory ?? 0 : plan.services[pod.service].memoryRequest
            }
            let pool = cluster.pools[node.pool]
            guard cpu <= pool.cpu, memory <= pool.memory else { return "node \(node) is too full" }
            guard node.cpu == pool.cpu - cpu, node.memory == pool.memory - memory else {
                return "node \(node) has something else free than what is left"
            }
            placed += node.pods
        }
        guard Set(placed).count == placed.count else { return "a pod is on two nodes" }
        let bound = plan.services.indices.flatMap { service in
            world.bound(service).map { PodName(service: service, replica: Int($0.replica)) }
        }
        guard Set(bound) == Set(placed.filter { !$0.isPlaceholder }) else {
            return "bound are \(bound), on nodes \(placed)"
        }
        for (index, pool) in cluster.pools.enumerated() {
            let own = world.plane.nodes.filter { $0.pool == index }
            guard own.count <= pool.most else { return "\(own.count) nodes of \(pool)" }
            guard own.count(where: { !$0.isDraining }) >= pool.least else {
                return "too few nodes of \(pool)"
            }
        }
        return nil
    }

    @Test(
        "No node is ever too full, every bound pod is on one node, pools keep their bounds, pods are conserved",
        arguments: 0..<8)
    func laws(shard: Int) throws {
        var binds = 0
        for seed in 0..<25 as Range<UInt64> {
            var random = RandomSource(seed: UInt64(shard) * 1_000 + seed, purpose: 40)
            let plan = Self.plan(&random)
            var world = World(
                plan, seed: seed, start: .seconds(3),
                grace: .seconds(Int64(random.int(0...20))))
            var problem: String?
            for _ in 0..<15 {
                for service in plan.services {
                    if random.isTrue(0.5) { world.wanted[service.name] = random.int(0...12) }
                }
                let end = world.now + .seconds(Int64(random.int(3...60)))
                try world.run(
                    until: end, look: { if problem == nil { problem = Self.check($0, plan) } })
            }
            #expect(problem == nil, "seed \(seed) of shard \(shard)")
            // Nobody asked for anything else for long: every service has what it wants, on nodes or waiting.
            try world.run(until: world.now + .seconds(61))
            for (index, service) in plan.services.enumerated() {
                #expect(
                    world.live(index).count == world.wanted[service.name, default: 0],
                    "seed \(seed) of shard \(shard), \(service.name)")
            }
            binds += world.orders.count { $0.order.kind == .bind }
        }
        #expect(binds > 300)
    }

    @Test("The same seed gives the same orders and report")
    func determinism() throws {
        for seed in 0..<10 as Range<UInt64> {
            func run() throws -> (World, ControlReport) {
                var random = RandomSource(seed: seed, purpose: 41)
                var world = World(Self.plan(&random), seed: seed)
                for service in world.plan.services {
                    world.wanted[service.name] = random.int(0...12)
                }
                try world.run(until: .at(300))
                return (world, world.report())
            }
            let (one, other) = (try run(), try run())
            #expect(one.1 == other.1)
            #expect(one.0.orders.map(\.order) == other.0.orders.map(\.order))
        }
    }
}
