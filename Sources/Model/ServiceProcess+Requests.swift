import Kernel

// A request's way through the steps of its endpoint.
extension ServiceProcess {
    /// Gives a request a thread and starts its first step.
    mutating func begin(
        _ request: WaitingRequest, on replica: Int, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        replicas[replica].busyThreads += 1
        counters.times.queue &+= (now - request.arrived).unsigned
        if effects.tracing.isOn {
            markBeginning(of: request, on: replica, at: now, program, &effects)
        }
        let first = program.endpoints[Int(request.endpoint)].firstStep
        let slot = jobs.insert(Job(request, step: first, replica: replica, at: now))
        if program.features.contains(.cancellation) {
            hosting[0].begun.insert(BegunCall(key: request.call, place: slot))
        }
        if program.features.contains(.replication) { noteRead(request, on: replica, program) }
        proceed(slot, at: now, program, &effects)
    }

    /// Carries a job through its steps until it has to wait or is done.
    mutating func proceed(
        _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        jobs[slot].phase = .moving
        while true {
            if jobs[slot].outcome != .success || program.features.contains(.honouredDeadlines),
                !hasMoreToDo(slot, at: now, program)
            {
                finish(slot, at: now, program, &effects)
                return
            }
            let step = program.steps.pointer(to: Int(jobs[slot].step))
            switch step.pointee.kind {
            case .compute:
                takeCore(slot, step, at: now, program, &effects)
                return
            case .call, .gather:
                sendCalls(slot, step, at: now, program, &effects)
                if jobs[slot].awaited > 0 {
                    waitForAnswers(slot, at: now, program)
                    return
                }
                if jobs[slot].outcome == .success { jobs[slot].step += 1 }
            case .choose:
                sendChosenCall(slot, step, at: now, program, &effects)
                if jobs[slot].awaited > 0 {
                    waitForAnswers(slot, at: now, program)
                    return
                }
                if jobs[slot].outcome == .success { jobs[slot].step += 1 }
            case .finish:
                finish(slot, at: now, program, &effects)
                return
            case .delay:
                startDelay(slot, step, at: now, program)
                return
            default:
                if !doRarerStep(slot, step, at: now, program, &effects) { return }
            }
        }
    }

    /// Steps that take no time by themselves.
    ///
    /// - Returns: whether the job goes on at once; else it waits.
    @inline(never)
    private mutating func doRarerStep(
        _ slot: Int32, _ step: UnsafePointer<ServiceProgram.Step>, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) -> Bool {
        switch step.pointee.kind {
        case .fail:
            if isDrawn(.failure, slot, step, program) {
                jobs[slot].outcome = .error
            } else {
                jobs[slot].step += 1
            }
            return true
        case .maybe:
            let goesIn = isDrawn(.branch, slot, step, program)
            jobs[slot].step = goesIn ? jobs[slot].step + 1 : step.pointee.other
            return true
        case .lookUp: return lookUp(slot, step, at: now, program)
        case .fill:
            fill(slot, step, at: now, program)
            return true
        case .lock: return lock(slot, step, at: now, program)
        case .unlock:
            unlock(slot, step, at: now)
            return true
        default: return true
        }
    }

    /// Whether the step's probability comes true for the job.
    private func isDrawn(
        _ purpose: DrawPurpose, _ slot: Int32, _ step: UnsafePointer<ServiceProgram.Step>,
        _ program: ServiceProgram
    ) -> Bool {
        let key = DrawKey(
            seed: program.seed, identity: jobs[slot].call, purpose: purpose,
            service: program.service.rawValue, step: step.pointee.number)
        return key.uniform() < step.pointee.probability
    }

    /// Whether a job goes on with the step it stands at: it has not failed, nor has its deadline passed
    /// just now; or else with the work that errors cost, if they cost any.
    @inline(never)
    private mutating func hasMoreToDo(
        _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram
    ) -> Bool {
        if jobs[slot].outcome == .success {
            guard program.features.contains(.honouredDeadlines), jobs[slot].deadline <= now,
                program.steps.pointer(to: Int(jobs[slot].step)).pointee.kind != .finish
            else { return true }
            jobs[slot].outcome = .expired
        }
        return beginErrorWork(slot, at: now, program)
    }

    /// Sends a job that has failed to the work that errors cost, if they cost any.
    ///
    /// - Returns: whether it has something left to do.
    private mutating func beginErrorWork(
        _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram
    ) -> Bool {
        guard program.features.contains(.errorWork) else { return false }
        if jobs[slot].step >= program.errorStep { return true }
        jobs[slot].step = program.errorStep
        if program.features.contains(.data) { releaseHeld(by: slot, at: now) }
        return true
    }

    private mutating func takeCore(
        _ slot: Int32, _ step: UnsafePointer<ServiceProgram.Step>, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let replica = Int(jobs[slot].replica)
        if replicas[replica].busyCores < program.cores || program.features.contains(.pacing) {
            if program.features.contains(.pacing) {
                startPaced(slot, at: now, program)
                return
            }
            replicas[replica].busyCores += 1
            startCompute(slot, step, at: now, program)
        } else {
            jobs[slot].phase = .waitsForCore
            jobs[slot].since = now
            replicas[replica].coreQueue.append(slot, in: &jobs)
        }
    }

