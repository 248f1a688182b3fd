package import Autoscalers
import Kernel
import Model

/// What every pod asks for by its spec: what its service says, or what a vertical autoscaler gave it.
package struct PodRequests: Hashable, Sendable {
    private let usual: [PodResources]
    private var own: [PodName: PodResources] = [:]

    init(_ plan: ScalingPlan) { usual = plan.services.map(\.usualRequests) }

    package subscript(pod: PodName) -> PodResources {
        get { own.isEmpty ? usual[pod.service] : own[pod] ?? usual[pod.service] }
        set { own[pod] = newValue == usual[pod.service] ? nil : newValue }
    }

    /// Forgets pods that are gone.
    mutating func keep(_ isPresent: (PodName) -> Bool) {
        if !own.isEmpty { own = own.filter { isPresent($0.key) } }
    }
}

/// A change of what a pod has, wanted by a vertical autoscaler.
struct PodResize: Hashable, Sendable {
    var pod: PodName
    var requests: PodResources
    /// Thousandths of a core; `nil`: the limit stays, or there is none.
    var cpuLimit: Int64?

    /// What the pod's container is told.
    var order: ReplicaOrder? { cpuLimit.map { .resize(pod.replica, cpuLimit: $0) } }
}

/// What nodes count pods with.
struct PodSizes: Hashable, Sendable {
    /// A resize that its node has not made yet.
    struct Waiting: Hashable, Sendable {
        var resize: PodResize
        /// What its node has given it.
        var present: PodResources
        var since: SimulatedInstant
        /// Whether the node is too small at all.
        var isInfeasible: Bool
    }

    private let usual: [PodSize]
    private let placeholder: PodSize
    /// Of pods that have something else than their service says.
    private var own: [PodName: PodResources] = [:]
    private(set) var waiting: [PodName: Waiting] = [:]

    init(_ usual: [PodSize], placeholder: PodSize) {
        self.usual = usual
        self.placeholder = placeholder
    }

    /// What the scheduler counts: of a pod whose resize waits for room, the larger of what it has and what it wants.
    func size(of pod: PodName) -> PodSize {
        var size = allocated(to: pod)
        if !waiting.isEmpty, let waiting = waiting[pod], !waiting.isInfeasible {
            size.cpu = max(size.cpu, waiting.resize.requests.cpu)
            size.memory = max(size.memory, Double(waiting.resize.requests.memory))
        }
        return size
    }

    /// What the pod's node has given it.
    func allocated(to pod: PodName) -> PodSize {
        guard !pod.isPlaceholder else { return placeholder }
        var size = usual[pod.service]
        if !own.isEmpty, let own = own[pod] {
            size.cpu = own.cpu
            size.memory = Double(own.memory)
        }
        return size
    }

    /// A pod that is on no node yet will have this.
    mutating func admit(_ pod: PodName, _ resources: PodResources) { own[pod] = resources }

    mutating func apply(_ resize: PodResize) {
        own[resize.pod] = resize.requests
        waiting[resize.pod] = nil
    }

    mutating func wait(_ resize: PodResize, isInfeasible: Bool, at now: SimulatedInstant) {
        let since = waiting[resize.pod]?.since ?? now
        let present = allocated(to: resize.pod)
        waiting[resize.pod] = Waiting(
            resize: resize,
            present: PodResources(cpu: present.cpu, memory: Int64(min(present.memory, 9e18))),
            since: since, isInfeasible: isInfeasible)
    }

    mutating func keep(_ isPresent: (PodName) -> Bool) {
        if !own.isEmpty { own = own.filter { isPresent($0.key) } }
        if !waiting.isEmpty { waiting = waiting.filter { isPresent($0.key) } }
    }
}

extension ScaledService {
    /// What a pod asks for if no vertical autoscaler has given it something else.
    package var usualRequests: PodResources {
        PodResources(cpu: cpuRequest, memory: Int64(min(memoryRequest, 9e18)))
    }
}
