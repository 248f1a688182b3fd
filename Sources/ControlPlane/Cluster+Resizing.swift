import Autoscalers
import Kernel
import Model

// Pods that ask for something else than before: what a kubelet does about them.
extension Cluster {
    /// Makes resizes that fit their nodes; the others wait, or can never be made.
    ///
    /// As in KEP-1287: a pod that asks for more than its node has is told that this is infeasible; one for which there
    /// is no room now is deferred, and tried again whenever the control plane acts: by priority, then those that
    /// have waited longest. The scheduler keeps the room for it meanwhile.
    mutating func resize(
        _ resizes: [PodResize], at now: SimulatedInstant, _ orders: inout [[ReplicaOrder]],
        _ log: inout ControlLog
    ) {
        let all = deferredResizes.map(\.resize) + resizes
        guard !all.isEmpty else { return }
        var places: [PodName: Int] = [:]
        for node in nodes.indices {
            for pod in nodes[node].pods { places[pod] = node }
        }
        for resize in all { attempt(resize, on: places[resize.pod], at: now, &orders, &log) }
    }

    /// Resizes that are not made yet but may be, in the order in which they are tried.
    private var deferredResizes: [PodSizes.Waiting] {
        guard !sizes.waiting.isEmpty else { return [] }
        return sizes.waiting.values.filter { !$0.isInfeasible }.sorted { one, other in
            let (size, otherSize) = (
                sizes.size(of: one.resize.pod), sizes.size(of: other.resize.pod)
            )
            if size.priority != otherSize.priority { return size.priority > otherSize.priority }
            if one.since != other.since { return one.since < other.since }
            return one.resize.pod < other.resize.pod
        }
    }

    private mutating func attempt(
        _ resize: PodResize, on node: Int?, at now: SimulatedInstant,
        _ orders: inout [[ReplicaOrder]], _ log: inout ControlLog
    ) {
        let pod = resize.pod
        let before = sizes.size(of: pod)
        let wasWaiting = sizes.waiting[pod] != nil
        switch node.map({ fit(resize, on: nodes[$0]) }) ?? .fits {
        case .fits:
            sizes.apply(resize)
            if let order = resize.order { orders[pod.service].append(order) }
            log.note(
                pod.service, "ResizeCompleted",
                "replica \(pod.replica) has \(resize.requests.words)", at: now)
        case .waits:
            sizes.wait(resize, isInfeasible: false, at: now)
            if !wasWaiting {
                log.note(
                    pod.service, "ResizeDeferred",
                    "replica \(pod.replica): its node has no room for \(resize.requests.words)",
                    at: now)
            }
        case .never:
            sizes.wait(resize, isInfeasible: true, at: now)
            log.note(
                pod.service, "ResizeInfeasible",
                "replica \(pod.replica): its node is smaller than \(resize.requests.words)",
                at: now)
        }
        guard let node else { return }
        let after = sizes.size(of: pod)
        nodes[node].cpu += before.cpu - after.cpu
        nodes[node].memory += before.memory - after.memory
    }

    private enum Fit { case fits, waits, never }

    /// Against what the node has given its pods; what others wait for does not count.
    private func fit(_ resize: PodResize, on node: ClusterNode) -> Fit {
        let pool = description.pools[node.pool]
        let wanted = resize.requests
        guard wanted.cpu <= pool.cpu, Double(wanted.memory) <= pool.memory else { return .never }
        var (cpu, memory) = (pool.cpu, pool.memory)
        for pod in node.pods where pod != resize.pod {
            let size = sizes.allocated(to: pod)
            cpu -= size.cpu
            memory -= size.memory
        }
        return wanted.cpu <= cpu && Double(wanted.memory) <= memory ? .fits : .waits
    }
}
