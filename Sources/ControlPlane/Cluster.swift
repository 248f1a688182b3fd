import Kernel
import Model

struct Cluster: Sendable {
    init(_ description: ClusterDescription, _ plan: ScalingPlan, seed: UInt64) {}
    var nextInstant: SimulatedInstant { .never }
    mutating func act(
        at now: SimulatedInstant, seeing seen: [ServiceObservation], _ plan: ScalingPlan,
        _ orders: inout [[ReplicaOrder]], _ log: inout ControlLog
    ) {}
    func report(at end: SimulatedInstant) -> NodeReport? { nil }
}
