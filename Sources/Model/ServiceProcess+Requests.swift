import Kernel

// A request's way through the service: in, through its steps, out.
extension ServiceProcess {
    /// A user's request arrives.
    mutating func arrive(
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        var index = 0
        while streams[index].next != now { index += 1 }
        let request = RequestIdentity.make(
            service: program.service, stream: index, number: streams[index].number)
        let call = CallIdentity.root(request)
        streams[index].number += 1
        scheduleArrival(index, after: now, program)
        note(.arrival, detail: 0, at: now, call: call, request: request, program, &effects)

        let edge = program.edgeCount + index
        edges[edge].requests += 1
        if program.streams[index].hasTimeout {
            let deadline = now.advanced(saturatingBy: program.streams[index].timeout)
            let timer = timers.schedule(at: deadline, subject: call)
            outstanding.insert(
                OutstandingCall(
                    key: call, sent: now, job: -1, edge: Int32(edge), timer: timer,
                    isOptional: false))
        }
        accept(
            WaitingRequest(
                call: call, request: request, arrived: now,
                origin: Job.clientOrigin | UInt32(index), endpoint: program.streams[index].endpoint,
                route: 0),
            program, &effects)
    }

    /// Draws when the next user of a stream arrives.
    mutating func scheduleArrival(
        _ index: Int, after now: SimulatedInstant, _ program: ServiceProgram
    ) {
        let key = DrawKey(
            seed: program.seed, identity: streams[index].number, purpose: .arrival,
            service: program.service.rawValue, step: UInt16(index))
        let amount = program.streams[index].isPoisson ? key.exponential() : 1.0
        streams[index].next =
            program.streams[index].profile.instant(
                after: now, accumulating: amount, segment: &streams[index].segment) ?? .never
        nextArrival = .never
        for stream in streams.elements { nextArrival = min(nextArrival, stream.next) }
    }

    /// A request reaches the service: it gets a thread, waits for one, or is refused.
    mutating func accept(
        _ request: WaitingRequest, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        counters.arrived += 1
        counters.changeInSystem(by: 1, at: request.arrived)
        let index = chooseReplica(for: request, program)
        if replicas[index].busyThreads < program.threads {
            replicas[index].requests += 1
            begin(request, on: index, at: request.arrived, program, &effects)
        } else if replicas[index].waiting < program.queueLimit {
            replicas[index].requests += 1
            replicas[index].waiting += 1
            admissionQueues[index].append(request)
        } else {
            answer(request, .rejected, at: request.arrived, program, &effects)
        }
    }

    private mutating func chooseReplica(
        for request: WaitingRequest, _ program: ServiceProgram
    ) -> Int {
        if replicas.count == 1 { return 0 }
        switch program.balancing {
        case .roundRobin:
            let chosen = turn
            turn = chosen + 1 == replicas.count ? 0 : chosen + 1
            return chosen
        case .random, .byKey:
            let key = DrawKey(
                seed: program.seed, identity: request.call, purpose: .balancing,
                service: program.service.rawValue, step: 0)
            return key.index(below: replicas.count)
        case .leastRequests:
            var least = 0
            for index in 1..<replicas.count
            where replicas[index].requests < replicas[least].requests {
                least = index
            }
            return least
        }
    }

    /// Gives a request a thread and starts its first step.
    private mutating func begin(
        _ request: WaitingRequest, on replica: Int, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        replicas[replica].busyThreads += 1
        let slot = jobs.insert(
            Job(
                call: request.call, request: request.request, arrived: request.arrived,
                origin: request.origin, step: program.endpointStarts[Int(request.endpoint)],
                next: -1, replica: Int32(replica), awaited: 0, route: request.route,
                outcome: .success, hasThread: true))
        proceed(slot, at: now, program, &effects)
    }

    /// Carries a job through its steps until it has to wait or is done.
    mutating func proceed(
        _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        while true {
            let step = program.steps.pointer(to: Int(jobs[slot].step))
            switch step.pointee.kind {
            case .compute:
                takeCore(slot, step, at: now, program)
                return
            case .call:
                if sendCalls(slot, step, at: now, program, &effects) {
                    waitForAnswers(slot, program)
                    return
                }
                jobs[slot].step += 1
            case .choose:
                sendChosenCall(slot, step, at: now, program, &effects)
                waitForAnswers(slot, program)
                return
            case .finish:
                finish(slot, at: now, program, &effects)
                return
            }
        }
    }

