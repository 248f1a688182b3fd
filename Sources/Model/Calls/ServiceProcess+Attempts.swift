import Kernel

// One attempt of a managed call: whether it may be made, where it goes, and what its end tells.
extension ServiceProcess {
    /// What the end of an attempt says of the replica that it went to.
    enum Verdict {
        case success
        /// It took the request and failed.
        case error
        case failure
        /// The callee refused it: it answers, but does not accept.
        case refusal
        /// Nothing: the caller lost interest.
        case none

        init(_ outcome: Outcome) {
            switch outcome {
            case .success, .conflict: self = .success
            case .rejected, .shed: self = .refusal
            case .failed, .error: self = .error
            case .expired, .unavailable: self = .failure
            }
        }
        var isGood: Bool { self == .success }
    }

    /// Sends an attempt, or lines it up for the pool.
    ///
    /// - Returns: whether it was not refused by the caller itself.
    mutating func startAttempt(
        _ slot: Int32, _ policy: Policy, isHedge: Bool, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) -> Bool {
        let place = place(of: slot, policy)
        let edge = Int(policy.pointee.edge)
        if let throttle = policy.pointee.throttle {
            let key = DrawKey(
                seed: program.seed, identity: calling[0].calls[slot].id, purpose: .throttle,
                service: program.service.rawValue, step: calling[0].calls[slot].tries)
            if !calling[0].throttles[place].admits(at: now, draw: key.uniform(), under: throttle) {
                edges[edge].throttled += 1
                return false
            }
        }
        if let breaker = policy.pointee.breaker,
            !calling[0].breakers[place].admit(at: now, under: breaker)
        {
            edges[edge].broken += 1
            return false
        }
        if policy.pointee.breaker != nil {
            calling[0].calls[slot].epoch = calling[0].breakers[place].epoch
        }
        var connection = Attempt.noPlace
        var isNew = false
        if let pool = policy.pointee.pool {
            guard calling[0].pools[place].used < pool.size else {
                return joinLine(slot, pool, policy, isHedge: isHedge, at: now)
            }
            (connection, isNew) = takePlace(slot, pool, policy, at: now)
        }
        launchAttempt(
            slot, policy, connection: connection, isNew: isNew, isHedge: isHedge, at: now, program,
            &effects)
        return true
    }

    private mutating func launchAttempt(
        _ slot: Int32, _ policy: Policy, connection: Int32, isNew: Bool, isHedge: Bool,
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let call = calling[0].calls[slot]
        let edge = Int(policy.pointee.edge)
        let place = place(of: slot, policy)
        let identity = call.attempt(call.attempts)
        let description = program.calls.pointer(to: Int(call.description))
        let replica = chooseCallee(
            for: identity, call, policy, connection: connection, isHedge: isHedge, at: now, program)
        var detour = SimulatedDuration.zero
        if isNew, let pool = policy.pointee.pool {
            let key = DrawKey(
                seed: program.seed, identity: identity, purpose: .connection,
                service: program.service.rawValue, step: 0)
            detour = pool.setup.sample(key, program.tables)
        }
        let timeout =
            policy.pointee.timeout
            ?? (description.pointee.hasTimeout ? description.pointee.timeout : nil)
        var deadline = call.deadline
        var timer = TimerQueue.Handle.none
        if let timeout {
            let end = now.advanced(saturatingBy: timeout)
            timer = timers.schedule(at: end, subject: identity)
            deadline = min(deadline, end)
        }
        let cause = isHedge ? 15 : call.attempts > 0 ? program.tier : call.cause
        if isHedge {
            edges[edge].hedges += 1
            calling[0].calls[slot].hedges += 1
        } else if call.attempts > 0 {
            edges[edge].retries += 1
        }
        if effects.tracing.isOn {
            mark(
                .attempted, at: now, call: identity, request: call.request, detail: cause,
                parent: call.id, replica: replica, place: call.attempts, program, &effects)
        }
        let arrives = launch(
            identity, description, request: call.request, cause: cause, replica: replica,
            deadline: policy.pointee.propagatesDeadline ? deadline : .never, detour: detour,
            at: now, program, &effects)
        calling[0].attempts.insert(
            Attempt(
                key: identity, sent: now, arrives: arrives, call: slot, timer: timer,
                epoch: call.epoch,
                connection: connection, replica: UInt16(truncatingIfNeeded: replica)))
        calling[0].calls[slot].attempts += 1
        calling[0].calls[slot].inFlight += 1
        calling[0].calls[slot].phase = .attempting
        calling[0].calls[slot].lastReplica = UInt16(truncatingIfNeeded: replica)
        scheduleHedge(slot, policy, place, at: now)
    }

    private mutating func scheduleHedge(
        _ slot: Int32, _ policy: Policy, _ place: Int, at now: SimulatedInstant
    ) {
        guard let hedge = policy.pointee.hedge,
            Int(calling[0].calls[slot].hedges) < hedge.most,
            let delay = HedgeState.delay(under: hedge, latencies: calling[0].latencies[place])
        else { return }
        setAlarm(slot, at: now.advanced(saturatingBy: delay))
    }

