import Kernel

// Calls under a policy: from the first attempt to the call's end.
extension ServiceProcess {
    typealias Policy = UnsafePointer<ServiceProgram.Policy>

    func policy(of edge: Int, _ program: ServiceProgram) -> Policy {
        program.policies.pointer(to: Int(calling[0].policies[edge]))
    }

    func policy(of slot: Int32, _ program: ServiceProgram) -> Policy {
        let call = Int(calling[0].calls[slot].description)
        return policy(of: Int(program.calls.pointer(to: call).pointee.edge), program)
    }

    /// Index of the caller's replica's states for the edge of a managed call.
    @inline(__always)
    func place(of slot: Int32, _ policy: Policy) -> Int {
        calling[0].index(Int(policy.pointee.edge), Int(calling[0].calls[slot].replica))
    }

    /// Makes a call under a policy.
    mutating func startManagedCall(
        _ call: UInt64, _ index: Int, for job: Int32, _ maker: Job, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) -> Sending {
        let description = program.calls.pointer(to: index)
        let policy = policy(of: Int(description.pointee.edge), program)
        let isForgotten = description.pointee.isForgotten
        if effects.tracing.isOn {
            markCall(.managed, call, index, by: maker, at: now, program, &effects)
        }
        let slot = calling[0].calls.insert(
            ManagedCall(
                id: call, request: maker.request, started: now, deadline: maker.deadline,
                job: isForgotten ? OutstandingCall.nobody : job, description: Int32(index),
                replica: Int32(maker.replica), cause: Job.cause(of: maker.origin),
                isOptional: description.pointee.isOptional))
        let place = place(of: slot, policy)
        if let budget = policy.pointee.budget {
            calling[0].budgets[place].noteCall(at: now, under: budget)
        }
        if policy.pointee.hedge != nil { calling[0].hedges[place].noteCall() }
        guard tryAttempts(slot, policy, at: now, program, &effects) else {
            edges[Int(policy.pointee.edge)].callFailures += 1
            endBudgetedRetry(slot, policy, at: now)
            calling[0].calls.remove(slot)
            return isForgotten ? .forgotten : .refused
        }
        if isForgotten { return .forgotten }
        calling[0].calls[slot].nextOfJob = jobs[job].next
        jobs[job].next = slot
        return .sent
    }

    /// Starts attempts until one is under way (or waits for its turn), or none may follow.
    ///
    /// - Returns: whether the call goes on.
    private mutating func tryAttempts(
        _ slot: Int32, _ policy: Policy, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) -> Bool {
        while true {
            calling[0].calls[slot].tries += 1
            if startAttempt(slot, policy, isHedge: false, at: now, program, &effects) {
                return true
            }
            switch nextTry(slot, after: .refused, policy, at: now, program) {
            case .never: return false
            case .later: return true
            case .now: continue
            }
        }
    }

    private enum NextTry { case never, later, now }

    /// Decides on a retry; one that has to wait gets its alarm.
    private mutating func nextTry(
        _ slot: Int32, after failure: FailureSet, _ policy: Policy, at now: SimulatedInstant,
        _ program: ServiceProgram
    ) -> NextTry {
        let retry = policy.pointee.retry
        let call = calling[0].calls[slot]
        endBudgetedRetry(slot, policy, at: now)
        guard Int(call.tries) < retry.attempts, retry.on.contains(failure), now < call.deadline
        else { return .never }
        let place = place(of: slot, policy)
        var delay = SimulatedDuration.zero
        if retry.backoff.base > .zero {
            let key = DrawKey(
                seed: program.seed, identity: call.id, purpose: .retryDelay,
                service: program.service.rawValue, step: call.tries)
            delay = Backoff.delay(
                of: retry.backoff, retry: Int(call.tries), previous: call.lastDelay,
                draw: key.uniform())
            if now.advanced(saturatingBy: delay) >= call.deadline { return .never }
        }
        if let within = retry.within,
            now.advanced(saturatingBy: delay) - call.started > within
        {
            return .never
        }
        if let budget = policy.pointee.budget {
            guard calling[0].budgets[place].mayRetry(at: now, under: budget) else {
                edges[Int(policy.pointee.edge)].budgetDenied += 1
                return .never
            }
            calling[0].calls[slot].holdsBudget = true
        }
        calling[0].calls[slot].lastDelay = delay
        if delay == .zero { return .now }
        calling[0].calls[slot].phase = .backsOff
        setAlarm(slot, at: now.advanced(saturatingBy: delay))
        return .later
    }

    private mutating func endBudgetedRetry(
        _ slot: Int32, _ policy: Policy, at now: SimulatedInstant
    ) {
        guard calling[0].calls[slot].holdsBudget else { return }
        calling[0].calls[slot].holdsBudget = false
        if let budget = policy.pointee.budget {
            let place = place(of: slot, policy)
            calling[0].budgets[place].noteRetryEnd(at: now, under: budget)
        }
    }

