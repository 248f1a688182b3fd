import ControlPlane
import Kernel
import Model
import Testing

@Suite("Kubernetes' Cluster Autoscaler")
struct ClusterAutoscalerTests {
    private static func pool(
        _ name: String, cores: Int64 = 4, initial: Int = 0, least: Int = 0, most: Int = 10
    ) -> NodePoolDescription {
        NodePoolDescription(
            name: name, cpu: cores * 1_000, memory: 64e9, initial: initial, least: least, most: most
        )
    }

    /// A world with one service of one-core pods that somebody outside scales.
    private static func world(
        _ pools: [NodePoolDescription], cpu: Int64 = 1_000, seed: UInt64 = 1,
        _ change: (inout ClusterDescription, inout ClusterAutoscalerDescription) -> Void = { _, _ in
        }
    ) -> World {
        var cluster = ClusterDescription(pools: pools)
        var autoscaler = ClusterAutoscalerDescription()
        change(&cluster, &autoscaler)
        cluster.autoscaler = autoscaler
        var service = ScaledService.scaled("a", replicas: 0, most: 100)
        service.cpuRequest = cpu
        return World(.external([service], cluster), seed: seed)
    }

    private static func instants(_ events: [ControlEvent]) -> [Double] {
        events.map(\.instant.seconds)
    }

    @Test(
        "Pods that find no node make a pool grow at the next scan; they are bound when it is ready")
    func growth() throws {
        var world = Self.world([Self.pool("n")])
        world.wanted = ["a": 6]
        try world.run(until: .at(69.9))
        #expect(world.plane.nodes.count == 2 && world.waiting(0).count == 6)
        #expect(Self.instants(world.events("TriggeredScaleUp")) == [10])
        try world.run(until: .at(100))
        let binds = world.orders.filter { $0.order.kind == .bind }
        #expect(binds.count == 6 && binds.allSatisfy { $0.instant == .at(70) })
        #expect(world.plane.nodes.count == 2)
        #expect(world.report().nodes?.mostNodes == 2)
        #expect(world.report().nodes?.nodeSeconds == 180)
    }

    @Test("Pods younger than two seconds wait for the next scan")
    func podAge() throws {
        var world = Self.world([Self.pool("n")])
        world.wanted = ["a": 0]
        try world.run(until: .at(8.5))
        world.wanted = ["a": 1]
        try world.run(until: .at(30))
        #expect(Self.instants(world.events("TriggeredScaleUp")) == [20])
    }

    @Test("Pods that fit on nodes on their way ask for no more")
    func comingNodes() throws {
        var world = Self.world([Self.pool("n")])
        world.wanted = ["a": 2]
        try world.run(until: .at(15))
        world.wanted = ["a": 4]
        try world.run(until: .at(25))
        #expect(world.plane.nodes.count == 1)
        world.wanted = ["a": 5]
        try world.run(until: .at(45))
        #expect(world.plane.nodes.count == 2)
        #expect(Self.instants(world.events("TriggeredScaleUp")) == [10, 30])
    }

    /// Which pool grows for three pods of a core.
    private static func chosen(
        _ expander: ClusterAutoscalerDescription.Expander, mostSmall: Int = 10, seed: UInt64 = 1
    ) throws -> (pool: String, nodes: Int) {
        var pools = [
            pool("small", cores: 2, most: mostSmall), pool("big", cores: 16),
        ]
        pools[0].price = 1
        pools[1].price = 10
        var world = world(pools, seed: seed) { _, autoscaler in autoscaler.expander = expander }
        world.wanted = ["a": 3]
        try world.run(until: .at(11))
        let names = world.plane.nodes.map { pools[$0.pool].name }
        return (names.first ?? "none", names.count)
    }

    @Test("The expander chooses the pool")
    func expanders() throws {
        // Two small nodes waste one core of four, one big node thirteen of sixteen.
        #expect(try Self.chosen(.leastWaste) == ("small", 2))
        #expect(try Self.chosen(.leastNodes) == ("big", 1))
        #expect(try Self.chosen(.price) == ("small", 2))
        #expect(try Self.chosen(.mostPods, mostSmall: 1) == ("big", 1))
        let drawn = try (1...40).map { try Self.chosen(.random, seed: $0).pool }
        #expect((8...32).contains(drawn.count { $0 == "big" }))
    }