    /// The callee's replica that an attempt goes to, plus one; 0 leaves it to the callee.
    private mutating func chooseCallee(
        for identity: UInt64, _ call: ManagedCall, _ policy: Policy, connection: Int32,
        isHedge: Bool, at now: SimulatedInstant, _ program: ServiceProgram
    ) -> Int {
        guard policy.pointee.rule >= 0 else { return 0 }
        let edge = Int(policy.pointee.edge)
        let place = calling[0].index(edge, Int(call.replica))
        let isPinned = connection >= 0 && policy.pointee.pool?.isPinned == true
        let wires = isPinned ? connections(edge, call.replica) : nil
        let views = views(edge, call.replica, policy)
        var chosen = wires.map { Int($0[Int(connection)].replica) - 1 } ?? -1
        if chosen < 0 || !views[chosen].isReady {
            let zones = max(program.configuration.context.zones, 1)
            let key = DrawKey(
                seed: program.seed, identity: identity, purpose: .balancing,
                service: program.service.rawValue, step: 0)
            chosen =
                calling[0].turns[place].choose(
                    by: program.balancingRules[Int(policy.pointee.rule)],
                    among: UnsafeBufferPointer(views), at: now,
                    for: CallerViews.Call(
                        key: key, affinity: affinity(of: call, policy, program),
                        caller: Int(call.replica), zone: UInt16(Int(call.replica) % zones),
                        avoided: isHedge ? Int(call.lastReplica) - 1 : -1),
                    ejection: policy.pointee.ejection) ?? -1
            wires?[Int(connection)].replica = UInt16(truncatingIfNeeded: chosen + 1)
        }
        if chosen >= 0 { views[chosen].noteSent() }
        return chosen + 1
    }

    /// What a ring hashes: the key that the called endpoint asks for, or else the user's request.
    private func affinity(
        of call: ManagedCall, _ policy: Policy, _ program: ServiceProgram
    ) -> UInt64 {
        let keyspace = program.calls.pointer(to: Int(call.description)).pointee.keyspace
        guard keyspace >= 0,
            program.balancingRules[Int(policy.pointee.rule)].kind == .ringHash
        else { return CallIdentity.root(call.request) }
        return KeyDraw.hash(program.data.keys.key(of: call.request, in: Int(keyspace)))
    }

    /// What the caller's replica knows of the callee's.
    private func views(
        _ edge: Int, _ replica: Int32, _ policy: Policy
    ) -> UnsafeMutableBufferPointer<ReplicaView> {
        let count = Int(policy.pointee.targetReplicas)
        let start = Int(calling[0].viewStarts[edge]) + Int(replica) * count
        return UnsafeMutableBufferPointer(
            rebasing: calling[0].views.elements[start..<start + count])
    }

    /// The callee says that one of its replicas is ready, or no longer.
    mutating func noteReadiness(_ message: Message, _ program: ServiceProgram) {
        guard calling.count > 0 else { return }
        for (edge, outgoing) in program.configuration.outgoing.enumerated()
        where outgoing.target == message.source && calling[0].hasViews(edge) {
            let policy = policy(of: edge, program)
            for replica in 0..<Int32(replicas.count) {
                views(edge, replica, policy)[message.replica].isReady = message.span > .zero
                calling[0].turns[calling[0].index(edge, Int(replica))].noteReadiness()
            }
        }
    }

    /// Books the end of an attempt: with its replica, its pool, its breaker and its throttle.
    mutating func endAttempt(
        _ attempt: Attempt, _ policy: Policy, verdict: Verdict, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let slot = attempt.call
        let place = place(of: slot, policy)
        let edge = Int(policy.pointee.edge)
        calling[0].calls[slot].inFlight -= 1
        if attempt.replica > 0 {
            let views = views(edge, calling[0].calls[slot].replica, policy)
            if verdict == .none {
                views[Int(attempt.replica) - 1].noteEnd()
            } else {
                _ = calling[0].turns[place].noteEnd(
                    of: Int(attempt.replica) - 1, success: verdict.isGood, among: views, at: now,
                    ejection: policy.pointee.ejection)
            }
        }
        if let breaker = policy.pointee.breaker {
            if verdict == .none {
                calling[0].breakers[place].noteAbandoned(epoch: attempt.epoch)
            } else {
                let trips = calling[0].breakers[place].trips
                calling[0].breakers[place].note(
                    success: verdict.isGood, at: now, epoch: attempt.epoch, under: breaker)
                edges[edge].trips &+= calling[0].breakers[place].trips &- trips
            }
        }
        if let throttle = policy.pointee.throttle, verdict != .none {
            calling[0].throttles[place].noteEnd(
                isAccepted: verdict == .success || verdict == .error, at: now, under: throttle)
        }
        if attempt.connection != Attempt.noPlace {
            givePlaceBack(
                attempt.connection, edge, calling[0].calls[slot].replica, policy, at: now, program,
                &effects)
        }
    }

