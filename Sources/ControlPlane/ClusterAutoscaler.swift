import Kernel
import Model

/// Adds nodes for pods that find none, and takes away nodes that are not needed: Kubernetes' Cluster
/// Autoscaler, as of its release of mid-2026.
///
/// Each scan: nodes that do not come in time are given up, and their pool rests; pods that wait and
/// would not fit on nodes that are on their way make one pool grow, chosen by the expander among what
/// packing the pods (first fit, largest first) on new nodes gives for each; without that, nodes whose
/// requests are low and whose pods fit elsewhere are unneeded, and go when they have been for long.
struct ClusterAutoscaler: Sendable {
    private let description: ClusterAutoscalerDescription
    private let pools: [NodePoolDescription]
    private let boots: [Sampler]
    private let tables: SamplerTables
    private let seed: UInt64
    private var scans: Ticker
    private var rests: [Rest]
    private var nextNumber: Int
    var requests: ProvisioningRequests
    /// Of pods that wait and of provisioning requests, whose turn it is when there are both.
    private var isTurnOfRequests = false
    private var lastAdd: SimulatedInstant?

    /// A pool that has failed is left alone for a while, as by the autoscaler's exponential back-off: twice
    /// as long as the last time, unless it rests already, has grown since, or last failed long ago.
    private struct Rest: Hashable, Sendable {
        var until = SimulatedInstant.start
        /// How long the last one was; `nil`: there was none that counts.
        var last: SimulatedDuration?
        var failed = SimulatedInstant.start
        /// Whether nodes are on their way that were asked for.
        var isGrowing = false

        mutating func begin(
            at now: SimulatedInstant, first: SimulatedDuration, most: SimulatedDuration
        ) {
            var length = first
            if let last, until < now { length = min(last + last, most) }
            until = now.advanced(saturatingBy: length)
            last = length
            failed = now
            isGrowing = false
        }
    }

    /// The most empty nodes that go at one scan; of nodes with pods one goes at a time.
    private static let mostEmptyNodes = 10
    /// Of its draws: behind all services, the largest that a key holds.
    private static let drawingService: UInt32 = 0xFF_FFFF
    /// Pools forget their failures after this: `node-group-backoff-reset-timeout`.
    private static let backoffReset = SimulatedDuration.seconds(10_800)

    init(
        _ description: ClusterAutoscalerDescription, pools: [NodePoolDescription],
        requests: [ProvisioningRequestDescription], seed: UInt64
    ) {
        self.requests = ProvisioningRequests(requests, description.provisioning)
        self.description = description
        self.pools = pools
        self.seed = seed
        var tables = SamplerTables()
        boots = pools.map { Sampler($0.boot, tables: &tables) }
        self.tables = tables
        scans = Ticker(every: description.scanPeriod, from: .start + description.scanPeriod)
        rests = pools.map { _ in Rest() }
        nextNumber = pools.reduce(0) { $0 + $1.initial }
    }

    var nextInstant: SimulatedInstant { scans.next }

    mutating func act(
        at now: SimulatedInstant, nodes: inout [ClusterNode], pending: [PendingPod],
        sizes: PodSizes, _ orders: inout [[ReplicaOrder]], _ log: inout ControlLog
    ) {
        guard scans.takeDue(at: now) else { return }
        let size = { [requests] (pod: PodName) in
            ProvisioningRequests.isBooking(pod) ? requests.size(of: pod) : sizes.size(of: pod)
        }
        noteComingNodes(&nodes, at: now, &log)
        requests.refresh(nodes, at: now, &log)
        var snapshot = nodes
        let unschedulable = podsWithoutComingNode(pending, &snapshot, at: now)
        requests.book(on: &snapshot)
        let isOldEnough = unschedulable.contains { now - $0.since >= description.podAge }
        if let asked = requestWhoseTurnItIs(unschedulable, at: now) {
            if requests.check(asked, snapshot, at: now, &log) {
                lastAdd = now
                return
            }
        } else if isOldEnough, scaleUp(for: unschedulable, &nodes, at: now, &log) {
            return
        }
        findUnneeded(&nodes, with: snapshot, size, at: now)
        // Pods that nothing helps do not keep nodes; only while they are too new is there no hurry.
        if unschedulable.isEmpty || isOldEnough {
            scaleDown(&nodes, size, at: now, &orders, &log)
        }
    }

    // MARK: Growing

