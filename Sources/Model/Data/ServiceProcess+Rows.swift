import Kernel

// Rows that requests contend for, and how jobs wait for what others have.
extension ServiceProcess {
    /// Takes a row, or begins to work on one.
    ///
    /// - Returns: whether the job goes on at once; else it waits.
    mutating func lock(
        _ slot: Int32, _ step: StepPointer, at now: SimulatedInstant, _ program: ServiceProgram
    ) -> Bool {
        let number = step.pointee.first
        let lock = program.data.locks[Int(number)]
        let key = key(of: slot, in: lock.keyspace, program)
        if lock.isOptimistic {
            // Inside itself it is one piece of work.
            if !data[0].hasBegun(key, of: number, slot) {
                let version = data[0].versions[Int(number)].begin(key)
                hold(.version, number, key, version: version, by: slot)
            }
        } else if data[0].locks[Int(number)].acquire(key, slot) {
            hold(.row, number, key, by: slot)
        } else {
            waitForData(slot, at: now, program)
            if let wait = lock.wait {
                data[0].limitWait(
                    of: slot, call: jobs[slot].call, until: now.advanced(saturatingBy: wait))
            }
            return false
        }
        jobs[slot].step += 1
        return true
    }

    /// A job has waited for a row as long as it may: it fails. This is what ends a deadlock.
    mutating func expireRowWait(
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let alarm = data[0].waitTimers.removeFirst()
        guard let wait = data[0].limitedWaits.remove(alarm.subject),
            jobs[wait.job].phase == .waitsForLock, jobs[wait.job].call == alarm.subject
        else { preconditionFailure("a job that does not wait has waited for a row too long") }
        let slot = wait.job
        note(
            .waitExpired, detail: 2, at: now, call: alarm.subject, request: jobs[slot].request,
            program, &effects)
        counters.times.lock &+= (now - jobs[slot].since).unsigned
        leaveLock(slot, program)
        jobs[slot].outcome = .conflict
        resume(slot, at: now, program, &effects)
    }

    /// Gives a row up, or sees whether another has changed it meanwhile.
    mutating func unlock(_ slot: Int32, _ step: StepPointer, at now: SimulatedInstant) {
        if let hold = data[0].pop(of: slot, takenAt: step.pointee.other) {
            let number = Int(hold.number)
            if hold.kind == .row {
                if let next = data[0].locks[number].release(hold.key, slot) {
                    give(.row, hold, to: next, at: now)
                }
            } else if !data[0].versions[number].commit(hold.key, since: hold.version) {
                jobs[slot].outcome = .conflict
                return
            }
        }
        jobs[slot].step += 1
    }

    /// A job has failed, or has left: it gives up all that it holds.
    mutating func releaseHeld(by slot: Int32, at now: SimulatedInstant) {
        while let hold = data[0].pop(of: slot) {
            let number = Int(hold.number)
            switch hold.kind {
            case .flight:
                if let next = data[0].flights[number].handOver(hold.key) {
                    give(.flight, hold, to: next, at: now)
                }
            case .row:
                if let next = data[0].locks[number].abandon(hold.key, slot) {
                    give(.row, hold, to: next, at: now)
                }
            case .version: data[0].versions[number].abandon(hold.key)
            }
        }
    }

    /// Notes what a job has by the step that it stands at.
    mutating func hold(
        _ kind: Hold.Kind, _ number: Int32, _ key: UInt32, version: UInt32 = 0, by slot: Int32
    ) {
        data[0].push(
            Hold(kind: kind, number: number, key: key, version: version, step: jobs[slot].step),
            of: slot)
    }

    // MARK: Waiting

    /// The job waits for what another has; its thread waits with it, or goes to others.
    mutating func waitForData(
        _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram
    ) {
        jobs[slot].phase = .waitsForLock
        jobs[slot].since = now
        guard !program.holdsThreadDuringCalls else { return }
        jobs[slot].hasThread = false
        replicas[Int(jobs[slot].replica)].busyThreads -= 1
    }

    /// What a job had passes to one that waits for it.
    private mutating func give(
        _ kind: Hold.Kind, _ hold: Hold, to next: Int32, at now: SimulatedInstant
    ) {
        self.hold(kind, hold.number, hold.key, by: next)
        jobs[next].step += 1
        wake(next, at: now)
    }

    /// A job's wait is over. It goes on before this event ends, but not from here: so the wakings of
    /// thousands do not pile up on the stack.
    mutating func wake(_ slot: Int32, at now: SimulatedInstant) {
        counters.times.lock &+= (now - jobs[slot].since).unsigned
        data[0].endLimit(of: jobs[slot].call)
        jobs[slot].phase = .woken
        jobs[slot].since = now
        data[0].woken.append(slot, in: &jobs)
    }

    /// Those whose waits this event has ended go on.
    @inline(never)
    mutating func continueWoken(
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        while !data[0].woken.isEmpty {
            let slot = data[0].woken.removeFirst(in: jobs)
            let replica = Int(jobs[slot].replica)
            if jobs[slot].hasThread {
                proceed(slot, at: now, program, &effects)
            } else {
                jobs[slot].phase = .waitsForThread
                replicas[replica].resumeQueue.append(slot, in: &jobs)
            }
            if replicas[replica].hasQueue {
                handOutThreads(of: replica, at: now, program, &effects)
            }
        }
    }

    /// A job that waits is dropped: it stands in line no longer.
    mutating func leaveLock(_ slot: Int32, _ program: ServiceProgram) {
        let step = program.steps[Int(jobs[slot].step)]
        let number = Int(step.first)
        if step.kind == .lookUp {
            let cache = program.data.caches[number]
            let key = key(of: slot, in: cache.keyspace, program)
            _ = data[0].flights[cache.place(of: jobs[slot].replica)].leave(key, slot)
        } else {
            let key = key(of: slot, in: program.data.locks[number].keyspace, program)
            _ = data[0].locks[number].abandon(key, slot)
            data[0].endLimit(of: jobs[slot].call)
        }
    }
}
