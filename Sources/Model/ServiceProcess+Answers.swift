import Kernel

// How requests leave: an answer to whoever asked, and the books.
extension ServiceProcess {
    /// Answers a request that never began.
    mutating func refuse(
        _ request: WaitingRequest, _ outcome: Outcome, from replica: Int,
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        counters.times.queue &+= (now - request.arrived).unsigned
        var job = Job(request, step: 0, replica: replica, at: now)
        job.outcome = outcome
        answer(job, at: now, program, &effects)
    }

    /// Sends the answer to whoever asked, and counts.
    mutating func answer(
        _ job: Job, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        counters.changeInSystem(by: -1, at: now)
        let latency = now - job.arrived
        counters.sojournSum &+= latency.unsigned
        if effects.tracing.isOn {
            markEnd(of: job, detail: job.outcome.rawValue, at: now, program, &effects)
        }
        if job.origin & (Job.probeOrigin | Job.applyOrigin) != 0 {
            counters.probesEnded += 1
            counters.workBackground &+= job.work
            if job.origin & Job.probeOrigin != 0 { noteProbe(job, at: now, program, &effects) }
            return
        }
        counters.count(job.outcome)
        if job.outcome == .success {
            effects.latencies.append(
                LatencySample(process: effects.process, series: 0, latency: latency))
        }
        if job.origin & 0xF000_0000 != 0 {
            if job.origin & Job.clientOrigin != 0 {
                counters.workAnswered &+= job.work
                answerUser(job, latency: latency, at: now, program, &effects)
            } else {
                counters.workBackground &+= job.work
            }
            return
        }
        counters.workAnswered &+= job.work
        reply(job, at: now, program, &effects)
    }

    /// Sends the answer to a caller.
    @inline(__always)
    mutating func reply(
        _ job: Job, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let reply = program.replies.pointer(to: Int(job.route))
        let key = DrawKey(
            seed: program.seed, identity: job.call, purpose: .responseLatency,
            service: program.service.rawValue, step: 0)
        var arrival = now + reply.pointee.latency.sample(key, program.tables)
        if program.features.contains(.faults),
            isDisturbed(&arrival, call: job.call, to: reply.pointee.peer, edge: -1, program)
        {
            counters.workLost &+= job.work
            return
        }
        post(
            Message(
                instant: arrival, call: job.call, request: job.request,
                source: program.service, kind: .response, outcome: job.outcome,
                extra: Message.extra(replica: Int(job.replica), span: job.work)),
            to: reply.pointee.peer, program, &effects)
    }

    mutating func answerUser(
        _ job: Job, latency: SimulatedDuration, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let stream = Int(job.origin & 0xFF)
        let edge = program.edgeCount + stream
        if program.features.contains(.users), program.streams[stream].isManaged {
            answerManagedUser(job, stream: stream, at: now, program, &effects)
            return
        }
        if program.streams[stream].hasTimeout {
            guard let waiting = outstanding.remove(job.call) else {
                edges[edge].lateAnswers += 1
                edges[edge].workLate &+= job.work
                return
            }
            if waiting.timer != .none { timers.cancel(waiting.timer) }
        }
        edges[edge].count(job.outcome)
        if effects.tracing.isOn {
            mark(
                .userAnswered, at: now, call: job.call, request: job.request,
                detail: job.outcome.rawValue, peer: UInt32(stream), program, &effects)
            noteTail(
                job.request, latency: latency, isFailed: job.outcome != .success, program,
                &effects)
        }
        if job.outcome == .success {
            edges[edge].callSuccesses += 1
            edges[edge].workUseful &+= job.work
            effects.latencies.append(
                LatencySample(process: effects.process, series: UInt32(1 + edge), latency: latency))
        } else {
            edges[edge].callFailures += 1
            edges[edge].workFailed &+= job.work
        }
    }
}
