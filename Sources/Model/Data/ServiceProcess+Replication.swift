import Kernel

// Writes on their way from the primary to the read replicas.
extension ServiceProcess {
    /// A request that has ended well on the primary has changed data: the read replicas follow.
    mutating func replicate(_ job: Job, at now: SimulatedInstant, _ program: ServiceProgram) {
        guard let replication = program.data.replication else { return }
        if job.origin & Job.applyOrigin != 0 {
            data[0].replication[0].applied(
                ReplicationState.Apply(
                    instant: now, number: job.request >> 32, replica: UInt32(job.replica),
                    key: UInt32(truncatingIfNeeded: job.request)))
            return
        }
        let last = program.steps[Int(job.step)]
        guard job.outcome == .success, job.replica == 0, last.kind == .finish,
            program.endpoints[Int(last.first)].isWrite
        else { return }
        data[0].replication[0].write(
            replicatedKey(of: job.request, endpoint: Int(last.first), program),
            by: job.call, at: now, lag: replication.lag, program.tables, seed: program.seed,
            service: program.service)
    }

    /// The key that a request reads or writes, if it is one of those that stale reads are told by.
    private func replicatedKey(
        of request: UInt64, endpoint: Int, _ program: ServiceProgram
    ) -> UInt32 {
        guard let replication = program.data.replication, replication.keyspace >= 0 else {
            return ReplicationState.noKey
        }
        let own = program.endpoints[endpoint].keyspace
        guard own < 0 || own == replication.keyspace else { return ReplicationState.noKey }
        return program.data.keys.key(of: request, in: Int(replication.keyspace))
    }

    /// A request begins: does it read what its replica does not have yet?
    @inline(never)
    mutating func noteRead(_ request: WaitingRequest, on replica: Int, _ program: ServiceProgram) {
        let endpoint = Int(request.endpoint)
        guard replica > 0, endpoint < program.probeEndpoint,
            !program.endpoints[endpoint].isWrite
        else { return }
        let key = replicatedKey(of: request.request, endpoint: endpoint, program)
        if key != ReplicationState.noKey, data[0].replication[0].isStale(key, on: replica) {
            counters.staleReads += 1
        }
    }

    /// A write reaches a read replica. Applying it needs a core, but no thread of those that serve.
    mutating func applyWrite(
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let apply = data[0].replication[0].takeNext()
        let replica = Int(apply.replica)
        let call = CallIdentity.child(
            of: CallIdentity.root(
                RequestIdentity.make(service: program.service, stream: 255, number: apply.number)),
            step: UInt16(truncatingIfNeeded: replica), branch: .max)
        note(
            .replication, detail: 0, at: now, call: call, request: apply.number, program, &effects)
        let endpoint = program.data.replication?.endpoint ?? -1
        guard endpoint >= 0, isServing(replica) else {
            data[0].replication[0].applied(apply)
            return
        }
        counters.probes += 1
        counters.changeInSystem(by: 1, at: now)
        replicas[replica].requests += 1
        noteRequests(of: replica, at: now, program)
        var job = Job(
            WaitingRequest(
                call: call, request: apply.number << 32 | UInt64(apply.key), arrived: now,
                origin: Job.applyOrigin, endpoint: UInt16(endpoint), route: 0),
            step: program.endpoints[Int(endpoint)].firstStep, replica: replica, at: now)
        job.hasThread = false
        proceed(jobs.insert(job), at: now, program, &effects)
    }

    private func isServing(_ replica: Int) -> Bool {
        hosting.count == 0 || hosting[0].lives.count == 0 || hosting[0].lives[replica].takesRequests
    }

    /// A replica has died: it will start again from a fresh copy of the data.
    mutating func forgetWrites(of replica: Int) {
        if data.count > 0, data[0].replication.count > 0, replica > 0 {
            data[0].replication[0].forget(replica: replica)
        }
    }
}
