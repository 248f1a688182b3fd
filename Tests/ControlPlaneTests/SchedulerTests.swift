import ControlPlane
import Kernel
import Model
import Testing

extension ClusterDescription {
    /// Equal nodes of four cores.
    static func nodes(_ count: Int, cpu: Int64 = 4_000, memory: Double = 16e9) -> Self {
        ClusterDescription(pools: [
            NodePoolDescription(
                name: "n", cpu: cpu, memory: memory, initial: count, least: count, most: count)
        ])
    }
}

extension World {
    /// By node: the replicas of a service that are on it.
    func placed(_ service: Int) -> [[Int]] {
        plane.nodes.map { node in
            node.pods.filter { $0.service == service }.map(\.replica).sorted()
        }
    }

    func waiting(_ service: Int) -> [Int] {
        seen[service].replicas.filter(\.isUnbound).map { Int($0.replica) }
    }
}

@Suite("How pods come to nodes")
struct SchedulerTests {
    private static func service(
        _ name: String, cpu: Int64 = 1_000, memory: Double = 0, priority: Int = 0, replicas: Int = 0
    ) -> ScaledService {
        var service = ScaledService.scaled(name, replicas: replicas)
        service.cpuRequest = cpu
        service.memoryRequest = memory
        service.priority = priority
        return service
    }

    @Test("A pod goes only where its requests fit, of CPU and of memory", arguments: [true, false])
    func filter(isCPU: Bool) throws {
        let service =
            isCPU
            ? Self.service("a", cpu: 3_000) : Self.service("a", cpu: 100, memory: 9e9)
        var world = World(.external([service], .nodes(2)))
        world.wanted = ["a": 3]
        try world.run(until: .at(31))
        #expect(world.placed(0) == [[0], [1]])
        #expect(world.waiting(0) == [2])
        // It has waited since the first second.
        #expect(world.report().nodes?.pendingPodSeconds == 30)
        #expect(world.report().nodes?.nodeSeconds == 62)
        world.wanted = ["a": 2]
        try world.run(until: .at(40))
        #expect(world.waiting(0).isEmpty && world.live(0).count == 2)
    }

    @Test("A place that comes free is taken within a second")
    func retry() throws {
        var world = World(
            .external([Self.service("a", cpu: 3_000), Self.service("b", cpu: 3_000)], .nodes(1)),
            grace: .milliseconds(2_500))
        world.wanted = ["a": 1]
        try world.run(until: .at(5))
        world.wanted = ["a": 1, "b": 1]
        try world.run(until: .at(10))
        #expect(world.placed(0) == [[0]] && world.waiting(1) == [0])
        world.wanted = ["a": 0, "b": 1]
        try world.run(until: .at(14))
        // Told to stop at 10 s, gone at 12.5 s.
        #expect(world.orders.last { $0.order.kind == .bind }?.instant == .at(13))
        #expect(world.placed(1) == [[0]])
    }

    @Test("Pods go to the emptiest node, or to the fullest, as scoring says")
    func scoring() throws {
        func placed(_ scoring: NodeScoring) throws -> [[Int]] {
            var cluster = ClusterDescription.nodes(2)
            cluster.scoring = scoring
            cluster.spreads = false
            var world = World(.external([Self.service("a")], cluster))
            world.wanted = ["a": 4]
            try world.run(until: .at(2))
            return world.placed(0)
        }
        #expect(try placed(.leastAllocated) == [[0, 2], [1, 3]])
        #expect(try placed(.mostAllocated) == [[0, 1, 2, 3], []])
    }

    @Test("Pods of a service spread, however full nodes are")
    func spread() throws {
        var cluster = ClusterDescription.nodes(3)
        cluster.scoring = .mostAllocated
        var world = World(.external([Self.service("a"), Self.service("b")], cluster))
        world.wanted = ["a": 1, "b": 0]
        try world.run(until: .at(2))
        world.wanted = ["a": 3, "b": 1]
        try world.run(until: .at(3))
        #expect(world.placed(0) == [[0], [1], [2]])
        #expect(world.placed(1) == [[0], [], []])
    }

