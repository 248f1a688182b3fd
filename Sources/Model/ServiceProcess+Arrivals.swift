import Kernel

// How requests come in: from users, and from callers.
extension ServiceProcess {
    /// A user's request arrives.
    mutating func arrive(
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        var index = 0
        while index < streams.count, streams[index].next != now { index += 1 }
        if index == streams.count {
            arriveManaged(at: now, program, &effects)
            return
        }
        let request = RequestIdentity.make(
            service: program.service, stream: index, number: streams[index].number)
        let call = CallIdentity.root(request)
        streams[index].number += 1
        scheduleArrival(index, after: now, program)
        note(.arrival, detail: 0, at: now, call: call, request: request, program, &effects)

        let edge = program.edgeCount + index
        edges[edge].calls += 1
        edges[edge].requests += 1
        let span = startPatience(for: call, index, at: now, program)
        if effects.tracing.isOn {
            mark(
                .userSent, at: now, call: call, request: request, peer: UInt32(index), program,
                &effects)
        }
        let endpoint =
            program.streams[index].isMixed
            ? program.users.endpoint(of: request) : program.streams[index].endpoint
        accept(
            WaitingRequest(
                call: call, request: request, arrived: now,
                origin: Job.clientOrigin | UInt32(index), endpoint: endpoint, route: 0,
                extra: Message.extra(replica: 0, span: span)),
            program, &effects)
    }

    /// A user waits for an answer, and perhaps not for ever.
    ///
    /// - Returns: how long before the deadline, if the service looks at deadlines; else 0.
    @inline(__always)
    mutating func startPatience(
        for call: UInt64, _ stream: Int, at now: SimulatedInstant, _ program: ServiceProgram
    ) -> UInt64 {
        guard program.streams[stream].hasTimeout else { return 0 }
        let key = DrawKey(
            seed: program.seed, identity: call, purpose: .patience,
            service: program.service.rawValue, step: 0)
        // A span of nothing would be no deadline.
        let timeout = max(
            program.streams[stream].timeout.sample(key, program.tables),
            SimulatedDuration(nanoseconds: 1))
        let timer = timers.schedule(at: now.advanced(saturatingBy: timeout), subject: call)
        outstanding.insert(
            OutstandingCall(
                key: call, sent: now, job: OutstandingCall.user,
                edge: Int32(program.edgeCount + stream), timer: timer, isOptional: false))
        return program.features.contains(.deadlines) ? timeout.unsigned : 0
    }

    /// Draws when the next user of a stream arrives.
    mutating func scheduleArrival(
        _ index: Int, after now: SimulatedInstant, _ program: ServiceProgram
    ) {
        if program.streams[index].isManaged {
            streams[index].next = .never
        } else {
            let key = DrawKey(
                seed: program.seed, identity: streams[index].number, purpose: .arrival,
                service: program.service.rawValue, step: UInt16(index))
            let amount = program.streams[index].isPoisson ? key.exponential() : 1.0
            streams[index].next =
                program.streams[index].profile.instant(
                    after: now, accumulating: amount, segment: &streams[index].segment) ?? .never
        }
        findNextArrival()
    }

    mutating func findNextArrival() {
        nextArrival = users.count > 0 ? users[0].nextInstant : .never
        for stream in streams.elements { nextArrival = min(nextArrival, stream.next) }
    }

    /// A request reaches the service: it gets a thread, waits for one, or is refused.
    mutating func accept(
        _ request: WaitingRequest, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        counters.arrived += 1
        counters.noteCause(Job.cause(of: request.origin))
        if effects.tracing.isOn { markArrival(of: request, program, &effects) }
        counters.changeInSystem(by: 1, at: request.arrived)
        if !program.features.isDisjoint(with: .onArrival) {
            host(request, at: request.arrived, program, &effects)
            return
        }
        let index = chooseReplica(for: request, program)
        if replicas[index].busyThreads < program.threads {
            replicas[index].requests += 1
            replicas[index].taken += 1
            begin(request, on: index, at: request.arrived, program, &effects)
        } else if replicas[index].waiting < program.queueLimit {
            replicas[index].requests += 1
            replicas[index].taken += 1
            replicas[index].waiting += 1
            admissionQueues[index].append(request)
        } else {
            refuse(request, .rejected, from: index, at: request.arrived, program, &effects)
        }
    }

    /// The replica that the service's own load balancer gives a request to, all being ready.
    mutating func chooseReplica(for request: WaitingRequest, _ program: ServiceProgram) -> Int {
        if replicas.count == 1 { return 0 }
        switch program.balancing {
        case .roundRobin:
            let chosen = turn
            turn = chosen + 1 == replicas.count ? 0 : chosen + 1
            return chosen
        case .random:
            return balancingKey(request, program).index(below: replicas.count)
        case .leastRequests:
            let chosen = nextOfFewest { _ in true } ?? 0
            turn = chosen + 1 == replicas.count ? 0 : chosen + 1
            return chosen
        case .byKey: return shard(for: request, program)
        }
    }

    /// The replica with the fewest requests of those that may be chosen; of several the next in turn, so
    /// that all get their share of a service that has little to do (as nginx and HAProxy do it). O(1) when
    /// most have none.
    @inline(__always)
    func nextOfFewest(where isEligible: (Int) -> Bool) -> Int? {
        var least = Int32.max
        var chosen: Int?
        for step in 0..<replicas.count {
            let place = turn &+ step
            let index = place < replicas.count ? place : place &- replicas.count
            let requests = replicas[index].requests
            guard requests < least, isEligible(index) else { continue }
            least = requests
            chosen = index
            if requests == 0 { break }
        }
        return chosen
    }

    func balancingKey(_ request: WaitingRequest, _ program: ServiceProgram) -> DrawKey {
        DrawKey(
            seed: program.seed, identity: request.call, purpose: .balancing,
            service: program.service.rawValue, step: 0)
    }
}
