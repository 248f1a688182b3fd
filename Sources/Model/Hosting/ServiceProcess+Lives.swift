import Kernel

// Replicas come and go, are probed, and are told of.
extension ServiceProcess {
    /// Brings a fresh service into its first state.
    mutating func beginHosting(_ program: ServiceProgram) {
        for replica in replicas.indices {
            updateSpeed(of: replica, at: .start, program)
            guard program.features.contains(.lifeCycle) else { continue }
            if program.host.lifeCycle.startsCold, replica < program.initialReplicas {
                _ = hosting[0].lives[replica].create(at: .start, program.host.lifeCycle)
            }
            hosting[0].lifeClock.set(replica, hosting[0].lives[replica].nextAlarm)
        }
        nextRare = hosting[0].nextInstant
    }

    /// What is due of orders, faults, paced cores, lives, beliefs, limits of waiting, time-outs of requests,
    /// buckets, writes to be applied and limits of waiting for rows: one thing at a time, in that order.
    @inline(never)
    mutating func actRarely(
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        guard hosting.count > 0, hosting[0].nextInstant <= now else {
            if data[0].nextWrite <= now {
                applyWrite(at: now, program, &effects)
            } else {
                expireRowWait(at: now, program, &effects)
            }
            return
        }
        if hosting[0].orders.nextInstant <= now {
            carryOut(hosting[0].orders.removeFirst(), at: now, program, &effects)
        } else if hosting[0].timeline.nextInstant <= now {
            changeFault(at: now, program, &effects)
        } else if hosting[0].paceClock.earliest <= now {
            firePacer(at: now, program, &effects)
        } else if hosting[0].lifeClock.earliest <= now {
            ringForLife(at: now, program, &effects)
        } else if hosting[0].beliefChanges.nextInstant <= now {
            let change = hosting[0].beliefChanges.removeFirst()
            note(
                .lifeCycle, detail: 255, at: now, call: change.number,
                request: UInt64(change.replica), program, &effects)
            believe(Int(change.replica), change.isReady)
            if change.isReady { releaseBuffered(at: now, program, &effects) }
        } else if hosting[0].waitTimers.nextInstant <= now {
            expireWait(hosting[0].waitTimers.removeFirst(), program, &effects)
        } else if hosting[0].clockAlarms.nextInstant <= now {
            expireRequest(hosting[0].clockAlarms.removeFirst(), program, &effects)
        } else {
            let held = hosting[0].held.removeFirst()
            hosting[0].heldCounts[Int(held.replica)] -= 1
            note(
                .waitExpired, detail: 1, at: now, call: held.request.call,
                request: held.request.request, program, &effects)
            enter(held.request, Int(held.replica), at: now, program, &effects)
        }
    }

    private mutating func ringForLife(
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let replica = hosting[0].lifeClock.first
        note(
            .lifeCycle, detail: hosting[0].lives[replica].phase.rawValue, at: now,
            call: UInt64(replica), request: 0, program, &effects)
        let actions = hosting[0].lives[replica].alarm(at: now, program.host.lifeCycle)
        // Nothing but a liveness probe makes a replica stop by itself.
        if actions.contains(.drains) { counters.crashes += 1 }
        follow(actions, of: replica, at: now, program, &effects)
    }

    /// Out of memory: the replica's container dies.
    mutating func crash(
        _ replica: Int, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        note(
            .lifeCycle, detail: 254, at: now, call: UInt64(replica), request: 0, program, &effects)
        eventCount += 1
        counters.crashes += 1
        let actions = hosting[0].lives[replica].crash(at: now, program.host.lifeCycle)
        follow(actions, of: replica, at: now, program, &effects)
    }

    /// Does what a change in a replica's life asks for.
    mutating func follow(
        _ actions: ReplicaActions, of replica: Int, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        if actions.contains(.becameUnready) {
            hosting[0].readyCount -= 1
            tell(replica, isReady: false, at: now, program, &effects)
        }
        if actions.contains(.ended) { hosting[0].presence.change(by: -1, at: now) }
        if actions.contains(.requestsDie) {
            if actions.contains(.finished) { counters.drained += 1 } else { counters.kills += 1 }
            dropAll(of: replica, at: now, program, &effects)
            forgetWrites(of: replica)
            forgetCallees(of: replica, at: now, program, &effects)
        }
        if actions.contains(.beganServing) { beginServing(replica, at: now, program) }
        if actions.contains(.speedChanged) || actions.contains(.beganServing) {
            updateSpeed(of: replica, at: now, program)
        }
        if actions.contains(.becameReady) {
            hosting[0].readyCount += 1
            tell(replica, isReady: true, at: now, program, &effects)
        }
        for kind in ProbeKind.allCases {
            let sends: ReplicaActions =
                kind == .readiness ? .sendsReadinessProbe : .sendsLivenessProbe
            if actions.contains(sends) { probe(kind, of: replica, at: now, program, &effects) }
        }
        hosting[0].lifeClock.set(replica, hosting[0].lives[replica].nextAlarm)
        if actions.contains(.drains) { endIfIdle(replica, at: now, program, &effects) }
        if actions.contains(.becameReady) { releaseBuffered(at: now, program, &effects) }
    }