    // MARK: Alarms

    mutating func setAlarm(_ slot: Int32, at instant: SimulatedInstant) {
        cancelAlarm(slot)
        let subject = calling[0].calls[slot].alarmSubject
        calling[0].calls[slot].alarm = timers.schedule(at: instant, subject: subject)
        calling[0].alarms.insert(ManagedAlarm(key: subject, call: slot))
    }

    mutating func cancelAlarm(_ slot: Int32) {
        let call = calling[0].calls[slot]
        guard call.alarm != .none else { return }
        timers.cancel(call.alarm)
        _ = calling[0].alarms.remove(call.alarmSubject)
        calling[0].calls[slot].alarm = .none
    }

    /// A timer rings that is no plain call's.
    mutating func ringForManagedCall(
        _ alarm: TimerQueue.Alarm, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let now = alarm.instant
        if calling.count > 0, let attempt = calling[0].attempts.remove(alarm.subject) {
            let policy = policy(of: attempt.call, program)
            note(
                .timeout, detail: 0, at: now, call: alarm.subject,
                request: calling[0].calls[attempt.call].request, program, &effects)
            edges[Int(policy.pointee.edge)].timeouts += 1
            if effects.tracing.isOn {
                mark(
                    .gaveUp, at: now, call: attempt.key,
                    request: calling[0].calls[attempt.call].request, program, &effects)
            }
            if policy.pointee.cancels { sendCancellation(of: attempt, at: now, program, &effects) }
            endAttempt(attempt, policy, verdict: .failure, at: now, program, &effects)
            noteFailure(attempt.call, .timeout, policy, at: now, program, &effects)
            return
        }
        guard calling.count > 0, let known = calling[0].alarms.remove(alarm.subject) else {
            preconditionFailure("a time-out rang for a call that is not outstanding")
        }
        let slot = known.call
        let policy = policy(of: slot, program)
        calling[0].calls[slot].alarm = .none
        note(
            .callerAlarm, detail: calling[0].calls[slot].phase.rawValue, at: now,
            call: alarm.subject, request: calling[0].calls[slot].request, program, &effects)
        switch calling[0].calls[slot].phase {
        case .attempting: hedge(slot, policy, at: now, program, &effects)
        case .backsOff:
            if !tryAttempts(slot, policy, at: now, program, &effects) {
                endCall(slot, isGood: false, policy, at: now, program, &effects)
            }
        case .waitsForPool:
            quitLine(slot, policy)
            edges[Int(policy.pointee.edge)].poolRefused += 1
            noteFailure(slot, .refused, policy, at: now, program, &effects)
        }
    }

    private mutating func hedge(
        _ slot: Int32, _ policy: Policy, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        guard let hedge = policy.pointee.hedge, calling[0].calls[slot].inFlight > 0,
            Int(calling[0].calls[slot].hedges) < hedge.most,
            calling[0].hedges[place(of: slot, policy)].mayHedge(under: hedge)
        else { return }
        _ = startAttempt(slot, policy, isHedge: true, at: now, program, &effects)
    }

    // MARK: Ends

    /// An answer to an attempt arrives in time.
    ///
    /// - Returns: whether it belongs to a managed call.
    mutating func acceptManagedResponse(
        _ message: Message, _ program: ServiceProgram, _ effects: inout Effects
    ) -> Bool {
        guard let attempt = calling[0].attempts.remove(message.call) else { return false }
        let now = message.instant
        let slot = attempt.call
        let policy = policy(of: slot, program)
        let edge = Int(policy.pointee.edge)
        if attempt.timer != .none { timers.cancel(attempt.timer) }
        edges[edge].count(message.outcome)
        if effects.tracing.isOn {
            mark(
                .answered, at: now, call: message.call, request: message.request,
                detail: message.detail, program, &effects)
        }
        endAttempt(
            attempt, policy, verdict: Verdict(message.outcome), at: now, program, &effects)
        guard message.outcome == .success else {
            edges[edge].workFailed &+= message.span.unsigned
            noteFailure(
                slot, FailureSet(rawValue: 1 << UInt16(message.outcome.rawValue)), policy, at: now,
                program, &effects)
            return true
        }
        edges[edge].workUseful &+= message.span.unsigned
        effects.latencies.append(
            LatencySample(
                process: effects.process, series: UInt32(1 + edge), latency: now - attempt.sent))
        let place = place(of: slot, policy)
        if let budget = policy.pointee.budget {
            calling[0].budgets[place].noteSuccess(at: now, under: budget)
        }
        if policy.pointee.hedge != nil { calling[0].latencies[place].note(now - attempt.sent) }
        let job = calling[0].calls[slot].job
        if job >= 0 {
            jobs[job].work &+= message.span.unsigned
        } else {
            counters.workBackground &+= message.span.unsigned
        }
        endCall(slot, isGood: true, policy, at: now, program, &effects)
        return true
    }

