import Kernel
import Model

/// A pod that waits for a node.
struct PendingPod: Hashable, Sendable {
    var name: PodName
    var size: PodSize
    var since: SimulatedInstant
}

/// The nodes of a cluster, its scheduler and its autoscaler.
///
/// Each time the control plane acts: pods that are gone leave their nodes, nodes that have booted are
/// ready, and the pods that wait are bound in the order of priority and age: filtered by what fits
/// (kube-scheduler's NodeResourcesFit), scored by what is allocated and, if asked, by how many pods of
/// the service a node has. A pod that fits nowhere pushes off placeholders at once, and pods of lower
/// priority by telling them to stop; the room that they leave is kept for it. While pods wait the
/// scheduler tries again every second.
struct Cluster: Sendable {
    let description: ClusterDescription
    var sizes: PodSizes
    private let placeholderSize: PodSize
    /// By service: whether its replicas come and go.
    private let isScaled: [Bool]
    var nodes: [ClusterNode] = []
    private var waitingPlaceholders: [PendingPod] = []
    /// Pods for which others were told to stop: on which node, and when.
    private var nominated: [Nomination] = []
    /// Pods that have been told to stop and are still there.
    private var leaving: Set<PodName> = []
    /// Whether it looks again though no pod waits: some that were told to stop are going to be replaced, or
    /// room was found for some that are going to be made.
    private var looksAgain = false
    var autoscaler: ClusterAutoscaler?
    private(set) var pending: [PendingPod] = []
    private var isStarted = false
    private var lastLook = SimulatedInstant.start
    private var accounts = (nodeSeconds: 0.0, most: 0, pendingPodSeconds: 0.0)

    private struct Nomination: Hashable, Sendable {
        var pod: PodName
        var node: Int
        var since: SimulatedInstant
    }

    static let placeholderPriority = -10
    /// A pod waits so long for those it has pushed off before it pushes again.
    private static let nominationTime = SimulatedDuration.seconds(30)

    init(_ description: ClusterDescription, _ plan: ScalingPlan, seed: UInt64) {
        self.description = description
        let usual = plan.services.map {
            PodSize(
                cpu: $0.cpuRequest, memory: $0.memoryRequest, priority: $0.priority,
                isFixed: $0.bounds == nil)
        }
        isScaled = plan.services.map { $0.bounds != nil }
        placeholderSize = PodSize(
            cpu: description.placeholders?.cpu ?? 0, memory: description.placeholders?.memory ?? 0,
            priority: Self.placeholderPriority)
        sizes = PodSizes(usual, placeholder: placeholderSize)
        autoscaler = description.autoscaler.map {
            ClusterAutoscaler(
                $0, pools: description.pools, requests: description.provisioningRequests,
                seed: seed)
        }
        for (pool, pooled) in description.pools.enumerated() {
            for _ in 0..<pooled.initial {
                nodes.append(
                    ClusterNode(
                        number: nodes.count, pool: pool, requested: .start, ready: .start,
                        cpu: pooled.cpu, memory: pooled.memory))
            }
        }
        waitingPlaceholders = (0..<(description.placeholders?.count ?? 0)).map {
            PendingPod(
                name: PodName(service: -1, replica: $0), size: placeholderSize, since: .start)
        }
    }

    /// When it acts next by itself.
    var nextInstant: SimulatedInstant {
        guard isStarted else { return .start }
        let boots = nodes.lazy.map(\.ready).filter { $0 > lastLook && $0 < .never }.min()
        let isWaiting =
            !pending.isEmpty || looksAgain
            || sizes.waiting.values.contains {
                !$0.isInfeasible
            }
        let retry = isWaiting ? lastLook + .seconds(1) : SimulatedInstant.never
        return min(min(boots ?? .never, retry), autoscaler?.nextInstant ?? .never)
    }

    func size(of pod: PodName) -> PodSize { sizes.size(of: pod) }

    /// Services whose ProvisioningRequest has found room since the last call.
    mutating func takeAdmitted() -> [(name: String, service: Int, count: Int)] {
        let admitted = autoscaler?.requests.takeAdmitted() ?? []
        // Somebody is going to make their pods.
        if !admitted.isEmpty { looksAgain = true }
        return admitted
    }