    /// Gives up nodes that have not come in time, and forgets the failures of pools that have grown.
    private mutating func noteComingNodes(
        _ nodes: inout [ClusterNode], at now: SimulatedInstant, _ log: inout ControlLog
    ) {
        let late = nodes.filter {
            $0.ready > now && now - $0.requested >= description.mostProvisionTime
        }
        nodes.removeAll { node in late.contains { $0.number == node.number } }
        for pool in pools.indices {
            if rests[pool].last != nil, now - rests[pool].failed > Self.backoffReset {
                rests[pool].last = nil
            }
            let count = late.count { $0.pool == pool }
            if count > 0 {
                rests[pool].begin(
                    at: now, first: description.backoff, most: description.mostBackoff)
                log.note(
                    ControlEvent(
                        instant: now, service: nil, reason: "ScaleUpTimedOut",
                        message: "nodes of pool \(pools[pool].name) that have not come: \(count)"))
            } else if rests[pool].isGrowing,
                !nodes.contains(where: { $0.pool == pool && $0.ready > now })
            {
                rests[pool] = Rest()
            }
        }
    }

    /// Puts pods that wait on nodes that are on their way; the others are left.
    private func podsWithoutComingNode(
        _ pending: [PendingPod], _ nodes: inout [ClusterNode], at now: SimulatedInstant
    ) -> [PendingPod] {
        pending.filter { pod in
            guard let node = nodes.firstIndex(where: { $0.ready > now && $0.fits(pod.size) })
            else { return true }
            nodes[node].place(pod.name, pod.size)
            return false
        }
    }

    /// Provisioning requests and pods that wait take turns.
    private mutating func requestWhoseTurnItIs(
        _ pods: [PendingPod], at now: SimulatedInstant
    ) -> Int? {
        guard let asked = requests.next(at: now) else { return nil }
        if pods.isEmpty { isTurnOfRequests = true }
        defer { isTurnOfRequests.toggle() }
        return isTurnOfRequests ? asked : nil
    }

    private struct Option {
        var pool: Int
        var nodes: Int
        var pods: [PendingPod]
        var waste: Double
    }

    private mutating func scaleUp(
        for pods: [PendingPod], _ nodes: inout [ClusterNode], at now: SimulatedInstant,
        _ log: inout ControlLog
    ) -> Bool {
        let options = pools.indices.compactMap { pool -> Option? in
            let present = nodes.filter { $0.pool == pool }.count
            guard rests[pool].until <= now, present < pools[pool].most else { return nil }
            return pack(pods, pool: pool, most: pools[pool].most - present)
        }.filter { !$0.pods.isEmpty && (!description.isAtomic || $0.pods.count == pods.count) }
        guard let option = choose(options, at: now) else {
            log.note(
                ControlEvent(
                    instant: now, service: nil, reason: "NotTriggerScaleUp",
                    message: "no pool can grow for \(pods.count) pods that wait"))
            return false
        }
        for _ in 0..<option.nodes { nodes.append(request(option.pool, at: now)) }
        rests[option.pool].isGrowing = true
        lastAdd = now
        log.note(
            ControlEvent(
                instant: now, service: nil, reason: "TriggeredScaleUp",
                message: "\(option.nodes) nodes of pool \(pools[option.pool].name) for "
                    + "\(option.pods.count) pods"))
        return true
    }

    /// First fit, the largest pods first, on nodes opened one after another.
    private func pack(_ pods: [PendingPod], pool: Int, most: Int) -> Option {
        let template = pools[pool]
        func weight(_ size: PodSize) -> Double {
            Double(size.cpu) / Double(max(template.cpu, 1)) + size.memory / max(template.memory, 1)
        }
        let order = pods.sorted {
            let (one, other) = (weight($0.size), weight($1.size))
            return one != other ? one > other : $0.name < $1.name
        }
        var opened: [ClusterNode] = []
        var helped: [PendingPod] = []
        for pod in order {
            if let index = opened.firstIndex(where: { $0.fits(pod.size) }) {
                opened[index].place(pod.name, pod.size)
            } else {
                var node = ClusterNode(
                    number: -1, pool: pool, requested: .start, ready: .start, cpu: template.cpu,
                    memory: template.memory)
                guard opened.count < most, node.fits(pod.size) else { continue }
                node.place(pod.name, pod.size)
                opened.append(node)
            }
            helped.append(pod)
        }
        let count = Double(max(opened.count, 1))
        let cpu = Double(opened.reduce(0) { $0 + $1.cpu }) / (Double(max(template.cpu, 1)) * count)
        let memory = opened.reduce(0) { $0 + $1.memory } / (max(template.memory, 1) * count)
        return Option(pool: pool, nodes: opened.count, pods: helped, waste: cpu + memory)
    }

