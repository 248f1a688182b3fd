import Kernel

// What a service asks of others: calls, their answers, and giving up on them.
extension ServiceProcess {
    /// Sends every call of a step that its probability lets through; `awaited` says how many answers
    /// the job then waits for. A call that is refused at once may fail the job.
    mutating func sendCalls(
        _ slot: Int32, _ step: UnsafePointer<ServiceProgram.Step>, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let parent = jobs[slot].call
        jobs[slot].next = -1
        var awaited: UInt16 = 0
        var refused: UInt16 = 0
        for index in Int(step.pointee.first)..<Int(step.pointee.first + step.pointee.count) {
            let description = program.calls.pointer(to: index)
            let branch = description.pointee.branch
            let call = CallIdentity.child(of: parent, step: step.pointee.number, branch: branch)
            let probability = description.pointee.probability
            if probability < 1 {
                let key = DrawKey(
                    seed: program.seed, identity: call, purpose: .callProbability,
                    service: program.service.rawValue, step: 0)
                if key.uniform() >= probability { continue }
            }
            switch send(call, index, for: slot, at: now, program, &effects) {
            case .sent: awaited += 1
            case .forgotten: break
            case .refused:
                refused += 1
                if !description.pointee.isOptional, step.pointee.kind == .call {
                    jobs[slot].outcome = .failed
                }
            }
        }
        jobs[slot].awaited = awaited
        guard step.pointee.kind == .gather else { return }
        let needed = min(UInt16(step.pointee.other), awaited + refused)
        jobs[slot].needed = needed
        if awaited < needed {
            abandonCalls(of: slot, at: now, program, &effects)
            jobs[slot].outcome = .failed
        }
    }

    /// Sends exactly one of the calls of a step, chosen by weight.
    mutating func sendChosenCall(
        _ slot: Int32, _ step: UnsafePointer<ServiceProgram.Step>, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let parent = jobs[slot].call
        jobs[slot].next = -1
        let key = DrawKey(
            seed: program.seed, identity: parent, purpose: .callChoice,
            service: program.service.rawValue, step: step.pointee.number)
        let draw = key.uniform()
        var index = Int(step.pointee.first)
        if step.pointee.other == 0 {
            let last = Int(step.pointee.first + step.pointee.count) - 1
            while index < last && program.calls.pointer(to: index).pointee.share <= draw {
                index += 1
            }
        } else {
            index = choiceByReplicas(step, draw, of: jobs[slot].replica, program)
        }
        let description = program.calls.pointer(to: index)
        let call = CallIdentity.child(
            of: parent, step: step.pointee.number, branch: description.pointee.branch)
        switch send(call, index, for: slot, at: now, program, &effects) {
        case .sent: jobs[slot].awaited = 1
        case .forgotten: jobs[slot].awaited = 0
        case .refused:
            jobs[slot].awaited = 0
            if !description.pointee.isOptional { jobs[slot].outcome = .failed }
        }
    }

    /// What became of a call as it was made.
    enum Sending { case sent, forgotten, refused }

    @inline(__always)
    private mutating func send(
        _ call: UInt64, _ index: Int, for slot: Int32, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) -> Sending {
        let description = program.calls.pointer(to: index)
        let edge = Int(description.pointee.edge)
        edges[edge].calls += 1
        if description.pointee.isManaged {
            return startManagedCall(
                call, index, for: slot, jobs[slot], at: now, program, &effects)
        }
        let isForgotten = description.pointee.isForgotten
        if effects.tracing.isOn {
            markCall(.called, call, index, by: jobs[slot], at: now, program, &effects)
        }
        let job = jobs.pointer(to: slot)
        launch(
            call, description, request: job.pointee.request,
            cause: Job.cause(of: job.pointee.origin), at: now, program, &effects)
        var timer = TimerQueue.Handle.none
        if description.pointee.hasTimeout {
            timer = timers.schedule(
                at: now.advanced(saturatingBy: description.pointee.timeout), subject: call)
        }
        outstanding.insert(
            OutstandingCall(
                key: call, sent: now,
                job: isForgotten ? OutstandingCall.forgotten(by: Int(job.pointee.replica)) : slot,
                edge: description.pointee.edge, timer: timer,
                isOptional: description.pointee.isOptional))
        return isForgotten ? .forgotten : .sent
    }