    @Test("Of pods that wait the more important come first, then the older")
    func order() throws {
        var world = World(
            .external(
                [
                    Self.service("old", cpu: 3_000), Self.service("young", cpu: 3_000),
                    Self.service("full", cpu: 4_000, priority: 7),
                ], .nodes(1)))
        world.wanted = ["full": 1, "old": 0, "young": 0]
        try world.run(until: .at(2))
        world.wanted["old"] = 1
        try world.run(until: .at(4))
        world.wanted["young"] = 1
        try world.run(until: .at(6))
        #expect(world.waiting(0) == [0] && world.waiting(1) == [0])
        world.wanted["full"] = 0
        try world.run(until: .at(20))
        #expect(world.placed(0) == [[0]] && world.waiting(1) == [0])
    }

    @Test("A more important pod pushes off the fewest less important ones, and gets their room")
    func preemption() throws {
        let services = [Self.service("low"), Self.service("high", cpu: 2_000, priority: 5)]
        var world = World(.external(services, .nodes(1)))
        world.wanted = ["low": 4, "high": 0]
        try world.run(until: .at(10))
        world.wanted["high"] = 1
        try world.run(until: .at(11.5))
        #expect(world.live(0).filter { !$0.isUnbound }.count == 2)
        #expect(world.events("Preempted").count == 2)
        try world.run(until: .at(14.9))
        // Those that were pushed off are made again, and wait.
        #expect(world.waiting(0).count == 2 && world.waiting(1) == [0])
        try world.run(until: .at(60))
        #expect(world.placed(1) == [[0]])
        #expect(world.placed(0)[0].count == 2 && world.waiting(0).count == 2)
        #expect(world.events("Preempted").count == 2)
    }

    @Test("Each of several important pods pushes off its own victims, and none twice")
    func severalPreemptions() throws {
        let services = [Self.service("low"), Self.service("high", priority: 5)]
        var world = World(.external(services, .nodes(2)), grace: .seconds(20))
        world.wanted = ["low": 8, "high": 0]
        try world.run(until: .at(10))
        world.wanted["high"] = 3
        try world.run(until: .at(12))
        #expect(world.events("Preempted").count == 3)
        let stopped = world.orders.filter { $0.order.kind == .stop && $0.service == 0 }
        #expect(Set(stopped.map(\.order.replica)).count == 3 && stopped.count == 3)
        try world.run(until: .at(60))
        #expect(world.placed(1).joined().count == 3 && world.placed(0).joined().count == 5)
        #expect(world.events("Preempted").count == 3)
    }

    @Test("Nobody is pushed off for a pod that is no more important")
    func equals() throws {
        let services = [
            Self.service("one", cpu: 4_000, priority: 5),
            Self.service("other", cpu: 4_000, priority: 5),
        ]
        var world = World(.external(services, .nodes(1)))
        world.wanted = ["one": 1, "other": 0]
        try world.run(until: .at(5))
        world.wanted["other"] = 1
        try world.run(until: .at(60))
        #expect(world.placed(0) == [[0]] && world.waiting(1) == [0])
        #expect(world.events("Preempted").isEmpty)
    }

    @Test("Pods of services that keep their size hold their place")
    func fixedPods() throws {
        var fixed = ScaledService.fixed("store", replicas: 1, cores: 4)
        fixed.priority = 0
        var world = World(
            .external([fixed, Self.service("high", cpu: 2_000, priority: 9)], .nodes(1)))
        world.wanted = ["high": 1]
        try world.run(until: .at(60))
        #expect(world.placed(0) == [[0]] && world.waiting(1) == [0])
        #expect(world.orders.allSatisfy { $0.service == 1 })
    }

    @Test("Placeholders make way at once, and wait themselves")
    func placeholders() throws {
        var cluster = ClusterDescription.nodes(1)
        cluster.placeholders = PlaceholderDescription(count: 4, cpu: 1_000, memory: 0)
        var world = World(.external([Self.service("a", cpu: 2_000)], cluster))
        world.wanted = ["a": 0]
        try world.run(until: .at(5))
        #expect(world.plane.nodes[0].pods.count == 4)
        world.wanted = ["a": 1]
        try world.run(until: .at(5.5))
        #expect(world.placed(0) == [[0]] && world.waiting(0).isEmpty)
        #expect(world.plane.nodes[0].pods.count == 3)
        world.wanted = ["a": 0]
        try world.run(until: .at(20))
        #expect(world.plane.nodes[0].pods.filter(\.isPlaceholder).count == 4)
        // They are no pods that anybody waits for.
        #expect(world.report().nodes?.pendingPodSeconds == 0)
    }
}
