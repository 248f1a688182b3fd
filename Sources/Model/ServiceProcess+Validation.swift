import Kernel

// What every state of a service satisfies. A state that was read from bytes is checked against it,
// since running one that does not could reach memory that is not its own.
extension ServiceProcess {
    /// Counts are kept below this when read, so that no run overflows them.
    private static let mostEvents: UInt64 = 1 << 62

    /// Whether all parts of the state agree with one another.
    var isConsistent: Bool {
        guard let places = JobPlaces(self) else { return false }
        return hasConsistentCounts(places) && hasConsistentCalls(places)
            && hasConsistentCounters(places) && hasInstantsInOrder
    }

    /// Whether a run of `program` can have led to this state.
    ///
    /// To be asked of a decoded state before it runs; decoding, which does not know the program, has
    /// checked the rest. O(requests in the service).
    package func fits(_ program: ServiceProgram) -> Bool {
        guard let places = JobPlaces(self) else { return false }
        let (slots, _) = jobs.storage
        return replicas.count == program.replicas && streams.count == program.streams.count
            && edges.count == program.edgeCount + program.streams.count
            && slots.indices.allSatisfy { slot in
                places.isFree[slot]
                    || (canAnswer(
                        slots[slot].origin, slots[slot].route, slots[slot].request, program)
                        && program.isPlace(
                            slots[slot].step, isComputing: places.isComputing[slot],
                            isAwaiting: slots[slot].awaited > 0))
            }
            && admissionQueues.elements.allSatisfy { queue in
                queue.elements.allSatisfy {
                    Int($0.endpoint) < program.endpointStarts.count
                        && canAnswer($0.origin, $0.route, $0.request, program)
                }
            }
            && deliveries.unordered.allSatisfy { program.accepts($0) }
            && outstanding.sortedRecords.allSatisfy {
                ($0.job < 0) == (Int($0.edge) >= program.edgeCount)
            }
    }

    /// Whether there is someone to answer: a caller, or a user who has arrived.
    private func canAnswer(
        _ origin: UInt32, _ route: UInt16, _ request: UInt64, _ program: ServiceProgram
    ) -> Bool {
        guard origin & Job.clientOrigin != 0 else { return Int(route) < program.replies.count }
        let stream = Int(origin & ~Job.clientOrigin)
        return stream < streams.count
            && RequestIdentity.number(of: request) < streams[stream].number
    }

    private func hasConsistentCounts(_ places: JobPlaces) -> Bool {
        replicas.indices.contains(turn)
            && replicas.indices.allSatisfy { index in
                let replica = replicas[index]
                let waiting = admissionQueues[index].count
                return Int(replica.waiting) == waiting
                    && Int(replica.requests) == places.jobs[index] + waiting
                    && Int(replica.busyThreads) == places.threads[index]
                    && Int(replica.busyCores) == places.cores[index]
            }
    }

    /// Each job awaits as many calls as are outstanding for it, and each alarm is a call's.
    private func hasConsistentCalls(_ places: JobPlaces) -> Bool {
        let (slots, _) = jobs.storage
        var awaited = slots.map { _ in 0 }
        var timed = 0
        for call in outstanding.sortedRecords {
            guard edges.indices.contains(Int(call.edge)), call.job >= -1 else { return false }
            if call.timer != .none { timed += 1 }
            if call.job < 0 {
                // Users without a time-out are not noted.
                guard call.timer != .none else { return false }
                continue
            }
            guard places.isLive(call.job) else { return false }
            awaited[Int(call.job)] += 1
        }
        return timers.count == timed
            && timers.scheduled.allSatisfy {
                outstanding.record($0.alarm.subject)?.timer == $0.handle
            }
            && slots.indices.allSatisfy {
                places.isFree[$0] || awaited[$0] == Int(slots[$0].awaited)
            }
    }

    private func hasConsistentCounters(_ places: JobPlaces) -> Bool {
        let inside = places.jobs.reduce(0, +) + admissionQueues.elements.reduce(0) { $0 + $1.count }
        let answers = [counters.succeeded, counters.rejected, counters.failed]
        return counters.inSystem == UInt64(inside)
            && ([counters.arrived, eventCount] + answers).allSatisfy { $0 < Self.mostEvents }
            && edges.elements.allSatisfy { edge in
                let answered = [edge.successes, edge.timeouts, edge.rejected, edge.failed]
                return (answered + [edge.requests, edge.lateAnswers]).allSatisfy {
                    $0 < Self.mostEvents
                } && answered.reduce(0, { UInt128($1) + $0 }) <= UInt128(edge.requests)
            }
    }

