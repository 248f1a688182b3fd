import ControlPlane
import Kernel
import Model
import Testing

@Suite("How a Deployment comes to the wanted number of pods")
struct DeploymentTests {
    /// A pod with what decides who goes first.
    private static func pod(
        _ replica: Int, phase: ReplicaLife.Phase = .running, isReady: Bool = true,
        isUnbound: Bool = false, readySince: Double = 0, created: Double = 0, requests: UInt32 = 0
    ) -> ReplicaObservation {
        var pod = ReplicaObservation.running(replica, requests: requests)
        pod.phase = phase
        pod.isReady = isReady
        pod.isUnbound = isUnbound
        pod.history.readinessChanged = .at(readySince)
        pod.history.created = .at(created)
        return pod
    }

    private static func orders(
        _ desired: Int, _ pods: [ReplicaObservation], room: Int = 20,
        needsNodes: Bool = false
    ) -> [ReplicaOrder] {
        var seen = ServiceObservation()
        seen.replicas = pods
        return Deployment(replicas: desired, room: room).orders(
            seeing: seen, needsNodes: needsNodes)
    }

    @Test("New pods take the lowest free places; those that drain still hold theirs")
    func newPods() {
        let pods = [Self.pod(0), Self.pod(1, phase: .terminating, isReady: false), Self.pod(3)]
        #expect(
            Self.orders(4, pods) == [ReplicaOrder(.create, 2), ReplicaOrder(.create, 4)])
        #expect(
            Self.orders(3, pods, needsNodes: true) == [ReplicaOrder(.createUnbound, 2)])
        #expect(Self.orders(2, pods).isEmpty)
    }

    @Test("There are never more pods than places")
    func room() {
        #expect(Self.orders(9, [Self.pod(1)], room: 3).map(\.replica) == [0, 2])
    }

    @Test("Pods go in the order of Kubernetes' ReplicaSet controller")
    func victims() {
        // The last goes first: each is preferred to all that stand before it.
        let inOrder = [
            Self.pod(0, readySince: 10), Self.pod(1, readySince: 20, created: 1),
            Self.pod(2, readySince: 20, created: 2), Self.pod(3, readySince: 20, created: 2),
            Self.pod(4, isReady: false, created: 5), Self.pod(5, isReady: false, created: 9),
            Self.pod(6, phase: .pulling, isReady: false, created: 5),
            Self.pod(7, phase: .pending, isReady: false, created: 9),
            Self.pod(8, phase: .pending, isReady: false, isUnbound: true, created: 1),
        ]
        for left in 0...inOrder.count {
            let going = Self.orders(left, inOrder)
            #expect(
                going
                    == inOrder.suffix(inOrder.count - left).reversed().map {
                        ReplicaOrder(.stop, Int($0.replica))
                    })
        }
    }

    @Test("Pods that have been told to stop are not told again, and do not count")
    func terminating() {
        let pods = [Self.pod(0), Self.pod(1, phase: .terminating, isReady: false)]
        #expect(Self.orders(1, pods).isEmpty)
        #expect(Self.orders(0, pods) == [ReplicaOrder(.stop, 0)])
    }

    @Test("A pod that is lost is replaced")
    func replacement() throws {
        var world = World(.external([.scaled("a", replicas: 3)]))
        world.wanted = ["a": 3]
        try world.run(until: .at(10))
        #expect(world.orders.isEmpty)
        world.seen[0].replicas.remove(at: 1)
        try world.run(until: .at(20))
        #expect(world.live(0).map(\.replica) == [0, 1, 2])
        #expect(world.orders.map(\.order) == [ReplicaOrder(.create, 1)])
    }
}