    /// Sends the request of an attempt.
    ///
    /// `replica` is the callee's replica plus one, 0 to leave it to the callee; `deadline` what the
    /// callee is told of it; `detour` is added to the latency of the way. Returns when it arrives, if
    /// it is not lost.
    @inline(__always)
    @discardableResult
    mutating func launch(
        _ call: UInt64, _ description: UnsafePointer<ServiceProgram.Call>, request: UInt64,
        cause: UInt8, replica: Int = 0, deadline: SimulatedInstant = .never,
        detour: SimulatedDuration = .zero, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) -> SimulatedInstant {
        let key = DrawKey(
            seed: program.seed, identity: call, purpose: .requestLatency,
            service: program.service.rawValue, step: 0)
        var arrival = now + description.pointee.latency.sample(key, program.tables) + detour
        let edge = Int(description.pointee.edge)
        edges[edge].requests += 1
        if program.features.contains(.faults),
            isDisturbed(
                &arrival, call: call, to: description.pointee.peer, edge: edge, program)
        {
            return arrival
        }
        var span: UInt64 = 0
        if deadline != .never { span = max((deadline - arrival).nanoseconds, 1).magnitude }
        post(
            Message(
                instant: arrival, call: call, request: request, source: program.service,
                kind: .request, detail: cause, endpoint: description.pointee.endpoint,
                route: description.pointee.route,
                extra: Message.extra(replica: replica, span: span)),
            to: description.pointee.peer, program, &effects)
        return arrival
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
    mutating func waitForAnswers(
        _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram
    ) {
        jobs[slot].phase = .awaitsCalls
        jobs[slot].since = now
        guard !program.holdsThreadDuringCalls else { return }
        jobs[slot].hasThread = false
        replicas[Int(jobs[slot].replica)].busyThreads -= 1
    }

    /// An answer arrives, in time or late.
    mutating func acceptResponse(
        _ message: Message, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        // No service answers a user's own request, whatever a message says.
        guard
            let call = outstanding.remove(message.call, if: { $0.job != OutstandingCall.user })
        else {
            if calling.count > 0,
                acceptManagedResponse(message, program, &effects)
            {
                return
            }
            noteLateAnswer(message, program)
            return
        }
        if call.timer != .none { timers.cancel(call.timer) }
        let edge = Int(call.edge)
        if effects.tracing.isOn {
            mark(
                .answered, at: message.instant, call: message.call, request: message.request,
                detail: message.detail, program, &effects)
        }
        edges[edge].count(message.outcome)
        let isGood = message.outcome == .success
        if isGood {
            edges[edge].callSuccesses += 1
            edges[edge].workUseful &+= message.span.unsigned
            effects.latencies.append(
                LatencySample(
                    process: effects.process, series: UInt32(1 + edge),
                    latency: message.instant - call.sent))
        } else {
            edges[edge].callFailures += 1
            edges[edge].workFailed &+= message.span.unsigned
        }
        guard call.job > OutstandingCall.nobody else {
            if isGood { counters.workBackground &+= message.span.unsigned }
            return
        }
        if isGood { jobs[call.job].work &+= message.span.unsigned }
        settle(
            call.job, isGood: isGood, isOptional: call.isOptional, at: message.instant, program,
            &effects)
    }

    private mutating func noteLateAnswer(_ message: Message, _ program: ServiceProgram) {
        for (edge, outgoing) in program.configuration.outgoing.enumerated()
        where outgoing.target == message.source {
            edges[edge].lateAnswers += 1
            edges[edge].workLate &+= message.span.unsigned
        }
    }

    /// A caller, a job of this service or a user, has waited long enough.
    mutating func giveUp(
        _ alarm: TimerQueue.Alarm, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        if effects.assumesAnswers, overlook(alarm) {
            effects.assumedFrom = min(effects.assumedFrom, alarm.instant)
            return
        }
        guard let call = outstanding.remove(alarm.subject) else {
            ringForManagedCall(alarm, program, &effects)
            return
        }
        let request = call.job >= 0 ? jobs[call.job].request : 0
        note(
            .timeout, detail: 0, at: alarm.instant, call: alarm.subject, request: request, program,
            &effects)
        edges[Int(call.edge)].timeouts += 1
        if effects.tracing.isOn {
            markGivingUp(call, request: request, at: alarm.instant, program, &effects)
        }
        if call.job == OutstandingCall.user, users.count > 0,
            noteImpatience(alarm.subject, Int(call.edge), at: alarm.instant, program, &effects)
        {
            return
        }
        edges[Int(call.edge)].callFailures += 1
        guard call.job >= 0 else { return }
        settle(
            call.job, isGood: false, isOptional: call.isOptional, at: alarm.instant, program,
            &effects)
    }

    /// One call of a job's step is over; when nothing more is to be waited for the job goes on.
    mutating func settle(
        _ slot: Int32, isGood: Bool, isOptional: Bool, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        jobs[slot].awaited -= 1
        if jobs[slot].needed > 0 {
            if isGood { jobs[slot].needed -= 1 }
            if jobs[slot].needed > 0 {
                if jobs[slot].awaited >= jobs[slot].needed { return }
                jobs[slot].outcome = .failed
            }
            abandonCalls(of: slot, at: now, program, &effects)
        } else {
            if !isGood, !isOptional { jobs[slot].outcome = .failed }
            guard jobs[slot].awaited == 0 else { return }
        }
        goOn(slot, at: now, program, &effects)
    }

    /// A job's calls are over: it goes to its next step, or fails, once it has a thread.
    private mutating func goOn(
        _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        counters.times.downstream &+= (now - jobs[slot].since).unsigned
        resume(slot, at: now, program, &effects)
    }

    /// A job's wait is over: it goes to its next step, or fails, once it has a thread.
    @inline(__always)
    mutating func resume(
        _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let replica = Int(jobs[slot].replica)
        let hasFailed = jobs[slot].outcome != .success
        if hasFailed, !program.features.contains(.errorWork) {
            finish(slot, at: now, program, &effects)
        } else {
            if !hasFailed { jobs[slot].step += 1 }
            if jobs[slot].hasThread {
                proceed(slot, at: now, program, &effects)
            } else {
                jobs[slot].phase = .waitsForThread
                jobs[slot].since = now
                replicas[replica].resumeQueue.append(slot, in: &jobs)
            }
        }
        if replicas[replica].hasQueue { handOutThreads(of: replica, at: now, program, &effects) }
    }
}
