import Kernel

// A request's way in where the plain one will not do.
extension ServiceProcess {
    /// A request reaches a service with replicas that differ, refuse, or come and go.
    @inline(never)
    mutating func host(
        _ request: WaitingRequest, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        if program.features.contains(.requestTimeouts) { startClock(of: request, program) }
        guard let replica = findReplica(for: request, program) else {
            if hosting[0].buffered < program.host.lifeCycle.buffer {
                hosting[0].buffers[0].insert(
                    LineElement(request: request, joined: now, priority: 0))
                return
            }
            refuse(request, .unavailable, from: 0, at: now, program, &effects)
            return
        }
        if failsAtOnce(request, on: replica, program) {
            refuse(request, .error, from: replica, at: now, program, &effects)
            return
        }
        if program.features.contains(.admission) {
            guard admits(request, on: replica, at: now, program) else {
                refuse(request, .shed, from: replica, at: now, program, &effects)
                return
            }
            if let wait = takeToken(on: replica, at: now, program) {
                if wait > .zero {
                    noteTaken(by: replica, at: now, program, &effects)
                    hosting[0].hold(
                        counted(request, in: replica, program), by: replica, until: now + wait)
                    return
                }
            } else {
                refuse(request, .shed, from: replica, at: now, program, &effects)
                return
            }
        }
        noteTaken(by: replica, at: now, program, &effects)
        enter(counted(request, in: replica, program), replica, at: now, program, &effects)
    }

    /// A request that was just let in, with what a limit will want to know of that.
    private func counted(
        _ request: WaitingRequest, in replica: Int, _ program: ServiceProgram
    ) -> WaitingRequest {
        guard program.host.limit != nil else { return request }
        var request = request
        request.inFlight = UInt16(clamping: replicas[replica].requests)
        return request
    }

    /// A replica is ready: requests that wait for one go on.
    mutating func releaseBuffered(
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        for _ in 0..<hosting[0].buffered {
            guard let element = hosting[0].buffers[0].takeNext() else { return }
            host(element.request, at: now, program, &effects)
        }
    }

    /// The replica that a request goes to, or `nil` when none takes it.
    private mutating func findReplica(
        for request: WaitingRequest, _ program: ServiceProgram
    ) -> Int? {
        let chosen = Int(request.extra & 0xFFFF) - 1
        let isLiving = program.features.contains(.lifeCycle)
        // A write goes to the primary, whatever its caller chose.
        if program.features.contains(.replication),
            program.endpoints[Int(request.endpoint)].isWrite
        {
            return !isLiving || hosting[0].lives[0].takesRequests ? 0 : nil
        }
        if chosen >= 0 {
            return !isLiving || hosting[0].lives[chosen].takesRequests ? chosen : nil
        }
        guard isLiving else { return chooseReplica(for: request, program) }
        guard let replica = chooseBelieved(for: request, program) else { return nil }
        return hosting[0].lives[replica].takesRequests ? replica : nil
    }

    /// The load balancer's choice among the replicas that it takes for ready.
    private mutating func chooseBelieved(
        for request: WaitingRequest, _ program: ServiceProgram
    ) -> Int? {
        let count = replicas.count
        switch program.balancing {
        case .roundRobin:
            for step in 0..<count {
                let place = turn + step < count ? turn + step : turn + step - count
                if hosting[0].believed[place] {
                    turn = place + 1 == count ? 0 : place + 1
                    return place
                }
            }
            return nil
        case .random:
            var ready = 0
            for replica in 0..<count where hosting[0].believed[replica] { ready += 1 }
            if ready == 0 { return nil }
            var rank = balancingKey(request, program).index(below: ready)
            for replica in 0..<count where hosting[0].believed[replica] {
                if rank == 0 { return replica }
                rank -= 1
            }
            return nil
        case .leastRequests:
            guard let chosen = nextOfFewest(where: { hosting[0].believed[$0] }) else { return nil }
            turn = chosen + 1 == count ? 0 : chosen + 1
            return chosen
        case .byKey:
            let replica = shard(for: request, program)
            return hosting[0].believed[replica] ? replica : nil
        }
    }

    /// Whether a replica that fails some requests fails this one.
    private func failsAtOnce(
        _ request: WaitingRequest, on replica: Int, _ program: ServiceProgram
    ) -> Bool {
        let own = hosting[0].traits[replica].errorRate
        let fault = hosting[0].effects.replicas[replica].errorRate
        let probability = own + fault - own * fault
        guard probability > 0 else { return false }
        let key = DrawKey(
            seed: program.seed, identity: request.call, purpose: .failure,
            service: program.service.rawValue, step: .max)
        return key.uniform() < probability
    }

