package import ControlPlane
import Kernel
import Model
import Wire

// Instants at which the control plane acts. Everything before such an instant is final: workers tell
// what there is to be seen, the control plane decides, and its orders are the first events of the
// instant.
extension CoordinatorMachine {
    /// Goes on with the simulation up to the next instant at which the control plane acts.
    mutating func resume(at wallTime: UInt64) {
        board.barrier = control?.nextInstant ?? .never
        phase = .running
        advance(at: wallTime)
    }

    /// Asks all workers what there is to be seen.
    mutating func observe() {
        phase = .observing
        board.committed = board.bound
        observations = Array(
            repeating: ServiceObservation(), count: workers.reduce(0) { $0 + $1.services.count })
        controlledCount = workers.count
        let question = Control(
            instant: board.bound, wantsLatencies: control?.wantsLatencies ?? false)
        for worker in workers.indices { send(question.encoded(), to: worker) }
    }

    mutating func acceptControlled(
        from worker: Int, _ reader: inout ByteReader, at wallTime: UInt64
    ) throws {
        let answer = try Controlled(from: &reader)
        try reader.finish()
        guard answer.next >= board.bound else {
            throw WireError("left events behind that it was to execute")
        }
        board.next[worker] = answer.next
        controlledCount -= 1
        if phase == .observing {
            guard answer.observations.count == workers[worker].services.count else {
                throw WireError("told of \(answer.observations.count) services")
            }
            for (service, seen) in zip(workers[worker].services, answer.observations) {
                observations[service.index] = seen
            }
            guard controlledCount == 0, var plane = control else { return }
            let step = plane.act(at: board.bound, seeing: observations)
            control = plane
            follow(step, at: wallTime)
        } else if controlledCount == 0 {
            resume(at: wallTime)
        }
    }

    /// What the policy outside says to ``question``.
    ///
    /// - Throws: ``PolicyError`` with what is wrong with it; the run cannot go on after that.
    package mutating func answer(_ answer: PolicyAnswer, at wallTime: UInt64) throws(PolicyError) {
        guard phase == .asking, var plane = control else {
            throw PolicyError("an answer to no question")
        }
        question = nil
        let step = try plane.answer(answer)
        control = plane
        follow(step, at: wallTime)
    }

    private mutating func follow(_ step: ControlStep, at wallTime: UInt64) {
        switch step {
        case .question(let question):
            self.question = question
            phase = .asking
        case .orders(let orders):
            phase = .ordering
            for (worker, plan) in workers.enumerated() {
                let own = orders.flatMap { order in
                    plan.services.firstIndex(of: order.service).map {
                        [(position: $0, order.orders)]
                    }
                        ?? []
                }
                if own.isEmpty { continue }
                controlledCount += 1
                send(Control(instant: board.bound, orders: own).encoded(), to: worker)
            }
            if controlledCount == 0 { resume(at: wallTime) }
        }
    }
}
