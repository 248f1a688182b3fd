import Kernel
package import Model

/// A Deployment with its ReplicaSet: the wanted number of pods, and the orders that lead there.
package struct Deployment: Hashable, Sendable {
    /// `spec.replicas`.
    package internal(set) var desired: Int
    /// Pods that the model has room for.
    private let room: Int
    /// Whether its pods are jobs, which end by themselves.
    let runsJobs: Bool
    /// Jobs to be started with the next orders.
    var starts: JobStart?
    private var hasBegun = false

    package init(replicas: Int, room: Int, runsJobs: Bool = false) {
        desired = replicas
        self.room = room
        self.runsJobs = runsJobs
    }

    /// Pods that exist and have not been told to stop: `status.replicas`.
    package static func live(_ seen: ServiceObservation) -> [ReplicaObservation] {
        seen.replicas.filter { $0.phase != .terminating }
    }

    /// Orders that bring the pods to the wanted number.
    ///
    /// New pods take the lowest free places. Pods to be stopped are ranked as by Kubernetes'
    /// ReplicaSet controller (`ActivePodsWithRanks`): without a node before with one, pending before
    /// running, unready before ready, then ready for a shorter time, then created later. Its
    /// logarithmic buckets of time are left out.
    package func orders(seeing seen: ServiceObservation, needsNodes: Bool) -> [ReplicaOrder] {
        let live = Self.live(seen)
        if live.count < desired {
            let taken = Set(seen.replicas.map { Int($0.replica) })
            let free = (0..<room).lazy.filter { !taken.contains($0) }
            return free.prefix(desired - live.count).map {
                ReplicaOrder(needsNodes ? .createUnbound : .create, $0)
            }
        }
        return live.sorted(by: Self.stopsBefore).prefix(live.count - desired).map {
            ReplicaOrder(.stop, Int($0.replica))
        }
    }

    /// Jobs are started as told, and never stopped. Pods that are there at first are none, and are.
    ///
    /// New ones take the lowest free places; what there is no room for is not started.
    mutating func jobOrders(
        seeing seen: ServiceObservation, needsNodes: Bool
    ) -> [ReplicaOrder] {
        var orders: [ReplicaOrder] = []
        if !hasBegun {
            hasBegun = true
            orders = Self.live(seen).map { ReplicaOrder(.stop, Int($0.replica)) }
        }
        guard let start = starts else { return orders }
        starts = nil
        let taken = Set(seen.replicas.map { Int($0.replica) })
        let free = (0..<room).lazy.filter { !taken.contains($0) }
        return orders
            + free.prefix(start.count).map {
                ReplicaOrder(needsNodes ? .createUnbound : .create, $0, fill: start.fill)
            }
    }

    private static func stopsBefore(_ one: ReplicaObservation, _ other: ReplicaObservation) -> Bool
    {
        if one.isUnbound != other.isUnbound { return one.isUnbound }
        if one.isRunning != other.isRunning { return other.isRunning }
        if one.isReady != other.isReady { return other.isReady }
        if one.isReady, one.history.readinessChanged != other.history.readinessChanged {
            return one.history.readinessChanged > other.history.readinessChanged
        }
        if one.history.created != other.history.created {
            return one.history.created > other.history.created
        }
        return one.replica > other.replica
    }
}

extension ReplicaObservation {
    /// Kubernetes' phase Running: a container has been started.
    package var isRunning: Bool {
        switch phase {
        case .starting, .running, .terminating, .backingOff: true
        case .absent, .down, .pending, .pulling: false
        }
    }
}
