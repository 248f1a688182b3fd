import Kernel

// Requests that end before their time: their replica died, or nobody waits for them.
extension ServiceProcess {
    /// Takes a job out of whatever it is doing and of the service; what it was doing stops now.
    ///
    /// With `outcome` its caller is told, else it is cancelled.
    mutating func drop(
        _ slot: Int32, _ outcome: Outcome?, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let replica = Int(jobs[slot].replica)
        stop(slot, on: replica, at: now, program, &effects)
        var job = jobs[slot]
        jobs.remove(slot)
        replicas[replica].requests -= 1
        if job.hasThread { replicas[replica].busyThreads -= 1 }
        job.outcome = outcome ?? .expired
        noteDeparture(of: job, slot, at: now, program, &effects)
        if outcome == .expired { noteSample(of: job, at: now, program) }
        if outcome != nil {
            // Nothing is told of the work: it is lost.
            counters.workDropped &+= job.work
            job.work = 0
            answer(&job, at: now, program, &effects)
        } else {
            leaveUnanswered(job, at: now, program, &effects)
        }
    }

    /// Books the end of a request that has no answer.
    private mutating func leaveUnanswered(
        _ job: Job, at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        if effects.tracing.isOn {
            markEnd(of: job, detail: TraceMark.cancelled, at: now, program, &effects)
        }
        counters.changeInSystem(by: -1, at: now)
        counters.sojournSum &+= (now - job.arrived).unsigned
        counters.workDropped &+= job.work
        counters.cancelled += 1
    }

    private mutating func stop(
        _ slot: Int32, on replica: Int, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let elapsed = (now - jobs[slot].since).unsigned
        switch jobs[slot].phase {
        case .moving: break
        case .waitsForCore:
            replicas[replica].coreQueue.remove(slot, in: &jobs)
            counters.times.core &+= elapsed
        case .waitsForThread:
            replicas[replica].resumeQueue.remove(slot, in: &jobs)
            counters.times.resume &+= elapsed
        case .computes: stopComputing(slot, on: replica, at: now, program)
        case .delays:
            let left = loseCompletion(of: slot, at: now)
            counters.times.delay &-= left
        case .awaitsCalls:
            counters.times.downstream &+= elapsed
            abandonCalls(of: slot, at: now, program, &effects)
        case .waitsForLock:
            counters.times.lock &+= elapsed
            leaveLock(slot, program)
        case .woken: data[0].woken.remove(slot, in: &jobs)
        }
    }

    private mutating func stopComputing(
        _ slot: Int32, on replica: Int, at now: SimulatedInstant, _ program: ServiceProgram
    ) {
        if program.features.contains(.pacing) {
            if let departure = hosting[0].pacers[replica].remove(call: jobs[slot].call, at: now) {
                book(departure, at: now)
            }
            startNextPaced(of: replica, at: now, program)
            notePace(of: replica, at: now, program)
            return
        }
        let left = loseCompletion(of: slot, at: now)
        counters.computeTime &-= left
        counters.times.compute &-= left
        jobs[slot].work &-= left
        passCoreOn(of: replica, at: now, program)
    }

    /// Takes back the end of a step that a job will not reach. It stays in the queue as one that
    /// ``isLost(_:)``. O(1).
    ///
    /// - Returns: how much of the step was left.
    private mutating func loseCompletion(of slot: Int32, at now: SimulatedInstant) -> UInt64 {
        jobs[slot].phase = .moving
        hosting[0].lostCompletions += 1
        return (jobs[slot].since - now).unsigned
    }

    /// Whether the job that a completion is of was dropped: its slot is free, or another's.
    func isLost(_ completion: Completion) -> Bool {
        let job = jobs.pointer(to: completion.job)
        return job.pointee.call != completion.call
            || (job.pointee.phase != .computes && job.pointee.phase != .delays)
    }

    /// Removes lost completions from the front of the queue, where none may stay beyond the event that
    /// lost it, or all when they are in the majority. Amortised O(log *n*) for each.
    @inline(never)
    mutating func forgetLostCompletions() {
        let lost = hosting[0].lostCompletions
        if lost > 32, lost * 2 > completions.count {
            let kept = ContiguousArray(completions.unordered.filter { !isLost($0) })
            completions = EventQueue(unordered: kept)
            hosting[0].lostCompletions = 0
            return
        }
        while let first = completions.first, isLost(first) {
            _ = completions.removeFirst()
            hosting[0].lostCompletions -= 1
        }
    }

    /// A caller no longer waits for an answer: what is under way for it stops, with all it calls.
    mutating func cancel(
        _ message: Message, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        guard hosting.count > 0 else { return }
        endEarly(message.call, nil, at: message.instant, program, &effects)
    }

    /// A request ends before its time, wherever it is: its caller is told the outcome, or it is cancelled.
    mutating func endEarly(
        _ call: UInt64, _ outcome: Outcome?, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        guard let known = hosting[0].begun.remove(call) else {
            endHeld(call, outcome, at: now, program, &effects)
            return
        }
        if known.place < 0 {
            let replica = Int(~known.place)
            guard let element = hosting[0].lines[replica].remove(call: call) else { return }
            if element.timer != .none { hosting[0].waitTimers.cancel(element.timer) }
            replicas[replica].waiting -= 1
            endUnbegun(element.request, outcome, on: replica, at: now, program, &effects)
            return
        }
        let replica = Int(jobs[known.place].replica)
        drop(known.place, outcome, at: now, program, &effects)
        if replicas[replica].hasQueue { handOutThreads(of: replica, at: now, program, &effects) }
        endIfIdle(replica, at: now, program, &effects)
    }

