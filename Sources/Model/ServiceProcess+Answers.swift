import Kernel

// How requests leave: an answer to whoever asked, and the books.
extension ServiceProcess {
    /// Answers a request that never began.
    mutating func refuse(
        _ request: WaitingRequest, _ outcome: Outcome, from replica: Int,
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        if program.features.contains(.requestTimeouts) { stopClock(of: request.call) }
        counters.times.queue &+= (now - request.arrived).unsigned
        var job = Job(request, step: 0, replica: replica, at: now)
        job.outcome = outcome
        answer(&job, at: now, program, &effects)
    }

    /// Sends the answer to whoever asked, and counts.
    mutating func answer(
        _ job: UnsafePointer<Job>, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        counters.changeInSystem(by: -1, at: now)
        let latency = now - job.pointee.arrived
        counters.sojournSum &+= latency.unsigned
        if effects.tracing.isOn {
            markEnd(
                of: job.pointee, detail: job.pointee.outcome.rawValue, at: now, program, &effects)
        }
        if job.pointee.origin & (Job.probeOrigin | Job.applyOrigin) != 0 {
            counters.probesEnded += 1
            counters.workBackground &+= job.pointee.work
            if job.pointee.origin & Job.probeOrigin != 0 {
                noteProbe(job.pointee, at: now, program, &effects)
            }
            return
        }
        counters.count(job.pointee.outcome)
        if job.pointee.outcome == .success {
            effects.latencies.append(
                LatencySample(process: effects.process, series: 0, latency: latency))
        }
        if job.pointee.origin & 0xF000_0000 != 0 {
            if job.pointee.origin & Job.clientOrigin != 0 {
                counters.workAnswered &+= job.pointee.work
                answerUser(job, latency: latency, at: now, program, &effects)
            } else {
                counters.workBackground &+= job.pointee.work
            }
            return
        }
        counters.workAnswered &+= job.pointee.work
        reply(job, at: now, program, &effects)
    }

    /// Sends the answer to a caller.
    @inline(__always)
    mutating func reply(
        _ job: UnsafePointer<Job>, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let reply = program.replies.pointer(to: Int(job.pointee.route))
        let key = DrawKey(
            seed: program.seed, identity: job.pointee.call, purpose: .responseLatency,
            service: program.service.rawValue, step: 0)
        var arrival = now + reply.pointee.latency.sample(key, program.tables)
        if program.features.contains(.faults),
            isDisturbed(&arrival, call: job.pointee.call, to: reply.pointee.peer, edge: -1, program)
        {
            counters.workLost &+= job.pointee.work
            return
        }
        post(
            Message(
                instant: arrival, call: job.pointee.call, request: job.pointee.request,
                source: program.service, kind: .response, outcome: job.pointee.outcome,
                extra: Message.extra(replica: Int(job.pointee.replica), span: job.pointee.work)),
            to: reply.pointee.peer, program, &effects)
    }

    mutating func answerUser(
        _ job: UnsafePointer<Job>, latency: SimulatedDuration, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let stream = Int(job.pointee.origin & 0xFF)
        let edge = program.edgeCount + stream
        if program.features.contains(.users), program.streams[stream].isManaged {
            answerManagedUser(job.pointee, stream: stream, at: now, program, &effects)
            return
        }
        if program.streams[stream].hasTimeout {
            guard let waiting = outstanding.remove(job.pointee.call) else {
                edges[edge].lateAnswers += 1
                edges[edge].workLate &+= job.pointee.work
                return
            }
            if waiting.timer != .none { timers.cancel(waiting.timer) }
        }
        edges[edge].count(job.pointee.outcome)
        if effects.tracing.isOn {
            mark(
                .userAnswered, at: now, call: job.pointee.call, request: job.pointee.request,
                detail: job.pointee.outcome.rawValue, peer: UInt32(stream), program, &effects)
            noteTail(
                job.pointee.request, latency: latency, isFailed: job.pointee.outcome != .success,
                program, &effects)
        }
        if job.pointee.outcome == .success {
            edges[edge].callSuccesses += 1
            edges[edge].workUseful &+= job.pointee.work
            effects.latencies.append(
                LatencySample(process: effects.process, series: UInt32(1 + edge), latency: latency))
        } else {
            edges[edge].callFailures += 1
            edges[edge].workFailed &+= job.pointee.work
        }
    }
}
