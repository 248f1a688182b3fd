import Kernel

// Cores whose speed changes: see ``Pacer``.
extension ServiceProcess {
    /// A job starts to compute in a replica whose cores are paced, or waits for one of them.
    mutating func startPaced(
        _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram
    ) {
        let replica = Int(jobs[slot].replica)
        jobs[slot].since = now
        if !program.host.isShared, !hosting[0].pacers[replica].hasFreeCore {
            jobs[slot].phase = .waitsForCore
            replicas[replica].coreQueue.append(slot, in: &jobs)
            return
        }
        jobs[slot].phase = .computes
        hosting[0].pacers[replica].start(
            job: slot, call: jobs[slot].call, work: computeTime(slot, program), at: now)
        notePace(of: replica, at: now, program)
    }

    /// Brings the clock and the meters up to a replica's cores.
    mutating func notePace(
        of replica: Int, at now: SimulatedInstant, _ program: ServiceProgram
    ) {
        let busy = hosting[0].pacers[replica].busyCores
        replicas[replica].busyCores = Int32(truncatingIfNeeded: busy)
        hosting[0].paceClock.set(replica, hosting[0].pacers[replica].nextEvent)
        noteBusyCores(of: replica, at: now, program)
    }

    /// Tells load shedding how many cores of a replica are busy.
    mutating func noteBusyCores(
        of replica: Int, at now: SimulatedInstant, _ program: ServiceProgram
    ) {
        guard hosting.count > 0, let shedding = program.host.shedding, shedding.signal == .cpu
        else { return }
        // As many as faults leave; of none at all none is free.
        let cores = hosting[0].effects.cores
        hosting[0].meters[replica].note(
            busy: cores > 0 ? Int(replicas[replica].busyCores) : 1, of: max(cores, 1), at: now,
            memory: shedding.memory)
    }

    /// Something happens to the cores of a replica: a compute step ends, or they change their pace.
    mutating func firePacer(
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let replica = hosting[0].paceClock.first
        guard let departure = hosting[0].pacers[replica].fire(at: now) else {
            note(
                .pacing, detail: 0, at: now, call: UInt64(replica), request: 0, program, &effects)
            notePace(of: replica, at: now, program)
            return
        }
        let slot = departure.job
        note(
            .computeFinished, detail: 0, at: now, call: departure.call,
            request: jobs[slot].request, program, &effects)
        book(departure, at: now)
        startNextPaced(of: replica, at: now, program)
        notePace(of: replica, at: now, program)
        jobs[slot].step += 1
        proceed(slot, at: now, program, &effects)
        if replicas[replica].hasQueue { handOutThreads(of: replica, at: now, program, &effects) }
    }

    /// Counts what a job has been given.
    mutating func book(_ departure: Pacer.Departure, at now: SimulatedInstant) {
        let slot = departure.job
        counters.computeTime &+= departure.coreTime.unsigned
        counters.times.compute &+= (now - jobs[slot].since).unsigned
        jobs[slot].work &+= departure.coreTime.unsigned
    }

    /// Jobs in line take the cores that are free.
    mutating func startNextPaced(
        of replica: Int, at now: SimulatedInstant, _ program: ServiceProgram
    ) {
        while !replicas[replica].coreQueue.isEmpty,
            program.host.isShared || hosting[0].pacers[replica].hasFreeCore
        {
            let next = replicas[replica].coreQueue.removeFirst(in: jobs)
            counters.times.core &+= (now - jobs[next].since).unsigned
            startPaced(next, at: now, program)
        }
    }

    /// The number of requests that a replica has begun and not ended may have changed.
    mutating func noteRequests(
        of replica: Int, at now: SimulatedInstant, _ program: ServiceProgram
    ) {
        if program.host.curve != nil { updateSpeed(of: replica, at: now, program) }
    }

    /// Requests in a replica that neither wait for a thread nor are held back by its bucket.
    private func begunRequests(of replica: Int) -> Int {
        let held = hosting[0].heldCounts.count > 0 ? hosting[0].heldCounts[replica] : 0
        return Int(replicas[replica].requests - replicas[replica].waiting - held)
    }

    mutating func updateSpeed(
        of replica: Int, at now: SimulatedInstant, _ program: ServiceProgram
    ) {
        guard hosting[0].pacers.count > 0 else { return }
        var speed = hosting[0].traits[replica].speed
        speed /= hosting[0].effects.replicas[replica].slowness
        if hosting[0].lives.count > 0 { speed *= hosting[0].lives[replica].speed }
        if let curve = program.host.curve {
            speed *= curve.speed(requests: begunRequests(of: replica))
        }
        hosting[0].pacers[replica].setSpeed(speed, at: now)
        hosting[0].paceClock.set(replica, hosting[0].pacers[replica].nextEvent)
    }

    /// A replica whose core time is limited has another limit from now on; `nil`: that of its service. The
    /// period stays, and the quota is 1 ms at least, as the kubelet sets it.
    mutating func setLimit(
        of replica: Int, milliCores: UInt32?, at now: SimulatedInstant, _ program: ServiceProgram
    ) {
        guard hosting[0].pacers.count > 0, let own = program.host.cpuLimit else { return }
        let period = min(own.period.nanoseconds, PacerClock.longestPeriod)
        let quota = milliCores.map {
            SimulatedDuration(nanoseconds: max(1_000_000, period / 1_000 * Int64($0)))
        }
        hosting[0].pacers[replica].setQuota(quota ?? own.quota, at: now)
        hosting[0].paceClock.set(replica, hosting[0].pacers[replica].nextEvent)
    }

    /// A collection stops the replica.
    mutating func pause(
        _ replica: Int, for duration: SimulatedDuration, at now: SimulatedInstant
    ) {
        guard hosting[0].pacers.count > 0 else { return }
        hosting[0].pacers[replica].pause(for: duration, at: now)
        hosting[0].paceClock.set(replica, hosting[0].pacers[replica].nextEvent)
    }
}