    /// An attempt has failed, or could not be made: another follows, is on its way, or the call ends.
    private mutating func noteFailure(
        _ slot: Int32, _ failure: FailureSet, _ policy: Policy, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        // Failures that are not tried again say nothing of whether others should be (gRPC A6).
        if failure != .refused, policy.pointee.retry.on.contains(failure),
            let budget = policy.pointee.budget
        {
            calling[0].budgets[place(of: slot, policy)].noteFailure(at: now, under: budget)
        }
        if calling[0].calls[slot].inFlight > 0 { return }
        cancelAlarm(slot)
        switch nextTry(slot, after: failure, policy, at: now, program) {
        case .later: return
        case .now:
            if tryAttempts(slot, policy, at: now, program, &effects) { return }
        case .never: break
        }
        endCall(slot, isGood: false, policy, at: now, program, &effects)
    }

    /// The call is over for its job.
    private mutating func endCall(
        _ slot: Int32, isGood: Bool, _ policy: Policy, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let edge = Int(policy.pointee.edge)
        if isGood { edges[edge].callSuccesses += 1 } else { edges[edge].callFailures += 1 }
        let call = calling[0].calls[slot]
        withdraw(slot, policy, at: now, program, &effects)
        guard call.job >= 0 else { return }
        unlink(slot, next: call.nextOfJob, from: call.job)
        settle(
            call.job, isGood: isGood, isOptional: call.isOptional, at: now, program, &effects)
    }

    private mutating func unlink(_ slot: Int32, next: Int32, from job: Int32) {
        var before = jobs[job].next
        if before == slot {
            jobs[job].next = next
            return
        }
        while calling[0].calls[before].nextOfJob != slot {
            before = calling[0].calls[before].nextOfJob
        }
        calling[0].calls[before].nextOfJob = next
    }

    /// Takes everything back that a call has under way, and forgets it.
    mutating func withdraw(
        _ slot: Int32, _ policy: Policy, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        cancelAlarm(slot)
        endBudgetedRetry(slot, policy, at: now)
        if calling[0].calls[slot].phase == .waitsForPool { quitLine(slot, policy) }
        let call = calling[0].calls[slot]
        var number: UInt16 = 0
        while number < call.attempts, calling[0].calls[slot].inFlight > 0 {
            if let attempt = calling[0].attempts.remove(call.attempt(number)) {
                if attempt.timer != .none { timers.cancel(attempt.timer) }
                edges[Int(policy.pointee.edge)].abandoned += 1
                if effects.tracing.isOn {
                    mark(
                        .abandoned, at: now, call: attempt.key, request: call.request, program,
                        &effects)
                }
                if policy.pointee.cancels {
                    sendCancellation(of: attempt, at: now, program, &effects)
                }
                endAttempt(attempt, policy, verdict: .none, at: now, program, &effects)
            }
            number += 1
        }
        calling[0].calls.remove(slot)
    }

    /// Gives up all calls that a job waits for.
    mutating func abandonCalls(
        of job: Int32, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        abandonPlainCalls(of: job, at: now, program, &effects)
        var slot = jobs[job].next
        while slot >= 0 {
            let next = calling[0].calls[slot].nextOfJob
            let policy = policy(of: slot, program)
            edges[Int(policy.pointee.edge)].callsAbandoned += 1
            withdraw(slot, policy, at: now, program, &effects)
            slot = next
        }
        jobs[job].next = -1
        jobs[job].awaited = 0
        jobs[job].needed = 0
    }

    private mutating func abandonPlainCalls(
        of job: Int32, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let step = program.steps.pointer(to: Int(jobs[job].step))
        guard step.pointee.count > 0 else { return }
        for index in Int(step.pointee.first)..<Int(step.pointee.first + step.pointee.count) {
            let description = program.calls.pointer(to: index)
            if description.pointee.isManaged || description.pointee.isForgotten { continue }
            let call = CallIdentity.child(
                of: jobs[job].call, step: step.pointee.number,
                branch: description.pointee.branch)
            guard let known = outstanding.remove(call) else { continue }
            if known.timer != .none { timers.cancel(known.timer) }
            edges[Int(known.edge)].abandoned += 1
            edges[Int(known.edge)].callsAbandoned += 1
            if effects.tracing.isOn {
                mark(
                    .abandoned, at: now, call: call, request: jobs[job].request, program, &effects)
            }
        }
    }
}
