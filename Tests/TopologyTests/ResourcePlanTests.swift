import Autoscalers
import ControlPlane
import Kernel
import Model
import Testing
import Topology

/// What a topology says of pods' resources, as the plan has it.
@Suite("Vertical autoscalers, quotas and provisioning requests in topologies")
struct ResourcePlanTests {
    private static func plan(_ service: String, _ top: String = "") throws -> ScalingPlan {
        let sample = Sample(top: "scaling: { \(top) }", service: "    " + service)
        let file = try TopologyFile.parse(text: sample.text, name: "t.yaml", baseDirectory: "")
        return try #require(file.scaling)
    }

    @Test("Nothing but a vpa: Kubernetes' defaults, and as many replicas as there are")
    func defaults() throws {
        let plan = try Self.plan("replicas: 3\n    scaling: { vpa: {} }")
        let service = plan.services[0]
        #expect(service.bounds == ReplicaBounds(least: 3, most: 3) && service.autoscaler == nil)
        let spec = try #require(service.vertical)
        #expect(spec.updateMode == .recreate && spec.controlsLimits && spec.controlsCPU)
        // Without a model of memory there is nothing to learn of it.
        #expect(!spec.controlsMemory && service.cpuLimit == nil && service.cpuRequest == 1_000)
        #expect(plan.vertical == VerticalSettings() && plan.quotas.isEmpty)
        #expect(service.namespace == "default" && plan.services[1].vertical == nil)
    }

    @Test("A pod with a limit asks for as much, unless it says less; RequestsOnly stays below it")
    func limits() throws {
        let whole = try Self.plan("cpuLimit: 500m\n    scaling: { vpa: {} }").services[0]
        #expect(whole.cpuLimit == 500 && whole.cpuRequest == 500)
        let part = try Self.plan(
            "cpuLimit: 500m\n    scaling: { requests: { cpu: 200m }, "
                + "vpa: { controlledValues: RequestsOnly, controlledResources: [cpu] } }"
        ).services[0]
        #expect(part.cpuRequest == 200 && part.vertical?.mostCPU == 500)
        #expect(part.vertical?.controlsLimits == false)
        // Nothing changes for who has none.
        #expect(
            try Self.plan("cpuLimit: 500m\n    scaling: { max: 3 }").services[0].cpuRequest == 1_000
        )
    }

    @Test("Flags, quotas and requests are what the file says")
    func everything() throws {
        let plan = try Self.plan(
            "replicas: 0\n    scaling: { min: 0, max: 8, namespace: shop, requests: { cpu: 700m, memory: 200 MB } }",
            "vpa: { halfLife: 5 min, margin: 30%, minCpu: 50m, skipDisruptionBudget: true }, "
                + "quotas: { shop: { requests: { cpu: 3 cores, memory: 2 GB }, pods: 7 } }, "
                + "cluster: { pools: { n: { cpu: 4 cores, nodes: 1 } }, "
                + "autoscaler: { bookingTime: 2 min, requestBackoff: 5 s, requestBackoffLimit: 20 s }, "
                + "provisioningRequests: { r: { at: 3 s, service: a, count: 8, noRetry: true }, "
                + "s: { cpu: 2 cores, memory: 1 GB, count: 2 } } }")
        #expect(plan.vertical.cpuHalfLife == .seconds(300) && plan.vertical.margin == 0.3)
        #expect(plan.vertical.least.cpu == 50 && plan.vertical.skipsDisruptionBudget)
        #expect(
            plan.quotas == [
                QuotaDescription(namespace: "shop", cpu: 3_000, memory: 2_000_000_000, pods: 7)
            ])
        #expect(plan.services[0].namespace == "shop")
        let cluster = try #require(plan.cluster)
        let settings = try #require(cluster.autoscaler?.provisioning)
        #expect(settings.bookingTime == .seconds(120) && settings.mostRetry == .seconds(20))
        let requests = cluster.provisioningRequests
        #expect(requests.map(\.name) == ["r", "s"] && requests.map(\.retries) == [false, true])
        #expect(requests[0].service == 0)
        #expect(requests[0].pod == PodResources(cpu: 700, memory: 200_000_000))
        #expect(requests[1].pod == PodResources(cpu: 2_000, memory: 1_000_000_000))
        // Whoever waits for capacity is scaled by nobody else.
        #expect(plan.services[0].awaitsCapacity && plan.services[0].autoscaler == nil)
    }

    @Test("A vpa beside an autoscaler that looks at CPU is warned of")
    func warning() throws {
        #expect(try Self.plan("scaling: { max: 5, vpa: {} }").warnings.count == 1)
        let others = [
            "{ max: 5, vpa: { updateMode: Off } }",
            "{ max: 5, metric: requests, each: 5, vpa: {} }",
            "{ vpa: {} }", "{ max: 5, vpa: { controlledResources: [memory] } }",
        ]
        for scaling in others {
            #expect(try Self.plan("scaling: \(scaling)").warnings.isEmpty, "\(scaling)")
        }
    }
}
