import Kernel

// What a service asks of others: calls, their answers, and giving up on them.
extension ServiceProcess {
    /// Sends every call of a step that its probability lets through.
    ///
    /// - Returns: whether any was sent.
    mutating func sendCalls(
        _ slot: Int32, _ step: UnsafePointer<ServiceProgram.Step>, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) -> Bool {
        let job = jobs[slot]
        var sent: UInt16 = 0
        for index in Int(step.pointee.first)..<Int(step.pointee.first + step.pointee.count) {
            let description = program.calls.pointer(to: index)
            let branch = description.pointee.branch
            let call = CallIdentity.child(of: job.call, step: step.pointee.number, branch: branch)
            let probability = description.pointee.probability
            if probability < 1 {
                let key = DrawKey(
                    seed: program.seed, identity: call, purpose: .callProbability,
                    service: program.service.rawValue, step: 0)
                if key.uniform() >= probability { continue }
            }
            send(call, description, for: slot, job, at: now, program, &effects)
            sent += 1
        }
        jobs[slot].awaited = sent
        return sent > 0
    }

    /// Sends exactly one of the calls of a step, chosen by weight.
    mutating func sendChosenCall(
        _ slot: Int32, _ step: UnsafePointer<ServiceProgram.Step>, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let job = jobs[slot]
        let key = DrawKey(
            seed: program.seed, identity: job.call, purpose: .callChoice,
            service: program.service.rawValue, step: step.pointee.number)
        let draw = key.uniform()
        var index = Int(step.pointee.first)
        let last = Int(step.pointee.first + step.pointee.count) - 1
        while index < last && program.calls.pointer(to: index).pointee.cumulativeWeight <= draw {
            index += 1
        }
        let description = program.calls.pointer(to: index)
        let call = CallIdentity.child(
            of: job.call, step: step.pointee.number, branch: description.pointee.branch)
        send(call, description, for: slot, job, at: now, program, &effects)
        jobs[slot].awaited = 1
    }

    private mutating func send(
        _ call: UInt64, _ description: UnsafePointer<ServiceProgram.Call>, for slot: Int32,
        _ job: Job, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let key = DrawKey(
            seed: program.seed, identity: call, purpose: .requestLatency,
            service: program.service.rawValue, step: 0)
        let arrival = now + description.pointee.latency.sample(key, program.tables)
        post(
            Message(
                instant: arrival, call: call, request: job.request, source: program.service,
                kind: .request, endpoint: description.pointee.endpoint,
                route: description.pointee.route),
            to: description.pointee.peer, program, &effects)
        var timer = TimerQueue.Handle.none
        if description.pointee.hasTimeout {
            timer = timers.schedule(
                at: now.advanced(saturatingBy: description.pointee.timeout), subject: call)
        }
        outstanding.insert(
            OutstandingCall(
                key: call, sent: now, job: slot, edge: description.pointee.edge, timer: timer,
                isOptional: description.pointee.isOptional))
        edges[Int(description.pointee.edge)].requests += 1
    }

    /// Sends a message to a peer; one to the service itself does not leave it.
    mutating func post(
        _ message: Message, to peer: Int32, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        if peer == program.ownPeer {
            deliveries.insert(message)
        } else {
            effects.outgoing.append(Outgoing(peer: peer, message: message))
        }
    }

    /// The job waits; its thread waits with it or goes to others.
    mutating func waitForAnswers(_ slot: Int32, _ program: ServiceProgram) {
        guard !program.holdsThreadDuringCalls else { return }
        jobs[slot].hasThread = false
        replicas[Int(jobs[slot].replica)].busyThreads -= 1
    }

    /// An answer arrives, in time or late.
    mutating func acceptResponse(
        _ message: Message, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        // No service answers a user's own request, whatever a message says.
        guard let known = outstanding.record(message.call), known.job >= 0,
            let call = outstanding.remove(message.call)
        else {
            noteLateAnswer(from: message.source, program)
            return
        }
        if call.timer != .none { timers.cancel(call.timer) }
        let edge = Int(call.edge)
        edges[edge].count(message.outcome)
        if message.outcome == .success {
            effects.latencies.append(
                LatencySample(
                    process: effects.process, series: UInt32(1 + edge),
                    latency: message.instant - call.sent))
        } else if !call.isOptional {
            jobs[call.job].outcome = .failed
        }
        settle(call.job, at: message.instant, program, &effects)
    }

    private mutating func noteLateAnswer(from source: ServiceID, _ program: ServiceProgram) {
        for (edge, outgoing) in program.configuration.outgoing.enumerated()
        where outgoing.target == source {
            edges[edge].lateAnswers += 1
        }
    }

    /// A caller, a job of this service or a user, has waited long enough.
    mutating func giveUp(
        _ alarm: TimerQueue.Alarm, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        guard let call = outstanding.remove(alarm.subject) else {
            preconditionFailure("a time-out rang for a call that is not outstanding")
        }
        let request = call.job >= 0 ? jobs[call.job].request : 0
        note(
            .timeout, detail: 0, at: alarm.instant, call: alarm.subject, request: request, program,
            &effects)
        edges[Int(call.edge)].timeouts += 1
        guard call.job >= 0 else { return }
        if !call.isOptional { jobs[call.job].outcome = .failed }
        settle(call.job, at: alarm.instant, program, &effects)
    }

    /// One call of a job's step is over; after the last the job goes on, or fails.
    private mutating func settle(
        _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        jobs[slot].awaited -= 1
        guard jobs[slot].awaited == 0 else { return }
        let replica = Int(jobs[slot].replica)
        if jobs[slot].outcome == .failed {
            finish(slot, at: now, program, &effects)
        } else {
            jobs[slot].step += 1
            if jobs[slot].hasThread {
                proceed(slot, at: now, program, &effects)
            } else {
                replicas[replica].resumeQueue.append(slot, in: &jobs)
            }
        }
        if replicas[replica].hasQueue { handOutThreads(of: replica, at: now, program, &effects) }
    }
}