    /// Whether the replica's load shedding and its concurrency limit let a request in.
    private func admits(
        _ request: WaitingRequest, on replica: Int, at now: SimulatedInstant,
        _ program: ServiceProgram
    ) -> Bool {
        let requests = Int(replicas[replica].requests)
        if program.host.limit != nil, requests >= hosting[0].limits[replica].limit { return false }
        guard let shedding = program.host.shedding else { return true }
        let level =
            switch shedding.signal {
            case .queue: Double(replicas[replica].waiting)
            case .requests: Double(requests)
            case .cpu: hosting[0].meters[replica].utilisation(at: now, memory: shedding.memory)
            }
        let steps = program.host.classes - 1 - Int(priority(of: request, program))
        return level < shedding.threshold * (1 + Double(max(steps, 0)) * shedding.headroom)
    }

    /// How long the replica's bucket holds a request back; `nil` when it refuses it.
    private mutating func takeToken(
        on replica: Int, at now: SimulatedInstant, _ program: ServiceProgram
    ) -> SimulatedDuration? {
        guard let bucket = program.host.bucket else { return .zero }
        return hosting[0].buckets[replica].admit(at: now, under: bucket)
    }

    /// The class of a request: that of the users' stream it comes from.
    func priority(of request: WaitingRequest, _ program: ServiceProgram) -> UInt8 {
        let classes = program.configuration.context.priorities
        if classes.isEmpty { return 0 }
        let service = RequestIdentity.service(of: request.request)
        let stream = RequestIdentity.stream(of: request.request)
        let found = classes.first { $0.service == service && $0.stream == stream }
        return UInt8(clamping: found?.priority ?? 0)
    }

    /// A request that is counted among the replica's gets a thread, waits for one, or is refused.
    mutating func enter(
        _ request: WaitingRequest, _ replica: Int, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        var request = request
        if replicas[replica].busyThreads < program.threads {
            answerEarly(&request, at: now, program, &effects)
            beginHosted(request, on: replica, at: now, program, &effects)
        } else if replicas[replica].waiting < program.queueLimit {
            answerEarly(&request, at: now, program, &effects)
            replicas[replica].waiting += 1
            lineUp(request, on: replica, at: now, program)
        } else {
            replicas[replica].requests -= 1
            refuse(request, .rejected, from: replica, at: now, program, &effects)
            return
        }
        if let memory = program.host.memory,
            memory.exceedsLimit(requests: Int(replicas[replica].requests))
        {
            crash(replica, at: now, program, &effects)
        }
    }

    /// Gives a request a thread in a replica whose memory or speed depends on what it has begun.
    mutating func beginHosted(
        _ request: WaitingRequest, on replica: Int, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        noteRequests(of: replica, at: now, program)
        if let memory = program.host.memory,
            let pause = hosting[0].collectors[replica].begin(
                requests: Int(replicas[replica].requests),
                isCollecting: hosting[0].pacers.count > 0
                    && hosting[0].pacers[replica].isPaused(at: now), memory)
        {
            self.pause(replica, for: pause, at: now)
        }
        begin(request, on: replica, at: now, program, &effects)
    }

    /// Answers a message for a queue as soon as it is taken.
    private mutating func answerEarly(
        _ request: inout WaitingRequest, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        guard program.features.contains(.earlyAnswers),
            program.endpoints[Int(request.endpoint)].answersEarly,
            request.origin & (Job.silentOrigin | Job.probeOrigin) == 0
        else { return }
        var job = Job(request, step: 0, replica: 0, at: now)
        if request.origin & Job.clientOrigin != 0 {
            answerUser(&job, latency: .zero, at: now, program, &effects)
        } else {
            reply(&job, at: now, program, &effects)
        }
        request.origin = Job.silentOrigin | UInt32(Job.cause(of: request.origin))
    }

    // MARK: The line

    private mutating func lineUp(
        _ request: WaitingRequest, on replica: Int, at now: SimulatedInstant,
        _ program: ServiceProgram
    ) {
        guard program.features.contains(.waitingLine) else {
            admissionQueues[replica].append(request)
            return
        }
        if program.host.controlledDelay != nil, hosting[0].lines[replica].isEmpty {
            hosting[0].controlledDelays[replica].noteEmpty(at: now)
        }
        var element = LineElement(
            request: request, joined: now, priority: priority(of: request, program))
        if let limit = program.host.waitLimit {
            let key = DrawKey(
                seed: program.seed, identity: request.call, purpose: .patience,
                service: program.service.rawValue, step: 1)
            let patience = limit.sample(key, program.host.waitTables)
            element.timer = hosting[0].waitTimers.schedule(
                at: now.advanced(saturatingBy: patience), subject: request.call)
        }
        if program.features.contains(.cancellation) || program.host.waitLimit != nil {
            hosting[0].begun.insert(BegunCall(key: request.call, place: ~Int32(replica)))
        }
        hosting[0].lines[replica].insert(element)
    }

