import Kernel

// Caches, locks, shards, read replicas and users beyond a rate: to come.
extension ServiceProcess {
    typealias StepPointer = UnsafePointer<ServiceProgram.Step>

    mutating func lookUp(
        _ slot: Int32, _ step: StepPointer, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) -> Bool {
        jobs[slot].step += 1
        return true
    }
    mutating func fill(
        _ slot: Int32, _ step: StepPointer, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) -> Bool {
        jobs[slot].step += 1
        return true
    }
    mutating func lock(
        _ slot: Int32, _ step: StepPointer, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) -> Bool {
        jobs[slot].step += 1
        return true
    }
    mutating func unlock(
        _ slot: Int32, _ step: StepPointer, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) -> Bool {
        jobs[slot].step += 1
        return true
    }
    mutating func leaveLock(
        _ slot: Int32, at now: SimulatedInstant, _ program: ServiceProgram
    ) {}
    mutating func releaseHeld(
        by slot: Int32, _ job: Job, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {}
    mutating func replicate(_ job: Job, at now: SimulatedInstant, _ program: ServiceProgram) {}
    mutating func flush(_ cache: Int?, _ program: ServiceProgram) {}
    mutating func forgetCaches(of replica: Int, _ program: ServiceProgram) {}
    func shard(for request: WaitingRequest, _ program: ServiceProgram) -> Int { 0 }
    mutating func answerManagedUser(
        _ job: Job, stream: Int, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {}
}