    private var hasInstantsInOrder: Bool {
        let (slots, _) = jobs.storage
        return nextArrival == streams.elements.reduce(.never) { min($0, $1.next) }
            && streams.elements.allSatisfy {
                $0.next >= .start && $0.number < 1 << 36
                    && (0...Int(Int32.max)).contains($0.segment)
            }
            && counters.areaUntil >= .start && nextCheckpoint >= .start
            && slots.allSatisfy { $0.arrived >= .start }
            && admissionQueues.elements.allSatisfy {
                $0.elements.allSatisfy { $0.arrived >= .start }
            }
            && outstanding.sortedRecords.allSatisfy { $0.sent >= .start }
            && completions.unordered.allSatisfy { $0.instant >= .start }
            && deliveries.unordered.allSatisfy { $0.instant >= .start }
            && timers.scheduled.allSatisfy { $0.alarm.instant >= .start }
    }
}

/// Where the jobs of a service are.
private struct JobPlaces {
    var isFree: [Bool]
    /// Whether the job has a core or waits for one.
    var isComputing: [Bool]
    /// By replica.
    var jobs: [Int]
    var threads: [Int]
    var cores: [Int]

    func isLive(_ slot: Int32) -> Bool {
        slot >= 0 && slot < isFree.count && !isFree[Int(slot)]
    }

    /// `nil` when a job is in no replica, or in two places, or a queue of jobs leads astray.
    init?(_ process: ServiceProcess) {
        let (slots, freeSlots) = process.jobs.storage
        isFree = [Bool](repeating: false, count: slots.count)
        isComputing = isFree
        jobs = [Int](repeating: 0, count: process.replicas.count)
        threads = jobs
        cores = jobs
        for slot in freeSlots {
            guard isLive(slot) else { return nil }
            isFree[Int(slot)] = true
        }
        for (slot, job) in slots.enumerated() where !isFree[slot] {
            guard jobs.indices.contains(Int(job.replica)) else { return nil }
            jobs[Int(job.replica)] += 1
            if job.hasThread { threads[Int(job.replica)] += 1 }
        }
        var isPlaced = isFree
        for completion in process.completions.unordered {
            guard place(completion.job, &isPlaced) else { return nil }
            isComputing[Int(completion.job)] = true
            cores[Int(slots[Int(completion.job)].replica)] += 1
        }
        for (index, replica) in process.replicas.elements.enumerated() {
            for list in [replica.coreQueue, replica.resumeQueue] {
                var last: Int32 = -1
                var slot = list.head
                while slot != -1 {
                    guard place(slot, &isPlaced) else { return nil }
                    let job = slots[Int(slot)]
                    guard Int(job.replica) == index, job.awaited == 0 else { return nil }
                    last = slot
                    slot = job.next
                }
                guard last == list.tail else { return nil }
            }
            var slot = replica.coreQueue.head
            while slot != -1 {
                isComputing[Int(slot)] = true
                slot = slots[Int(slot)].next
            }
        }
    }

    /// Notes that a job is in one place; false if it is in another too or is none.
    private func place(_ slot: Int32, _ isPlaced: inout [Bool]) -> Bool {
        guard isLive(slot), !isPlaced[Int(slot)] else { return false }
        isPlaced[Int(slot)] = true
        return true
    }
}

extension ServiceProgram {
    /// Whether a service with this program can take the message: it comes from who may send it, and
    /// what it names exists. For messages that come from outside the process. O(peers) for answers.
    package func accepts(_ message: Message) -> Bool {
        if message.isResponse {
            return message.origin & 0xEF <= 2
                && configuration.outgoing.contains { $0.target == message.source }
        }
        return message.origin & 0xFF == 0 && Int(message.endpoint) < endpointStarts.count
            && Int(message.route) < replies.count
            && configuration.incoming[Int(message.route)].source == message.source
    }

    /// Whether a job can be at this step.
    fileprivate func isPlace(_ step: Int32, isComputing: Bool, isAwaiting: Bool) -> Bool {
        guard step >= 0, step < steps.count else { return false }
        switch steps[Int(step)].kind {
        case .compute: return !isAwaiting
        case .call, .choose: return !isComputing
        case .finish: return !isComputing && !isAwaiting
        }
    }
}