    /// Tells the callee that nobody waits for an attempt any longer.
    mutating func sendCancellation(
        of attempt: Attempt, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let call = calling[0].calls[attempt.call]
        let description = program.calls.pointer(to: Int(call.description))
        // As long on its way as the request was, and never there before it.
        let key = DrawKey(
            seed: program.seed, identity: attempt.key, purpose: .requestLatency,
            service: program.service.rawValue, step: 0)
        let latency = description.pointee.latency.sample(key, program.tables)
        var arrival = max(now + latency, attempt.arrives)
        if program.features.contains(.faults),
            isDisturbed(
                &arrival, call: attempt.key, to: description.pointee.peer,
                edge: Int(description.pointee.edge), program)
        {
            return
        }
        post(
            Message(
                instant: arrival, call: attempt.key, request: call.request,
                source: program.service, kind: .cancellation,
                endpoint: description.pointee.endpoint, route: description.pointee.route,
                extra: Message.extra(replica: Int(attempt.replica), span: 0)),
            to: description.pointee.peer, program, &effects)
    }
}

// MARK: - Pools

extension ServiceProcess {
    /// The connections of one replica of the caller.
    private func connections(
        _ edge: Int, _ replica: Int32
    ) -> UnsafeMutableBufferPointer<Connection> {
        let count = Int(calling[0].connectionCounts[edge])
        let start = Int(calling[0].connectionStarts[edge]) + Int(replica) * count
        return UnsafeMutableBufferPointer(
            rebasing: calling[0].connections.elements[start..<start + count])
    }

    private mutating func takePlace(
        _ slot: Int32, _ pool: ServiceProgram.Policy.Pool, _ policy: Policy,
        at now: SimulatedInstant
    ) -> (connection: Int32, isNew: Bool) {
        let place = place(of: slot, policy)
        calling[0].pools[place].used += 1
        guard pool.hasConnections else { return (Attempt.bulkheadPlace, false) }
        let own = connections(Int(policy.pointee.edge), calling[0].calls[slot].replica)
        return calling[0].pools[place].takeConnection(pool, own, at: now)
    }

    /// Lines a call up for the pool, unless the line is full.
    private mutating func joinLine(
        _ slot: Int32, _ pool: ServiceProgram.Policy.Pool, _ policy: Policy, isHedge: Bool,
        at now: SimulatedInstant
    ) -> Bool {
        let place = place(of: slot, policy)
        guard !isHedge, calling[0].pools[place].waiting < pool.queue, pool.wait != .zero else {
            edges[Int(policy.pointee.edge)].poolRefused += 1
            returnAdmission(slot, policy)
            return false
        }
        let last = calling[0].pools[place].waitTail
        calling[0].calls[slot].phase = .waitsForPool
        calling[0].calls[slot].beforeInPool = last
        calling[0].calls[slot].afterInPool = -1
        if last >= 0 {
            calling[0].calls[last].afterInPool = slot
        } else {
            calling[0].pools[place].waitHead = slot
        }
        calling[0].pools[place].waitTail = slot
        calling[0].pools[place].waiting += 1
        if let wait = pool.wait { setAlarm(slot, at: now.advanced(saturatingBy: wait)) }
        return true
    }

    /// A call leaves the line without a place.
    mutating func quitLine(_ slot: Int32, _ policy: Policy) {
        leaveLine(slot, policy)
        returnAdmission(slot, policy)
    }

    /// Tells the breaker that an attempt it let through is not made.
    private mutating func returnAdmission(_ slot: Int32, _ policy: Policy) {
        guard policy.pointee.breaker != nil else { return }
        let epoch = calling[0].calls[slot].epoch
        calling[0].breakers[place(of: slot, policy)].noteAbandoned(epoch: epoch)
    }

    private mutating func leaveLine(_ slot: Int32, _ policy: Policy) {
        let place = place(of: slot, policy)
        let call = calling[0].calls[slot]
        if call.beforeInPool >= 0 {
            calling[0].calls[call.beforeInPool].afterInPool = call.afterInPool
        } else {
            calling[0].pools[place].waitHead = call.afterInPool
        }
        if call.afterInPool >= 0 {
            calling[0].calls[call.afterInPool].beforeInPool = call.beforeInPool
        } else {
            calling[0].pools[place].waitTail = call.beforeInPool
        }
        calling[0].pools[place].waiting -= 1
        calling[0].calls[slot].phase = .attempting
    }

    /// A place is free: the first call in line takes it.
    private mutating func givePlaceBack(
        _ connection: Int32, _ edge: Int, _ replica: Int32, _ policy: Policy,
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let place = calling[0].index(edge, Int(replica))
        if connection >= 0 {
            let own = connections(edge, replica)
            calling[0].pools[place].giveBack(connection, own, at: now)
        }
        calling[0].pools[place].used -= 1
        while calling[0].pools[place].waiting > 0,
            calling[0].pools[place].used < policy.pointee.pool?.size ?? .max
        {
            let next = calling[0].pools[place].waitHead
            leaveLine(next, policy)
            cancelAlarm(next)
            var connection = Attempt.noPlace
            var isNew = false
            if let pool = policy.pointee.pool {
                (connection, isNew) = takePlace(next, pool, policy, at: now)
            }
            launchAttempt(
                next, policy, connection: connection, isNew: isNew, isHedge: false, at: now,
                program, &effects)
        }
    }
}
