import Autoscalers
import ControlPlane
import Kernel
import Model
import Testing

@Suite("ProvisioningRequests of class check-capacity")
struct ProvisioningRequestTests {
    private static func request(
        _ name: String, at seconds: Double, _ count: Int, cpu: Int64 = 1_000
    ) -> ProvisioningRequestDescription {
        ProvisioningRequestDescription(
            name: name, created: .at(seconds), count: count, pod: PodResources(cpu: cpu))
    }

    /// Nodes of four cores, which may become ten.
    private static func world(
        nodes: Int = 1, _ requests: [ProvisioningRequestDescription],
        _ change: (inout ScaledService, inout ClusterAutoscalerDescription) -> Void = { _, _ in }
    ) -> World {
        var cluster = ClusterDescription(pools: [
            NodePoolDescription(
                name: "n", cpu: 4_000, memory: 16e9, initial: nodes, least: 0, most: 10)
        ])
        var service = ScaledService.scaled("a", replicas: 0)
        var autoscaler = ClusterAutoscalerDescription()
        autoscaler.unneededTime = .seconds(100_000)
        change(&service, &autoscaler)
        cluster.autoscaler = autoscaler
        cluster.provisioningRequests = requests
        return World(.external([service], cluster))
    }

    /// When, and what became of a request.
    private static func history(_ world: World, _ name: String) -> [String] {
        world.report().conditions.filter { $0.condition.message.hasPrefix(name + ":") }.map {
            "\(Int($0.instant.seconds)) \($0.condition.type)=\($0.condition.status.rawValue) "
                + $0.condition.reason
        }
    }

    @Test("Capacity that is there is found at the next scan, and booked for ten minutes")
    func found() throws {
        var world = Self.world([Self.request("r", at: 5, 4)])
        try world.run(until: .at(700))
        #expect(
            Self.history(world, "r") == [
                "10 Accepted=True Accepted", "10 Provisioned=True CapacityIsFound",
                "620 BookingExpired=True CapacityReservationTimeExpired",
            ])
    }

    @Test(
        "All its pods or none; it is asked again after 1 min, then 2, 4, 8 and 10, and adds no node"
    )
    func notFound() throws {
        var world = Self.world([Self.request("r", at: 5, 5)])
        try world.run(until: .at(1_600))
        let asked = Self.history(world, "r").dropFirst()
        #expect(
            Array(asked)
                == [10, 80, 210, 460, 950, 1560].map {
                    "\($0) Provisioned=False CapacityIsNotFound"
                })
        #expect(world.plane.nodes.count == 1 && world.events("TriggeredScaleUp").isEmpty)
    }

    @Test("One that does not ask again has failed")
    func noRetry() throws {
        var request = Self.request("r", at: 5, 5)
        request.retries = false
        var world = Self.world([request])
        try world.run(until: .at(300))
        #expect(Self.history(world, "r").dropFirst() == ["10 Failed=True CapacityIsNotFound"])
    }

    @Test("One request a scan; what is booked for one is not there for the next")
    func booked() throws {
        var world = Self.world([
            Self.request("late", at: 6, 3), Self.request("first", at: 5, 3),
            Self.request("small", at: 7, 1),
        ])
        try world.run(until: .at(60))
        #expect(Self.history(world, "first").last == "10 Provisioned=True CapacityIsFound")
        #expect(Self.history(world, "late").last == "20 Provisioned=False CapacityIsNotFound")
        #expect(Self.history(world, "small").last == "30 Provisioned=True CapacityIsFound")
    }

    @Test("The scheduler knows nothing of bookings")
    func scheduler() throws {
        var world = Self.world([Self.request("r", at: 5, 4)])
        world.wanted = ["a": 0]
        try world.run(until: .at(15))
        world.wanted = ["a": 4]
        try world.run(until: .at(20))
        #expect(world.bound(0).count == 4 && world.plane.nodes.count == 1)
    }

    @Test("Booked nodes are needed")
    func keepsNodes() throws {
        func nodes(_ requests: [ProvisioningRequestDescription]) throws -> [Int] {
            var world = Self.world(nodes: 3, requests) { _, autoscaler in
                autoscaler.unneededTime = .seconds(60)
                autoscaler.delayAfterAdd = .seconds(60)
            }
            return try [300.0, 800].map {
                try world.run(until: .at($0))
                return world.plane.nodes.count
            }
        }
        #expect(try nodes([]) == [0, 0])
        #expect(try nodes([Self.request("r", at: 5, 3, cpu: 3_000)]) == [3, 0])
    }

    @Test("A service that waits gets all its pods when room is found, and uses the booking up")
    func workload() throws {
        var request = Self.request("r", at: 5, 4)
        request.service = 0
        var world = Self.world([request]) { service, _ in service.awaitsCapacity = true }
        // Whatever a policy says.
        world.wanted = ["a": 2]
        try world.run(until: .at(10))
        #expect(world.live(0).isEmpty)
        try world.run(until: .at(40))
        #expect(world.bound(0).count == 4)
        #expect(
            Self.history(world, "r").last == "20 BookingExpired=True CapacityBookingConsumed")
    }
}