    @Test("A pool never grows above its most, and what then still waits is said")
    func most() throws {
        var world = Self.world([Self.pool("n", most: 2)])
        world.wanted = ["a": 30]
        try world.run(until: .at(200), look: { #expect($0.plane.nodes.count <= 2) })
        #expect(world.plane.nodes.count == 2 && world.waiting(0).count == 22)
        #expect(!world.events("NotTriggerScaleUp").isEmpty)
    }

    @Test("A pod that fits on no empty node makes nothing grow, and keeps no node")
    func tooLarge() throws {
        var world = Self.world([Self.pool("n", initial: 2)], cpu: 9_000)
        world.wanted = ["a": 1]
        try world.run(until: .at(700))
        #expect(world.events("TriggeredScaleUp").isEmpty)
        #expect(world.plane.nodes.isEmpty && world.waiting(0) == [0])
    }

    @Test("All or nothing: a pool that cannot take all pods that wait does not grow")
    func atomic() throws {
        func nodes(_ isAtomic: Bool, wanted: Int) throws -> Int {
            var world = Self.world([Self.pool("n", most: 1)]) { $1.isAtomic = isAtomic }
            world.wanted = ["a": wanted]
            try world.run(until: .at(50))
            return world.plane.nodes.count
        }
        #expect(try nodes(true, wanted: 6) == 0)
        #expect(try nodes(false, wanted: 6) == 1)
        #expect(try nodes(true, wanted: 4) == 1)
    }

    @Test(
        "An empty node goes when it has been unneeded for longer than ten minutes, down to the least"
    )
    func unneededTime() throws {
        var world = Self.world([Self.pool("n", initial: 5, least: 2)])
        world.wanted = ["a": 0]
        // Unneeded since the scan at 10 s; at 610 s it is exactly ten minutes.
        try world.run(until: .at(619.9))
        #expect(world.plane.nodes.count == 5)
        try world.run(until: .at(620.1))
        #expect(world.plane.nodes.count == 2)
        try world.run(until: .at(2_000))
        #expect(world.plane.nodes.count == 2)
    }

    @Test("One scan at which a node is needed begins its time anew")
    func reset() throws {
        var world = Self.world([Self.pool("n", initial: 1)])
        world.wanted = ["a": 0]
        try world.run(until: .at(300))
        world.wanted = ["a": 3]
        try world.run(until: .at(304))
        #expect(world.placed(0) == [[0, 1, 2]])
        try world.run(until: .at(311))
        world.wanted = ["a": 0]
        // Pods are gone at 316 s: unneeded from the scan at 320 s on.
        try world.run(until: .at(929.9))
        #expect(world.plane.nodes.count == 1)
        try world.run(until: .at(930.1))
        #expect(world.plane.nodes.isEmpty)
    }

    @Test("No node goes within ten minutes of one that was added")
    func delayAfterAdd() throws {
        var world = Self.world([Self.pool("n", initial: 1), Self.pool("big", cores: 8)]) {
            $0.spreads = false
            $1.unneededTime = .seconds(60)
        }
        world.wanted = ["a": 0]
        try world.run(until: .at(35))
        // Five pods do not fit on the node of four cores.
        world.wanted = ["a": 12]
        try world.run(until: .at(120))
        #expect(Self.instants(world.events("TriggeredScaleUp")) == [40])
        world.wanted = ["a": 0]
        try world.run(until: .at(639))
        #expect(world.events("ScaleDown").isEmpty)
        try world.run(until: .at(641))
        #expect(Self.instants(world.events("ScaleDown")).allSatisfy { $0 == 640 })
        #expect(world.plane.nodes.isEmpty)
    }

    @Test("Nodes with pods that fit elsewhere are drained one at a time, and their pods made anew")
    func drain() throws {
        var world = Self.world([Self.pool("n", initial: 3)])
        world.wanted = ["a": 3]
        try world.run(until: .at(15))
        #expect(world.placed(0) == [[0], [1], [2]])
        try world.run(until: .at(620.1))
        #expect(world.plane.nodes.count { $0.isDraining } == 1)
        // A pod that is told to stop is replaced within a second.
        try world.run(until: .at(621.2))
        #expect(world.live(0).count == 3)
        try world.run(
            until: .at(2_500), look: { #expect($0.plane.nodes.count { $0.isDraining } <= 1) })
        #expect(world.plane.nodes.count == 1)
        #expect(world.placed(0)[0].count == 3 && world.live(0).count == 3)
    }

    @Test("Two nodes whose pods only fit on each other do not both go")
    func onlyOnEachOther() throws {
        var world = Self.world([Self.pool("n", initial: 2)], cpu: 2_000) {
            $1.unneededTime = .seconds(20)
        }
        world.wanted = ["a": 2]
        try world.run(until: .at(15))
        #expect(world.placed(0) == [[0], [1]])
        try world.run(
            until: .at(1_000), look: { #expect($0.plane.nodes.contains { !$0.isDraining }) })
        #expect(world.plane.nodes.count == 1 && world.placed(0)[0].count == 2)
    }

    @Test("A node with a pod that nobody would replace stays")
    func fixedPods() throws {
        var cluster = ClusterDescription(pools: [Self.pool("n", initial: 2)])
        cluster.autoscaler = ClusterAutoscalerDescription()
        let services = [ScaledService.fixed("store", replicas: 1), .scaled("a", replicas: 0)]
        var world = World(.external(services, cluster))
        world.wanted = ["a": 0]
        try world.run(until: .at(2_000))
        #expect(world.placed(0) == [[0]])
        #expect(world.orders.isEmpty)
    }

    @Test("Nodes that do not come are given up, and the pool rests, twice as long each time")
    func backOff() throws {
        var failing = Self.pool("n")
        failing.failureProbability = 1
        var world = Self.world([failing]) { _, autoscaler in
            autoscaler.mostProvisionTime = .seconds(60)
            autoscaler.backoff = .seconds(100)
            autoscaler.mostBackoff = .seconds(300)
        }
        // Three nodes at once: that is one failure.
        world.wanted = ["a": 12]
        try world.run(until: .at(1_300))
        // 60 s until they are given up, then 100 s, 200 s, 300 s and 300 s of rest.
        #expect(Self.instants(world.events("TriggeredScaleUp")) == [10, 170, 430, 790, 1_150])
        #expect(Self.instants(world.events("ScaleUpTimedOut")) == [70, 230, 490, 850, 1_210])
    }

    @Test("While one pool rests another grows")
    func otherPool() throws {
        var failing = Self.pool("cheap", cores: 1)
        failing.failureProbability = 1
        var world = Self.world([failing, Self.pool("big", cores: 16)]) {
            $1.mostProvisionTime = .seconds(60)
        }
        world.wanted = ["a": 2]
        try world.run(until: .at(69))
        #expect(world.plane.nodes.map(\.pool) == [0, 0])
        try world.run(until: .at(140))
        #expect(world.plane.nodes.map(\.pool) == [1])
        #expect(world.waiting(0).isEmpty)
    }
}