    /// `admitted` is what those pods among the created have that have something else than their service says, `resizes`
    /// what is wanted of the pods that there are.
    mutating func act(
        at now: SimulatedInstant, seeing seen: [ServiceObservation], _ plan: ScalingPlan,
        admitted: [PodResize], resizes: [PodResize], _ orders: inout [[ReplicaOrder]],
        _ log: inout ControlLog
    ) {
        account(until: now)
        if isStarted { forgetPods(seeing: seen) } else { placeFirstPods(seen, plan) }
        isStarted = true
        for pod in admitted { sizes.admit(pod.pod, pod.requests) }
        resize(resizes, at: now, &orders, &log)
        pending = waitingPods(seeing: seen, orders, at: now)
        leaving = leavingPods(seeing: seen, orders)
        let known = Set(pending.map(\.name))
        nominated = nominated.filter { known.contains($0.pod) }
        let stops = Self.stopCount(orders)
        schedule(at: now, &orders, &log)
        autoscaler?.act(
            at: now, nodes: &nodes, pending: pending, sizes: sizes, &orders, &log)
        looksAgain = Self.stopCount(orders) > stops
        let held = Set(nodes.flatMap(\.pods).filter(\.isPlaceholder).map(\.replica))
        waitingPlaceholders = (0..<(description.placeholders?.count ?? 0)).compactMap { number in
            guard !held.contains(number) else { return nil }
            let name = PodName(service: -1, replica: number)
            return pending.first { $0.name == name }
                ?? PendingPod(name: name, size: placeholderSize, since: now)
        }
        nodes.removeAll { $0.isDraining && $0.pods.isEmpty }
    }

    func report(at end: SimulatedInstant) -> NodeReport {
        var copy = self
        copy.account(until: end)
        return NodeReport(
            nodeSeconds: copy.accounts.nodeSeconds, mostNodes: copy.accounts.most,
            pendingPodSeconds: copy.accounts.pendingPodSeconds)
    }

    private mutating func account(until now: SimulatedInstant) {
        let seconds = (now - lastLook).seconds
        accounts.nodeSeconds += Double(nodes.count) * seconds
        accounts.most = max(accounts.most, nodes.count)
        let waiting = pending.filter { !$0.name.isPlaceholder }.count
        accounts.pendingPodSeconds += Double(waiting) * seconds
        lastLook = now
    }

    // MARK: Pods

    /// Pods that run from the start are on the nodes that there are; those that find no room are left
    /// without a node and take none.
    private mutating func placeFirstPods(_ seen: [ServiceObservation], _ plan: ScalingPlan) {
        for service in plan.services.indices {
            let places =
                plan.services[service].bounds == nil && seen[service].replicas.isEmpty
                ? Array(0..<plan.services[service].initialReplicas)
                : seen[service].replicas.map { Int($0.replica) }
            for replica in places {
                let pod = PodName(service: service, replica: replica)
                if let node = bestNode(for: pod, at: .start) {
                    nodes[node].place(pod, size(of: pod))
                }
            }
        }
    }

    private mutating func forgetPods(seeing seen: [ServiceObservation]) {
        let present = seen.map { Set($0.replicas.map { Int($0.replica) }) }
        for index in nodes.indices {
            for pod in nodes[index].pods where !pod.isPlaceholder {
                if isScaled[pod.service], !present[pod.service].contains(pod.replica) {
                    nodes[index].remove(pod, size(of: pod))
                }
            }
        }
        sizes.keep { present[$0.service].contains($0.replica) }
    }

    private func leavingPods(
        seeing seen: [ServiceObservation], _ orders: [[ReplicaOrder]]
    ) -> Set<PodName> {
        var leaving: Set<PodName> = []
        for service in seen.indices {
            for pod in seen[service].replicas where pod.phase == .terminating {
                leaving.insert(PodName(service: service, replica: Int(pod.replica)))
            }
            for order in orders[service] where order.kind == .stop {
                leaving.insert(PodName(service: service, replica: Int(order.replica)))
            }
        }
        return leaving
    }

    private static func stopCount(_ orders: [[ReplicaOrder]]) -> Int {
        orders.reduce(0) { $0 + $1.count { $0.kind == .stop } }
    }

    private func waitingPods(
        seeing seen: [ServiceObservation], _ orders: [[ReplicaOrder]], at now: SimulatedInstant
    ) -> [PendingPod] {
        var waiting = waitingPlaceholders
        for service in seen.indices {
            let stopped = Set(
                orders[service].filter { $0.kind == .stop }.map { Int($0.replica) })
            for pod in seen[service].replicas
            where pod.isUnbound && !stopped.contains(Int(pod.replica)) {
                let name = PodName(service: service, replica: Int(pod.replica))
                waiting.append(
                    PendingPod(name: name, size: size(of: name), since: pod.history.created))
            }
            for order in orders[service] where order.kind == .createUnbound {
                let name = PodName(service: service, replica: Int(order.replica))
                waiting.append(PendingPod(name: name, size: size(of: name), since: now))
            }
        }
        return waiting.sorted {
            if $0.size.priority != $1.size.priority { return $0.size.priority > $1.size.priority }
            if $0.since != $1.since { return $0.since < $1.since }
            return $0.name < $1.name
        }
    }

    // MARK: Scheduling

