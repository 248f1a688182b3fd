import Kernel

// Users who remember: see ``UserStreams``. Those who think, or wait before trying again, have no
// request in the system.
extension ServiceProcess {
    /// A user sends a request, or tries one again.
    mutating func arriveManaged(
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let arrival = users[0].takeNext(at: now, program.users)
        findNextArrival()
        note(
            .arrival, detail: 0, at: now, call: arrival.call, request: arrival.request, program,
            &effects)
        let edge = program.edgeCount + arrival.stream
        edges[edge].requests += 1
        if arrival.attempt == 0 { edges[edge].calls += 1 } else { edges[edge].retries += 1 }
        let span = startPatience(for: arrival.call, arrival.stream, at: now, program)
        let cause: UInt32 = arrival.attempt == 0 ? 0 : 1
        if effects.tracing.isOn {
            mark(
                .userSent, at: now, call: arrival.call, request: arrival.request,
                peer: UInt32(arrival.stream), place: arrival.attempt, program, &effects)
        }
        accept(
            WaitingRequest(
                call: arrival.call, request: arrival.request, arrived: now,
                origin: Job.clientOrigin | cause << 8 | UInt32(arrival.stream),
                endpoint: arrival.endpoint, route: 0,
                extra: Message.extra(replica: 0, span: span)),
            program, &effects)
    }

    /// A user's request is answered; the user may have given up on it.
    mutating func answerManagedUser(
        _ job: Job, stream: Int, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let edge = program.edgeCount + stream
        if let waiting = outstanding.remove(job.call) { timers.cancel(waiting.timer) }
        let isGood = job.outcome == .success
        guard
            let answer = users[0].answered(job.call, succeeded: isGood, at: now, program.users)
        else {
            edges[edge].lateAnswers += 1
            edges[edge].workLate &+= job.work
            return
        }
        nextArrival = min(nextArrival, users[0].nextInstant)
        edges[edge].count(job.outcome)
        if effects.tracing.isOn {
            mark(
                .userAnswered, at: now, call: job.call, request: job.request,
                detail: job.outcome.rawValue, peer: UInt32(stream), program, &effects)
            if answer.continuation != .triesAgain {
                noteTail(
                    job.request, latency: now - answer.intended, isFailed: !isGood, program,
                    &effects)
            }
        }
        if isGood {
            edges[edge].callSuccesses += 1
            edges[edge].workUseful &+= job.work
            effects.latencies.append(
                LatencySample(
                    process: effects.process, series: UInt32(1 + edge),
                    latency: now - answer.intended))
        } else {
            edges[edge].workFailed &+= job.work
            if answer.continuation != .triesAgain { edges[edge].callFailures += 1 }
        }
    }

    /// A user has waited long enough.
    ///
    /// - Returns: whether it is one who remembers.
    mutating func noteImpatience(
        _ call: UInt64, _ edge: Int, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) -> Bool {
        guard program.streams[edge - program.edgeCount].isManaged else { return false }
        let answer = users[0].answered(call, succeeded: false, at: now, program.users)
        nextArrival = min(nextArrival, users[0].nextInstant)
        if answer?.continuation != .triesAgain { edges[edge].callFailures += 1 }
        if effects.tracing.isOn, let answer, answer.continuation != .triesAgain {
            noteTail(
                answer.request, latency: now - answer.intended, isFailed: true, program, &effects)
        }
        return true
    }
}