    /// A request ends that no replica has, or that a leaky bucket holds back; or one that is over.
    private mutating func endHeld(
        _ call: UInt64, _ outcome: Outcome?, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        if hosting[0].buffered > 0, let element = hosting[0].buffers[0].remove(call: call) {
            endBuffered(element.request, outcome, at: now, program, &effects)
            return
        }
        guard !hosting[0].held.isEmpty,
            let held = hosting[0].held.unordered.first(where: { $0.request.call == call })
        else { return }
        hosting[0].held.removeAll { $0.request.call == call }
        hosting[0].heldCounts[Int(held.replica)] -= 1
        endUnbegun(held.request, outcome, on: Int(held.replica), at: now, program, &effects)
    }

    private mutating func endBuffered(
        _ request: WaitingRequest, _ outcome: Outcome?, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        if let outcome {
            refuse(request, outcome, from: 0, at: now, program, &effects)
            return
        }
        if program.features.contains(.requestTimeouts) { stopClock(of: request.call) }
        counters.times.queue &+= (now - request.arrived).unsigned
        leaveUnanswered(Job(request, step: 0, replica: 0, at: now), at: now, program, &effects)
    }

    private mutating func endUnbegun(
        _ request: WaitingRequest, _ outcome: Outcome?, on replica: Int, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        if let outcome {
            dropWaiting(request, outcome, from: replica, at: now, program, &effects)
            return
        }
        if program.features.contains(.requestTimeouts) { stopClock(of: request.call) }
        replicas[replica].requests -= 1
        counters.times.queue &+= (now - request.arrived).unsigned
        leaveUnanswered(
            Job(request, step: 0, replica: replica, at: now), at: now, program, &effects)
        endIfIdle(replica, at: now, program, &effects)
    }

    /// Everything that a replica has is lost; its callers are told that it is gone.
    mutating func dropAll(
        of replica: Int, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let waiting = takeAllWaiting(of: replica, program)
        let held = takeAllHeld(of: replica)
        let live = liveJobs(of: replica)
        if calling.count > 0 { leaveLines(of: replica, program) }
        stopAll(of: replica, at: now)
        for slot in live {
            drop(slot, .unavailable, at: now, program, &effects)
        }
        for request in waiting + held {
            replicas[replica].requests -= 1
            refuse(request, .unavailable, from: replica, at: now, program, &effects)
        }
        if hosting[0].pacers.count > 0 {
            hosting[0].pacers[replica].clear(at: now)
            notePace(of: replica, at: now, program)
        }
        noteRequests(of: replica, at: now, program)
    }

    /// Takes the jobs of a replica out of the lines and the paced cores that they are in, all at once.
    private mutating func stopAll(of replica: Int, at now: SimulatedInstant) {
        while !replicas[replica].coreQueue.isEmpty {
            let slot = replicas[replica].coreQueue.removeFirst(in: jobs)
            counters.times.core &+= (now - jobs[slot].since).unsigned
            jobs[slot].phase = .moving
        }
        while !replicas[replica].resumeQueue.isEmpty {
            let slot = replicas[replica].resumeQueue.removeFirst(in: jobs)
            counters.times.resume &+= (now - jobs[slot].since).unsigned
            jobs[slot].phase = .moving
        }
        guard hosting[0].pacers.count > 0 else { return }
        for departure in hosting[0].pacers[replica].removeAll(at: now) {
            book(departure, at: now)
            jobs[departure.job].phase = .moving
        }
    }

    private mutating func takeAllHeld(of replica: Int) -> [WaitingRequest] {
        let own = hosting[0].held.unordered.filter { $0.replica == Int32(replica) }
        if own.isEmpty { return [] }
        hosting[0].held.removeAll { $0.replica == Int32(replica) }
        hosting[0].heldCounts[replica] = 0
        return own.sorted { $0.precedes($1) }.map(\.request)
    }

    /// The slots of a replica's jobs, ascending. Those that compute come last, so that no core is
    /// passed on to one that is dropped next.
    private func liveJobs(of replica: Int) -> [Int32] {
        let (slots, freeSlots) = jobs.storage
        var isFree = [Bool](repeating: false, count: slots.count)
        for slot in freeSlots { isFree[Int(slot)] = true }
        let own = slots.indices.filter { !isFree[$0] && Int(slots[$0].replica) == replica }
        let computing = own.filter { slots[$0].phase == .computes }
        return (own.filter { slots[$0].phase != .computes } + computing).map { Int32($0) }
    }
}

extension JobList {
    /// Takes a job out from wherever it stands. O(*n*).
    mutating func remove(_ slot: Int32, in jobs: inout SlotTable<Job>) {
        var before: Int32 = -1
        var current = head
        while current >= 0, current != slot {
            before = current
            current = jobs[current].next
        }
        guard current == slot else { return }
        let next = jobs[slot].next
        if before < 0 { head = next } else { jobs[before].next = next }
        if tail == slot { tail = before }
    }
}
