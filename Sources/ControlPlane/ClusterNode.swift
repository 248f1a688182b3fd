package import Kernel

/// A pod by its service and its place there; a negative service is a placeholder.
package struct PodName: Hashable, Sendable, Comparable {
    package var service: Int
    package var replica: Int

    package init(service: Int, replica: Int) {
        self.service = service
        self.replica = replica
    }

    package var isPlaceholder: Bool { service < 0 }

    package static func < (one: Self, other: Self) -> Bool {
        (one.service, one.replica) < (other.service, other.replica)
    }
}

/// What a pod asks for, in thousandths of a core and bytes, and how important it is.
struct PodSize: Hashable, Sendable {
    var cpu: Int64
    var memory: Double
    var priority: Int
    /// Whether it stays where it is: nobody would replace it.
    var isFixed = false
}

/// A machine that pods run on, or one that is asked for.
package struct ClusterNode: Hashable, Sendable {
    package let number: Int
    package let pool: Int
    let requested: SimulatedInstant
    /// When it is ready; ``SimulatedInstant/never`` for one that never comes.
    package let ready: SimulatedInstant
    /// What is free of it.
    package internal(set) var cpu: Int64
    package internal(set) var memory: Double
    package internal(set) var pods: [PodName] = []
    /// Since when it has not been needed.
    var unneededSince = SimulatedInstant.never
    /// Whether it takes no new pods and goes when it is empty.
    package internal(set) var isDraining = false

    func fits(_ size: PodSize) -> Bool { cpu >= size.cpu && memory >= size.memory }

    mutating func place(_ pod: PodName, _ size: PodSize) {
        pods.append(pod)
        cpu -= size.cpu
        memory -= size.memory
    }

    mutating func remove(_ pod: PodName, _ size: PodSize) {
        guard let index = pods.firstIndex(of: pod) else { return }
        pods.remove(at: index)
        cpu += size.cpu
        memory += size.memory
    }
}