    /// How long the compute step that a job stands at takes at full speed.
    func computeTime(_ slot: Int32, _ program: ServiceProgram) -> SimulatedDuration {
        let step = program.steps.pointer(to: Int(jobs[slot].step))
        let key = DrawKey(
            seed: program.seed, identity: jobs[slot].call, purpose: .serviceTime,
            service: program.service.rawValue, step: step.pointee.number)
        return step.pointee.sampler.sample(key, program.tables)
    }

    private mutating func startCompute(
        _ slot: Int32, _ step: UnsafePointer<ServiceProgram.Step>, at now: SimulatedInstant,
        _ program: ServiceProgram
    ) {
        let call = jobs[slot].call
        let key = DrawKey(
            seed: program.seed, identity: call, purpose: .serviceTime,
            service: program.service.rawValue, step: step.pointee.number)
        let duration = step.pointee.sampler.sample(key, program.tables)
        counters.computeTime &+= duration.unsigned
        counters.times.compute &+= duration.unsigned
        jobs[slot].work &+= duration.unsigned
        replicas[Int(jobs[slot].replica)].coreTime &+= duration.unsigned
        jobs[slot].phase = .computes
        if !program.features.isDisjoint(with: .withDrops) { jobs[slot].since = now + duration }
        completions.insert(Completion(instant: now + duration, call: call, job: slot))
    }

    private mutating func startDelay(
        _ slot: Int32, _ step: UnsafePointer<ServiceProgram.Step>, at now: SimulatedInstant,
        _ program: ServiceProgram
    ) {
        let duration = computeTime(slot, program)
        counters.times.delay &+= duration.unsigned
        jobs[slot].phase = .delays
        jobs[slot].since = now + duration
        completions.insert(
            Completion(instant: now + duration, call: jobs[slot].call, job: slot))
    }

    /// A compute step or a delay ends: the core goes to the next in line, the job to its next step.
    mutating func finishCompute(
        _ completion: Completion, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let now = completion.instant
        let slot = completion.job
        note(
            .computeFinished, detail: 0, at: now, call: completion.call,
            request: jobs[slot].request, program, &effects)
        let replica = Int(jobs[slot].replica)
        if jobs[slot].phase == .computes {
            passCoreOn(of: replica, at: now, program)
        }
        jobs[slot].step += 1
        proceed(slot, at: now, program, &effects)
        if replicas[replica].hasQueue { handOutThreads(of: replica, at: now, program, &effects) }
    }

    /// A core is free: the first job in line takes it.
    mutating func passCoreOn(
        of replica: Int, at now: SimulatedInstant, _ program: ServiceProgram
    ) {
        if replicas[replica].coreQueue.isEmpty || replicas[replica].busyCores > program.cores {
            replicas[replica].busyCores -= 1
        } else {
            let next = replicas[replica].coreQueue.removeFirst(in: jobs)
            counters.times.core &+= (now - jobs[next].since).unsigned
            startCompute(next, program.steps.pointer(to: Int(jobs[next].step)), at: now, program)
        }
    }

    /// Hands the free threads of a replica out: first to jobs that go on, then to requests that begin.
    ///
    /// A loop, not a recursion: requests without work may come and go here by the thousand.
    mutating func handOutThreads(
        of replica: Int, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        while replicas[replica].busyThreads < program.threads {
            if !replicas[replica].resumeQueue.isEmpty {
                let slot = replicas[replica].resumeQueue.removeFirst(in: jobs)
                counters.times.resume &+= (now - jobs[slot].since).unsigned
                replicas[replica].busyThreads += 1
                jobs[slot].hasThread = true
                proceed(slot, at: now, program, &effects)
            } else if replicas[replica].waiting > 0 {
                if program.features.contains(.waitingLine) {
                    beginNextInLine(on: replica, at: now, program, &effects)
                } else {
                    replicas[replica].waiting -= 1
                    let request = admissionQueues[replica].removeFirst()
                    if !program.features.isDisjoint(with: .onBeginning) {
                        beginHosted(request, on: replica, at: now, program, &effects)
                    } else {
                        begin(request, on: replica, at: now, program, &effects)
                    }
                }
            } else {
                return
            }
        }
    }

    /// The last step is done, or a step has failed: free the thread and answer.
    mutating func finish(
        _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let replica = Int(jobs[slot].replica)
        replicas[replica].requests -= 1
        if jobs[slot].hasThread { replicas[replica].busyThreads -= 1 }
        if !program.features.isDisjoint(with: .onDeparture) {
            depart(slot, at: now, program, &effects)
            return
        }
        // In place: a copy would have to wait for what this event has written to the job.
        answer(jobs.pointer(to: slot), at: now, program, &effects)
        jobs.remove(slot)
    }

    /// What is left of ``finish(_:at:_:_:)`` where others are to be told.
    @inline(never)
    private mutating func depart(
        _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        var job = jobs[slot]
        jobs.remove(slot)
        noteDeparture(of: job, slot, at: now, program, &effects)
        noteSample(of: job, at: now, program)
        answer(&job, at: now, program, &effects)
        endIfIdle(Int(job.replica), at: now, program, &effects)
    }
}

extension SimulatedDuration {
    /// The same number of nanoseconds as a counter's.
    @inline(__always)
    var unsigned: UInt64 { UInt64(bitPattern: nanoseconds) }
}
