import Kernel

// What becomes of the calls of a replica that dies, and of what it has learnt of its callees.
extension ServiceProcess {
    /// Takes the calls of a replica that is about to lose everything out of the lines for their pools,
    /// so that no place that others give up is given to them.
    mutating func leaveLines(of replica: Int, _ program: ServiceProgram) {
        for slot in managedCalls(of: replica)
        where calling[0].calls[slot].phase == .waitsForPool {
            quitLine(slot, policy(of: slot, program))
        }
    }

    /// A replica has died, and those of its calls that requests waited for are over. So are the ones
    /// that were sent and forgotten: nobody makes them again or hears their answers. Its successor
    /// begins with fresh budgets, breakers, pools and views of the callees' replicas.
    mutating func forgetCallees(
        of replica: Int, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        abandonForgottenCalls(of: replica, program)
        guard calling.count > 0 else { return }
        for slot in managedCalls(of: replica) {
            let policy = policy(of: slot, program)
            edges[Int(policy.pointee.edge)].callsAbandoned += 1
            withdraw(slot, policy, at: now, program, &effects)
        }
        calling[0].forget(replica, program)
    }

    /// Those without a policy. O(*n* log *n*) in the calls of the service, if it makes such calls.
    private mutating func abandonForgottenCalls(of replica: Int, _ program: ServiceProgram) {
        guard program.calls.elements.contains(where: { $0.isForgotten && !$0.isManaged }) else {
            return
        }
        let maker = OutstandingCall.forgotten(by: replica)
        for call in outstanding.sortedRecords where call.job == maker {
            _ = outstanding.remove(call.key)
            if call.timer != .none { timers.cancel(call.timer) }
            edges[Int(call.edge)].abandoned += 1
            edges[Int(call.edge)].callsAbandoned += 1
        }
    }

    /// The slots of a replica's calls under a policy, ascending.
    private func managedCalls(of replica: Int) -> [Int32] {
        let (slots, freeSlots) = calling[0].calls.storage
        var isFree = [Bool](repeating: false, count: slots.count)
        for slot in freeSlots { isFree[Int(slot)] = true }
        return slots.indices.filter { !isFree[$0] && Int(slots[$0].replica) == replica }
            .map { Int32($0) }
    }
}
