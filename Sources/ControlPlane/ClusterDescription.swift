package import Kernel

/// Nodes, and how pods come to them.
package struct ClusterDescription: Hashable, Sendable {
    package var pools: [NodePoolDescription]
    package var scoring = NodeScoring.leastAllocated
    /// Whether pods of one service prefer nodes that have fewer of them.
    package var spreads = true
    /// The cluster's own autoscaler; `nil`: pools keep their size.
    package var autoscaler: ClusterAutoscalerDescription?
    /// Pods of the least priority that keep room for others.
    package var placeholders: PlaceholderDescription?
    /// Asked of the autoscaler, without which they are never answered.
    package var provisioningRequests: [ProvisioningRequestDescription] = []

    package init(pools: [NodePoolDescription]) { self.pools = pools }
}

package struct NodePoolDescription: Hashable, Sendable {
    package var name: String
    /// What a node has for pods, in thousandths of a core and in bytes.
    package var cpu: Int64
    package var memory: Double
    /// 0 <= `least` <= `initial` <= `most`.
    package var initial: Int
    package var least: Int
    package var most: Int
    /// From the request for a node until it is ready.
    package var boot = Distribution(.deterministic(value: 60))
    /// That a node which is asked for never comes, 0...1.
    package var failureProbability = 0.0
    /// A node's price for an hour, for the expander `price` and the bill.
    package var price = 0.0

    package init(
        name: String, cpu: Int64, memory: Double, initial: Int, least: Int, most: Int
    ) {
        self.name = name
        self.cpu = cpu
        self.memory = memory
        self.initial = initial
        self.least = least
        self.most = most
    }
}

package enum NodeScoring: UInt8, Hashable, Sendable, CaseIterable {
    /// The emptiest node that fits.
    case leastAllocated
    /// The fullest.
    case mostAllocated
}

package struct PlaceholderDescription: Hashable, Sendable {
    package var count: Int
    package var cpu: Int64
    package var memory: Double
    package init(count: Int, cpu: Int64, memory: Double) {
        self.count = count
        self.cpu = cpu
        self.memory = memory
    }
}

/// The settings of Kubernetes' Cluster Autoscaler, with its defaults.
package struct ClusterAutoscalerDescription: Hashable, Sendable {
    package enum Expander: UInt8, Hashable, Sendable, CaseIterable {
        case leastWaste, mostPods, leastNodes, price, random
    }
    package var scanPeriod = SimulatedDuration.seconds(10)
    package var expander = Expander.leastWaste
    package var unneededTime = SimulatedDuration.seconds(600)
    package var utilisationThreshold = 0.5
    package var delayAfterAdd = SimulatedDuration.seconds(600)
    package var podAge = SimulatedDuration.seconds(2)
    package var mostProvisionTime = SimulatedDuration.seconds(900)
    package var backoff = SimulatedDuration.seconds(300)
    package var mostBackoff = SimulatedDuration.seconds(1_800)
    /// Whether a scale-up takes place only if all pods that wait find a node by it: best-effort-atomic
    /// of ProvisioningRequest.
    package var isAtomic = false
    package var provisioning = ProvisioningSettings()

    package init() {}
}