    private mutating func schedule(
        at now: SimulatedInstant, _ orders: inout [[ReplicaOrder]], _ log: inout ControlLog
    ) {
        var left: [PendingPod] = []
        var evicted: [PendingPod] = []
        for pod in pending {
            var node = bestNode(for: pod.name, at: now)
            if node == nil {
                node = pushOffPlaceholders(for: pod, at: now, &evicted)
            }
            guard let node else {
                preempt(for: pod, at: now, &orders, &log)
                left.append(pod)
                continue
            }
            nodes[node].place(pod.name, pod.size)
            nominated.removeAll { $0.pod == pod.name }
            if !pod.name.isPlaceholder {
                orders[pod.name.service].append(ReplicaOrder(.bind, pod.name.replica))
            }
        }
        pending = left + evicted
    }

    /// A node without the room that is kept for others which are as important.
    private func withoutKeptRoom(_ node: ClusterNode, for pod: PodName) -> ClusterNode {
        guard !nominated.isEmpty else { return node }
        var node = node
        for other in nominated where other.node == node.number && other.pod != pod {
            let kept = size(of: other.pod)
            guard kept.priority >= size(of: pod).priority else { continue }
            node.cpu -= kept.cpu
            node.memory -= kept.memory
        }
        return node
    }

    /// The node with the best score of those that are ready and fit.
    private func bestNode(for pod: PodName, at now: SimulatedInstant) -> Int? {
        let size = size(of: pod)
        var best: (score: Double, node: Int)?
        for (index, node) in nodes.enumerated()
        where node.ready <= now && !node.isDraining
            && withoutKeptRoom(node, for: pod).fits(size)
        {
            let pool = description.pools[node.pool]
            let cpu = 1 - Double(node.cpu - size.cpu) / Double(max(pool.cpu, 1))
            let memory = 1 - (node.memory - size.memory) / max(pool.memory, 1)
            let allocated = (cpu + memory) / 2
            var score = description.scoring == .leastAllocated ? 1 - allocated : allocated
            if description.spreads {
                score -= Double(node.pods.filter { $0.service == pod.service }.count)
            }
            if best.map({ score > $0.score }) ?? true { best = (score, index) }
        }
        return best?.node
    }

    private mutating func pushOffPlaceholders(
        for pod: PendingPod, at now: SimulatedInstant, _ evicted: inout [PendingPod]
    ) -> Int? {
        guard pod.size.priority > Self.placeholderPriority else { return nil }
        for index in nodes.indices where nodes[index].ready <= now && !nodes[index].isDraining {
            var node = nodes[index]
            var gone: [PodName] = []
            func fits() -> Bool { withoutKeptRoom(node, for: pod.name).fits(pod.size) }
            for held in node.pods where held.isPlaceholder && !fits() {
                node.remove(held, placeholderSize)
                gone.append(held)
            }
            guard !gone.isEmpty, fits() else { continue }
            nodes[index] = node
            evicted += gone.map { PendingPod(name: $0, size: placeholderSize, since: now) }
            return index
        }
        return nil
    }

    /// Tells pods of lower priority to stop, on the node where the fewest must go; those that are going
    /// anyway cost nothing.
    private mutating func preempt(
        for pod: PendingPod, at now: SimulatedInstant, _ orders: inout [[ReplicaOrder]],
        _ log: inout ControlLog
    ) {
        if let known = nominated.first(where: { $0.pod == pod.name }),
            now - known.since < Self.nominationTime
        {
            return
        }
        var best: (node: Int, victims: [PodName])?
        for node in nodes where node.ready <= now && !node.isDraining {
            var room = withoutKeptRoom(node, for: pod.name)
            var victims: [PodName] = []
            let lower = node.pods.filter {
                size(of: $0).priority < pod.size.priority && !size(of: $0).isFixed
            }
            for held in node.pods where leaving.contains(held) {
                room.remove(held, size(of: held))
            }
            for held in lower.sorted(by: { size(of: $0).priority < size(of: $1).priority })
            where !leaving.contains(held) && !room.fits(pod.size) {
                room.remove(held, size(of: held))
                victims.append(held)
            }
            if room.fits(pod.size), victims.count < (best?.victims.count ?? .max) {
                best = (node.number, victims)
            }
        }
        guard let best else { return }
        nominated.removeAll { $0.pod == pod.name }
        nominated.append(Nomination(pod: pod.name, node: best.node, since: now))
        for victim in best.victims where !victim.isPlaceholder {
            leaving.insert(victim)
            orders[victim.service].append(ReplicaOrder(.stop, victim.replica))
            log.note(
                ControlEvent(
                    instant: now, service: victim.service, reason: "Preempted",
                    message: "replica \(victim.replica) makes room for a pod of higher priority"))
        }
    }
}