    private mutating func takeCore(
        _ slot: Int32, _ step: UnsafePointer<ServiceProgram.Step>, at now: SimulatedInstant,
        _ program: ServiceProgram
    ) {
        let replica = Int(jobs[slot].replica)
        if replicas[replica].busyCores < program.cores {
            replicas[replica].busyCores += 1
            startCompute(slot, step, at: now, program)
        } else {
            replicas[replica].coreQueue.append(slot, in: &jobs)
        }
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
        counters.computeTime &+= UInt64(bitPattern: duration.nanoseconds)
        completions.insert(Completion(instant: now + duration, call: call, job: slot))
    }

    /// A compute step ends: the core goes to the next in line, the job to its next step.
    mutating func finishCompute(
        _ completion: Completion, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let now = completion.instant
        let slot = completion.job
        note(
            .computeFinished, detail: 0, at: now, call: completion.call,
            request: jobs[slot].request, program, &effects)
        let replica = Int(jobs[slot].replica)
        if replicas[replica].coreQueue.isEmpty {
            replicas[replica].busyCores -= 1
        } else {
            let next = replicas[replica].coreQueue.removeFirst(in: jobs)
            startCompute(
                next, program.steps.pointer(to: Int(jobs[next].step)), at: now, program)
        }
        jobs[slot].step += 1
        proceed(slot, at: now, program, &effects)
        if replicas[replica].hasQueue { handOutThreads(of: replica, at: now, program, &effects) }
    }

    /// The last step is done, or a step has failed: free the thread and answer.
    mutating func finish(
        _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        let job = jobs[slot]
        jobs.remove(slot)
        replicas[Int(job.replica)].requests -= 1
        if job.hasThread { replicas[Int(job.replica)].busyThreads -= 1 }
        answer(
            WaitingRequest(
                call: job.call, request: job.request, arrived: job.arrived, origin: job.origin,
                endpoint: 0, route: job.route),
            job.outcome, at: now, program, &effects)
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
                replicas[replica].busyThreads += 1
                jobs[slot].hasThread = true
                proceed(slot, at: now, program, &effects)
            } else if replicas[replica].waiting > 0 {
                replicas[replica].waiting -= 1
                let request = admissionQueues[replica].removeFirst()
                begin(request, on: replica, at: now, program, &effects)
            } else {
                return
            }
        }
    }

    /// Sends the answer to whoever asked, and counts.
    private mutating func answer(
        _ request: WaitingRequest, _ outcome: Outcome, at now: SimulatedInstant,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        counters.changeInSystem(by: -1, at: now)
        let latency = now - request.arrived
        counters.sojournSum &+= UInt64(bitPattern: latency.nanoseconds)
        switch outcome {
        case .success:
            counters.succeeded += 1
            effects.latencies.append(
                LatencySample(process: effects.process, series: 0, latency: latency))
        case .rejected: counters.rejected += 1
        case .failed: counters.failed += 1
        }
        if request.origin & Job.clientOrigin != 0 {
            answerUser(request, outcome, latency: latency, program, &effects)
            return
        }
        let reply = program.replies.pointer(to: Int(request.route))
        let key = DrawKey(
            seed: program.seed, identity: request.call, purpose: .responseLatency,
            service: program.service.rawValue, step: 0)
        let arrival = now + reply.pointee.latency.sample(key, program.tables)
        post(
            Message(
                instant: arrival, call: request.call, request: request.request,
                source: program.service, kind: .response, outcome: outcome),
            to: reply.pointee.peer, program, &effects)
    }

    private mutating func answerUser(
        _ request: WaitingRequest, _ outcome: Outcome, latency: SimulatedDuration,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let stream = Int(request.origin & ~Job.clientOrigin)
        let edge = program.edgeCount + stream
        if program.streams[stream].hasTimeout {
            guard let waiting = outstanding.remove(request.call) else {
                edges[edge].lateAnswers += 1
                return
            }
            if waiting.timer != .none { timers.cancel(waiting.timer) }
        }
        edges[edge].count(outcome)
        if outcome == .success {
            effects.latencies.append(
                LatencySample(process: effects.process, series: UInt32(1 + edge), latency: latency))
        }
    }
}