    /// The expander's choice; of equals one is drawn.
    private func choose(_ options: [Option], at now: SimulatedInstant) -> Option? {
        func cost(_ option: Option) -> Double {
            switch description.expander {
            case .leastWaste: option.waste
            case .mostPods: -Double(option.pods.count)
            case .leastNodes: Double(option.nodes)
            case .price: pools[option.pool].price * Double(option.nodes)
            case .random: 0
            }
        }
        guard let least = options.map(cost).min() else { return nil }
        let best = options.filter { cost($0) == least }
        let key = DrawKey(
            seed: seed, identity: UInt64(bitPattern: now.nanoseconds), purpose: .controlPlane,
            service: Self.drawingService, step: 1)
        return best[key.index(below: best.count)]
    }

    private mutating func request(_ pool: Int, at now: SimulatedInstant) -> ClusterNode {
        defer { nextNumber += 1 }
        func key(_ step: UInt16) -> DrawKey {
            DrawKey(
                seed: seed, identity: UInt64(nextNumber), purpose: .controlPlane,
                service: Self.drawingService,
                step: step)
        }
        let fails = key(2).uniform() < pools[pool].failureProbability
        return ClusterNode(
            number: nextNumber, pool: pool, requested: now,
            ready: fails ? .never : now + boots[pool].sample(key(3), tables),
            cpu: pools[pool].cpu, memory: pools[pool].memory)
    }

    // MARK: Shrinking

    private func utilisation(_ node: ClusterNode) -> Double {
        let pool = pools[node.pool]
        let cpu = 1 - Double(node.cpu) / Double(max(pool.cpu, 1))
        return max(cpu, 1 - node.memory / max(pool.memory, 1))
    }

    /// Notes since when nodes have not been needed: their requests are low, and their pods would fit
    /// on the others.
    ///
    /// `booked` are the nodes with what is booked on them; those that are not ready do not matter.
    private func findUnneeded(
        _ nodes: inout [ClusterNode], with booked: [ClusterNode], _ size: (PodName) -> PodSize,
        at now: SimulatedInstant
    ) {
        var room = booked
        // Empty ones first, then those that were unneeded before: the autoscaler's order of candidates.
        func rank(_ node: ClusterNode) -> Int {
            node.pods.isEmpty ? 0 : node.unneededSince != .never ? 1 : 2
        }
        let order = nodes.indices.sorted {
            (rank(nodes[$0]), $0) < (rank(nodes[$1]), $1)
        }
        for index in order where nodes[index].ready <= now && !nodes[index].isDraining {
            let isLow = utilisation(booked[index]) <= description.utilisationThreshold
            // With what has been moved to it from the nodes before.
            let held = room.first { $0.number == nodes[index].number } ?? booked[index]
            if isLow, let rest = moved(held, room, size, at: now) {
                room = rest
                nodes[index].unneededSince = min(nodes[index].unneededSince, now)
            } else {
                nodes[index].unneededSince = .never
            }
        }
    }

    /// The nodes as they would be with one's pods on the others; `nil` if they do not fit, or one of them
    /// has to stay.
    private func moved(
        _ node: ClusterNode, _ room: [ClusterNode], _ size: (PodName) -> PodSize,
        at now: SimulatedInstant
    ) -> [ClusterNode]? {
        var room = room.filter { $0.number != node.number }
        for pod in node.pods {
            guard !size(pod).isFixed,
                let target = room.firstIndex(where: {
                    $0.ready <= now && !$0.isDraining && $0.fits(size(pod))
                })
            else { return nil }
            room[target].place(pod, size(pod))
        }
        return room
    }

    private func scaleDown(
        _ nodes: inout [ClusterNode], _ size: (PodName) -> PodSize, at now: SimulatedInstant,
        _ orders: inout [[ReplicaOrder]], _ log: inout ControlLog
    ) {
        if let lastAdd, now - lastAdd < description.delayAfterAdd { return }
        var counts = pools.indices.map { pool in
            nodes.filter { $0.pool == pool && !$0.isDraining }.count
        }
        var empty = 0
        var drained = 0
        for index in nodes.indices {
            let node = nodes[index]
            guard node.unneededSince != .never, !node.isDraining,
                now - node.unneededSince > description.unneededTime,
                counts[node.pool] > pools[node.pool].least,
                node.pods.isEmpty ? empty < Self.mostEmptyNodes : drained < 1
            else { continue }
            if node.pods.isEmpty { empty += 1 } else { drained += 1 }
            counts[node.pool] -= 1
            nodes[index].isDraining = true
            for pod in node.pods {
                if pod.isPlaceholder {
                    nodes[index].remove(pod, size(pod))
                } else {
                    orders[pod.service].append(ReplicaOrder(.stop, pod.replica))
                }
            }
            log.note(
                ControlEvent(
                    instant: now, service: nil, reason: "ScaleDown",
                    message: "a node of pool \(pools[node.pool].name) with \(node.pods.count) pods "
                        + "goes"))
        }
    }
}
