import Kernel

// Caches: looking up, fetching what is not there, and waiting for another's fetch.
extension ServiceProcess {
    typealias StepPointer = UnsafePointer<ServiceProgram.Step>

    /// Looks the key of the user's request up. After a hit the steps inside are left out.
    ///
    /// With single-flight the first that misses a key goes in, and others that miss it meanwhile wait
    /// until the key is there and then go on as after a hit; each of them counts as a miss. A job that
    /// misses a key that it fetches itself (a cache inside the same cache) goes in.
    ///
    /// - Returns: whether the job goes on at once; else it waits.
    mutating func lookUp(
        _ slot: Int32, _ step: StepPointer, at now: SimulatedInstant, _ program: ServiceProgram
    ) -> Bool {
        let cache = program.data.caches[Int(step.pointee.first)]
        let place = cache.place(of: jobs[slot].replica)
        let key = key(of: slot, in: cache.keyspace, program)
        if data[0].caches[place].lookup(key, at: now) == .hit {
            counters.cacheHits += 1
            jobs[slot].step = step.pointee.other
            return true
        }
        counters.cacheMisses += 1
        if cache.isSingleFlight {
            if let leader = data[0].flights[place].leader(of: key) {
                if leader != slot {
                    data[0].flights[place].join(key, slot)
                    waitForData(slot, at: now, program)
                    return false
                }
            } else {
                _ = data[0].flights[place].lead(key, slot)
                hold(.flight, Int32(place), key, by: slot)
            }
        }
        jobs[slot].step += 1
        return true
    }

    /// The steps inside have succeeded: the key is in the cache, and nobody waits for it any longer.
    mutating func fill(
        _ slot: Int32, _ step: StepPointer, at now: SimulatedInstant, _ program: ServiceProgram
    ) {
        let cache = program.data.caches[Int(step.pointee.first)]
        let place = cache.place(of: jobs[slot].replica)
        let key = key(of: slot, in: cache.keyspace, program)
        data[0].caches[place].insert(key, at: now)
        if data[0].pop(of: slot, takenAt: step.pointee.other) != nil {
            var waiters = data[0].flights[place].finish(key)
            while let job = data[0].flights[place].removeFirst(of: &waiters) {
                jobs[job].step = program.steps[Int(jobs[job].step)].other
                wake(job, at: now)
            }
        }
        jobs[slot].step += 1
    }

    /// Empties a cache, or all, in every replica. Fetches under way go on.
    mutating func flush(_ cache: Int?, _ program: ServiceProgram) {
        for (index, description) in program.data.caches.elements.enumerated()
        where cache == nil || cache == index {
            let count = description.isShared ? 1 : program.replicas
            for place in Int(description.first)..<Int(description.first) + count {
                data[0].caches[place].flush()
            }
        }
    }

    /// Empties the caches that a replica has for itself.
    mutating func forgetCaches(of replica: Int, _ program: ServiceProgram) {
        for description in program.data.caches.elements where !description.isShared {
            data[0].caches[Int(description.first) + replica].flush()
        }
    }

    func key(of slot: Int32, in keyspace: Int32, _ program: ServiceProgram) -> UInt32 {
        program.data.keys.key(of: jobs[slot].request, in: Int(keyspace))
    }

    /// The replica whose shard the request's key is in.
    func shard(for request: WaitingRequest, _ program: ServiceProgram) -> Int {
        let keyspace = program.endpoints[Int(request.endpoint)].keyspace
        guard keyspace >= 0 else { return 0 }
        let key = program.data.keys.key(of: request.request, in: Int(keyspace))
        return KeyDraw.shard(of: key, among: replicas.count)
    }
}