    /// The next in line gets a thread, or is dropped because it has waited too long.
    mutating func beginNextInLine(
        on replica: Int, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        guard let element = hosting[0].lines[replica].takeNext() else {
            preconditionFailure("nobody waits in a line that is not empty")
        }
        forgetWait(element, program)
        replicas[replica].waiting -= 1
        let isTooLate =
            program.host.honoursDeadlines && element.deadline <= now
            || program.host.controlledDelay.map {
                hosting[0].controlledDelays[replica].drops(
                    waited: now - element.joined, at: now, target: $0.target,
                    interval: $0.interval)
            } ?? false
        guard !isTooLate else {
            dropWaiting(element.request, .expired, from: replica, at: now, program, &effects)
            return
        }
        beginHosted(element.request, on: replica, at: now, program, &effects)
    }

    private mutating func forgetWait(_ element: LineElement, _ program: ServiceProgram) {
        if element.timer != .none { hosting[0].waitTimers.cancel(element.timer) }
        if program.features.contains(.cancellation) || program.host.waitLimit != nil {
            _ = hosting[0].begun.remove(element.call)
        }
    }

    /// A request has waited for as long as one may.
    mutating func expireWait(
        _ alarm: TimerQueue.Alarm, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let now = alarm.instant
        guard let known = hosting[0].begun.remove(alarm.subject), known.place < 0,
            let element = hosting[0].lines[Int(~known.place)].remove(call: alarm.subject)
        else { preconditionFailure("a request that does not wait has waited too long") }
        let replica = Int(~known.place)
        note(
            .waitExpired, detail: 0, at: now, call: element.call,
            request: element.request.request, program, &effects)
        replicas[replica].waiting -= 1
        dropWaiting(element.request, .expired, from: replica, at: now, program, &effects)
    }

    /// A request leaves a line that it was already taken out of.
    mutating func dropWaiting(
        _ request: WaitingRequest, _ outcome: Outcome, from replica: Int,
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        replicas[replica].requests -= 1
        if program.host.limit != nil {
            var job = Job(request, step: 0, replica: replica, at: now)
            job.outcome = outcome
            noteSample(of: job, at: now, program)
        }
        refuse(request, outcome, from: replica, at: now, program, &effects)
        endIfIdle(replica, at: now, program, &effects)
    }

    /// All requests that wait in a replica, in their order; they wait no longer.
    mutating func takeAllWaiting(
        of replica: Int, _ program: ServiceProgram
    ) -> [WaitingRequest] {
        replicas[replica].waiting = 0
        guard program.features.contains(.waitingLine) else {
            let waiting = admissionQueues[replica].elements
            admissionQueues[replica] = ChunkedQueue()
            return waiting
        }
        let waiting = hosting[0].lines[replica].elements
        hosting[0].lines[replica].removeAll()
        for element in waiting { forgetWait(element, program) }
        return waiting.map(\.request)
    }

    // MARK: Leaving

    /// Books that a job has left its replica.
    mutating func noteDeparture(
        of job: Job, _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let replica = Int(job.replica)
        if program.features.contains(.cancellation) { _ = hosting[0].begun.remove(job.call) }
        if program.features.contains(.requestTimeouts) { stopClock(of: job.call) }
        if program.features.contains(.data) { releaseHeld(by: slot, at: now) }
        if program.features.contains(.replication) { replicate(job, at: now, program) }
        guard hosting.count > 0 else { return }
        noteRequests(of: replica, at: now, program)
    }

    /// Tells a replica's limit of a request that it let in and that has come to its end.
    ///
    /// As Netflix' interceptor for gRPC servers: an answer is a good one whatever it says, unless time ran out.
    /// Who was cancelled, or lost with the replica, is no sample; nor are probes and writes that are applied, which
    /// the limit does not let in.
    mutating func noteSample(of job: Job, at now: SimulatedInstant, _ program: ServiceProgram) {
        guard let limit = program.host.limit,
            job.origin & (Job.applyOrigin | Job.probeOrigin) == 0
        else { return }
        let key = DrawKey(
            seed: program.seed, identity: job.call, purpose: .controlPlane,
            service: program.service.rawValue, step: 1)
        hosting[0].limits[Int(job.replica)].noteAnswer(
            latency: now - job.arrived, inFlight: Int(job.inFlight),
            dropped: job.outcome == .expired, draw: key.uniform(), under: limit)
    }
}
