import Kernel

// What traced requests leave behind. Everything here is called only when traces are asked for; whoever
// calls it has looked at `effects.tracing.isOn`, the one thing that a run without traces pays for.
extension ServiceProcess {
    @inline(never)
    func mark(
        _ kind: TraceMarkKind, at now: SimulatedInstant, call: UInt64, request: UInt64,
        detail: UInt8 = 0, parent: UInt64 = 0, peer: UInt32 = 0, replica: Int = 0,
        place: UInt16 = 0, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        guard effects.tracing.traces(request, seed: program.seed) else { return }
        var mark = TraceMark(
            kind, at: now, call: call, request: request, process: effects.process, detail: detail)
        mark.parent = parent
        mark.peer = peer
        mark.replica = UInt16(truncatingIfNeeded: replica)
        mark.place = place
        effects.marks.append(mark)
    }

    /// A request reaches the service; probes and applied writes are nobody's requests.
    @inline(never)
    func markArrival(
        of request: WaitingRequest, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        mark(
            .arrived, at: request.arrived, call: request.call, request: request.request,
            detail: Job.cause(of: request.origin), place: request.endpoint, program, &effects)
    }

    @inline(never)
    func markBeginning(
        of request: WaitingRequest, on replica: Int, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        if request.origin & (Job.probeOrigin | Job.applyOrigin) != 0 { return }
        mark(
            .begun, at: now, call: request.call, request: request.request, replica: replica,
            program, &effects)
    }

    @inline(never)
    func markEnd(
        of job: Job, detail: UInt8, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        if job.origin & (Job.probeOrigin | Job.applyOrigin) != 0 { return }
        mark(
            .ended, at: now, call: job.call, request: job.request, detail: detail,
            replica: Int(job.replica), program, &effects)
    }

    /// A job makes a call.
    @inline(never)
    func markCall(
        _ kind: TraceMarkKind, _ call: UInt64, _ index: Int, by job: Job,
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let description = program.calls.pointer(to: index)
        let target = program.configuration.outgoing[Int(description.pointee.edge)].target
        mark(
            kind, at: now, call: call, request: job.request,
            detail: description.pointee.isForgotten ? TraceMark.forgotten : 0, parent: job.call,
            peer: target.rawValue, place: description.pointee.endpoint, program, &effects)
    }

    /// A time-out rings: a job, or a user, stops waiting.
    @inline(never)
    func markGivingUp(
        _ call: OutstandingCall, request: UInt64, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        if call.job == OutstandingCall.user {
            markImpatience(call, at: now, program, &effects)
        } else if call.job >= 0 {
            mark(.gaveUp, at: now, call: call.key, request: request, program, &effects)
        }
    }

    /// A user stops waiting for a call; to be told before the user acts on it.
    @inline(never)
    func markImpatience(
        _ known: OutstandingCall, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let (call, stream) = (known.key, Int(known.edge) - program.edgeCount)
        let isManaged = program.streams[stream].isManaged
        let request =
            isManaged ? users[0].request(waitingFor: call) : CallIdentity.request(ofRoot: call)
        guard let request else { return }
        mark(
            .userGaveUp, at: now, call: call, request: request, peer: UInt32(stream), program,
            &effects)
        if !isManaged {
            noteTail(request, latency: now - known.sent, isFailed: true, program, &effects)
        }
    }

    /// A user's request is over.
    @inline(never)
    func noteTail(
        _ request: UInt64, latency: SimulatedDuration, isFailed: Bool, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        guard isFailed ? effects.tracing.settings.failed > 0 : effects.tracing.settings.slowest > 0
        else { return }
        effects.tails.append(
            TailSample(
                request: request, latency: latency, process: effects.process, isFailed: isFailed,
                seed: program.seed))
    }
}