    /// A replica is given a request: a job takes only so many.
    mutating func noteTaken(
        by replica: Int, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        replicas[replica].requests += 1
        replicas[replica].taken += 1
        guard hosting[0].lives.count > 0, hosting[0].lives[replica].fill > 0 else { return }
        follow(hosting[0].lives[replica].take(at: now), of: replica, at: now, program, &effects)
    }

    /// A replica that was told to stop, or a job that has begun, is gone once it has no requests but probes.
    mutating func endIfIdle(
        _ replica: Int, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        guard hosting.count > 0, hosting[0].lives.count > 0,
            replicas[replica].requests == hosting[0].probes[replica],
            hosting[0].lives[replica].phase == .terminating || hosting[0].lives[replica].hasBegun
        else { return }
        let actions = hosting[0].lives[replica].becameIdle(at: now, program.host.lifeCycle)
        follow(actions, of: replica, at: now, program, &effects)
    }

    /// A new container: its memory is clean, its own caches are cold, and its admission knows nothing.
    private mutating func beginServing(
        _ replica: Int, at now: SimulatedInstant, _ program: ServiceProgram
    ) {
        if hosting[0].collectors.count > 0 { hosting[0].collectors[replica] = Collector() }
        hosting[0].forgetAdmission(of: replica, program)
        if hosting[0].controlledDelays.count > 0 {
            hosting[0].controlledDelays[replica].noteEmpty(at: now)
        }
        if data.count > 0 { forgetCaches(of: replica, program) }
    }

    // MARK: Telling

    /// Tells the load balancer, and callers who choose replicas themselves.
    private mutating func tell(
        _ replica: Int, isReady: Bool, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let discovery = program.host.lifeCycle.discovery
        hosting[0].readinessNumber += 1
        let number = hosting[0].readinessNumber
        // Who hands out work knows at once which job has its fill.
        if discovery > .zero, hosting[0].lives[replica].fill == 0 {
            hosting[0].beliefChanges.insert(
                BeliefChange(
                    instant: now.advanced(saturatingBy: discovery), number: number,
                    replica: Int32(replica), isReady: isReady))
        } else {
            believe(replica, isReady)
        }
        for (route, caller) in program.configuration.incoming.enumerated()
        where caller.choosesReplica {
            let reply = program.replies.pointer(to: route)
            // Every message takes the least latency, so that none overtakes another.
            post(
                Message(
                    instant: (now + reply.pointee.latency.minimum).advanced(
                        saturatingBy: discovery),
                    call: number, request: 0, source: program.service, kind: .readiness,
                    extra: Message.extra(replica: replica, span: isReady ? 1 : 0)),
                to: reply.pointee.peer, program, &effects)
        }
    }

    private mutating func believe(_ replica: Int, _ isReady: Bool) {
        hosting[0].believed[replica] = isReady
    }

    // MARK: Probes

    private mutating func probe(
        _ kind: ProbeKind, of replica: Int, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let number = hosting[0].lives[replica].probe(kind).number
        let name =
            UInt64(program.service.rawValue) << 44 | UInt64(replica) << 28
            | UInt64(number & 0x7FF_FFFF) << 1 | UInt64(kind.rawValue)
        counters.probes += 1
        counters.changeInSystem(by: 1, at: now)
        replicas[replica].requests += 1
        hosting[0].probes[replica] += 1
        enter(
            WaitingRequest(
                call: CallIdentity.child(of: CallIdentity.root(name), step: .max, branch: 0),
                request: UInt64(number), arrived: now,
                origin: Job.probeOrigin | UInt32(kind.rawValue),
                endpoint: UInt16(program.probeEndpoint + Int(kind.rawValue)), route: 0),
            replica, at: now, program, &effects)
    }

    /// A probe has come out of the replica.
    mutating func noteProbe(
        _ job: Job, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let replica = Int(job.replica)
        hosting[0].probes[replica] -= 1
        let kind: ProbeKind = job.origin & 1 == 0 ? .readiness : .liveness
        let actions = hosting[0].lives[replica].probeEnded(
            kind, number: UInt32(truncatingIfNeeded: job.request),
            succeeded: job.outcome == .success, at: now, program.host.lifeCycle)
        if actions.contains(.drains) { counters.crashes += 1 }
        follow(actions, of: replica, at: now, program, &effects)
    }
}
