package import Kernel

// The control plane's side of a service: what it reads off, and what it orders.
extension ServiceProcess {
    /// Takes orders to be carried out at `instant`, which is not in the past.
    ///
    /// Orders for a service whose replicas do not come and go, or for replicas that it does not have,
    /// are left aside.
    package mutating func take(_ orders: [ReplicaOrder], at instant: SimulatedInstant) {
        guard hosting.count > 0 else { return }
        prepareForChanges()
        for order in orders where Int(order.replica) < hosting[0].lives.count {
            hosting[0].orderNumber += 1
            hosting[0].orders.insert(
                PendingOrder(instant: instant, number: hosting[0].orderNumber, order: order))
        }
        nextRare = min(nextRare, hosting[0].orders.nextInstant)
    }

    mutating func carryOut(
        _ pending: PendingOrder, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let order = pending.order
        let replica = Int(order.replica)
        note(
            .order, detail: order.kind.rawValue, at: now,
            call: UInt64(replica) | UInt64(order.cpuLimit) << 16, request: UInt64(order.fill),
            program, &effects)
        let life = program.host.lifeCycle
        let wasAbsent = hosting[0].lives[replica].phase == .absent
        let actions: ReplicaActions =
            switch order.kind {
            case .create:
                hosting[0].lives[replica].create(
                    at: now, isBound: true, fill: order.fill, life)
            case .createUnbound:
                hosting[0].lives[replica].create(
                    at: now, isBound: false, fill: order.fill, life)
            case .bind: hosting[0].lives[replica].bind(at: now, life)
            case .stop: hosting[0].lives[replica].stop(at: now, restarts: false, life)
            case .remove: hosting[0].lives[replica].remove(at: now, life)
            case .resize: []
            }
        if order.kind == .resize {
            setLimit(of: replica, milliCores: order.cpuLimit, at: now, program)
        } else if wasAbsent, hosting[0].lives[replica].phase != .absent {
            hosting[0].presence.change(by: 1, at: now)
            // A new pod has what its service says, whatever the one before it was given.
            setLimit(of: replica, milliCores: nil, at: now, program)
        }
        follow(actions, of: replica, at: now, program, &effects)
    }

    /// What there is to be seen at `now`, before which everything has been executed. O(requests in the
    /// service).
    package func observation(at now: SimulatedInstant, _ program: ServiceProgram)
        -> ServiceObservation
    {
        var seen = ServiceObservation()
        seen.arrived = counters.arrived
        seen.succeeded = counters.succeeded
        seen.failed = counters.answered &- counters.succeeded
        seen.inSystem = counters.inSystem
        seen.inSystemArea = counters.inSystemArea(at: now)
        seen.sojournSum = counters.sojournSum
        seen.edgeRequests = edges.elements.map(\.requests)
        seen.edgeFailures = edges.elements.map(\.callFailures)
        if hosting.count > 0 { seen.waiting = UInt64(hosting[0].buffered) }
        let coreTimes = coreTimes(at: now)
        for replica in replicas.indices {
            seen.waiting &+= UInt64(truncatingIfNeeded: replicas[replica].waiting)
            seen.coreTime &+= coreTimes[replica]
            guard hosting.count > 0, hosting[0].lives.count > 0,
                hosting[0].lives[replica].phase != .absent
            else { continue }
            let life = hosting[0].lives[replica]
            seen.replicas.append(
                ReplicaObservation(
                    replica: UInt16(clamping: replica), phase: life.phase, isReady: life.isReady,
                    isUnbound: life.isUnbound, incarnation: life.incarnation,
                    requests: UInt32(clamping: replicas[replica].requests),
                    waiting: UInt32(clamping: replicas[replica].waiting),
                    taken: replicas[replica].taken, coreTime: coreTimes[replica],
                    memory: memory(of: replica, program), history: life.history))
        }
        return seen
    }

    /// By replica: core time used until `now`, in nanoseconds.
    private func coreTimes(at now: SimulatedInstant) -> [UInt64] {
        if hosting.count > 0, hosting[0].pacers.count > 0 {
            return hosting[0].pacers.elements.map { $0.usage(at: now).coreTime }
        }
        var times = replicas.elements.map(\.coreTime)
        for completion in completions.unordered
        where jobs[completion.job].phase == .computes && !isLost(completion) {
            times[Int(jobs[completion.job].replica)] &-= (completion.instant - now).unsigned
        }
        return times
    }

    private func memory(of replica: Int, _ program: ServiceProgram) -> Double {
        guard let memory = program.host.memory else { return 0 }
        return Double(
            hosting[0].collectors[replica].used(
                requests: Int(replicas[replica].requests), memory))
    }

    /// ∫ replicas that exist dt since the start, in nanoseconds.
    func replicaTime(at now: SimulatedInstant) -> UInt64 {
        hosting.count == 0
            ? UInt64(replicas.count) &* (now - .start).unsigned
            : hosting[0].presence.replicaTime(at: now)
    }
}
