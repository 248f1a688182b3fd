import Kernel
import Model
import Testing

@Suite("Effects of faults") struct FaultEffectsTests {
    private static let (first, second) = (ServiceID(1), ServiceID(2))

    @Test(
        "Overlapping faults multiply slowness and combine chances of errors, each replica by itself"
    )
    func onReplicas() {
        var run = FaultRun([
            fault(.slow([0, 1], factor: 2), window(1, 4)),
            fault(.slow([1, 2], factor: 3), window(2, 5)),
            fault(.errors([1], probability: 0.5), window(1, 4)),
            fault(.errors([1, 3], probability: 0.2), window(2, 5)),
        ])
        let before = run.effects(at: 0.5)
        #expect(before.onReplicas.allSatisfy { $0 == FaultEffects.OnReplica() })
        let during = run.effects(at: 3)
        #expect(during.onReplicas.map(\.slowness) == [2, 6, 3, 1])
        let errors = during.onReplicas.map(\.errorRate)
        #expect(errors[0] == 0 && abs(errors[1] - 0.6) < 1e-12 && errors[3] == 0.2)
        let after = run.effects(at: 4.5)
        #expect(after.onReplicas.map(\.slowness) == [1, 3, 3, 1])
        #expect(after.onReplicas.map(\.errorRate) == [0, 0.2, 0, 0.2])
        #expect(run.effects(at: 9).onReplicas.allSatisfy { $0.slowness == 1 })
    }

    @Test("A replica is down while any fault holds it down")
    func down() {
        var run = FaultRun([
            fault(.down([0, 1]), window(1, 3)), fault(.down([1]), window(2, 4)),
        ])
        #expect(run.effects(at: 2.5).onReplicas.map(\.isDown) == [true, true, false, false])
        #expect(
            run.effects(at: 3.5).onReplicas.map(\.isDown) == [false, true, false, false])
        #expect(run.effects(at: 4.5).onReplicas.allSatisfy { !$0.isDown })
    }

    @Test("The fewest cores count, never more than there are")
    func cores() {
        var run = FaultRun([
            fault(.cores(3), window(1, 4)), fault(.cores(2), window(2, 3)),
            fault(.cores(100), window(5, 6)),
        ])
        let cores = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5].map { run.effects(at: $0).cores }
        #expect(cores == [8, 3, 2, 3, 8, 8])
    }

    @Test("Losses combine, and messages are lost as often as they say, requests and answers apart")
    func loss() {
        var run = FaultRun([
            fault(.loss(to: [Self.first], probability: 0.5), window(1, 4)),
            fault(.loss(to: [Self.first, Self.second], probability: 0.2), window(2, 5)),
            fault(.loss(to: [Self.second], probability: 1), window(6, 7)),
        ])
        let both = run.effects(at: 3)
        #expect(abs(both.peers[0].loss - 0.6) < 1e-12 && both.peers[1].loss == 0.2)
        #expect(both.peers[0].touchesMessages)
        var lost = (requests: 0, answers: 0, both: 0)
        let count = 20_000
        for call in 1...UInt64(count) {
            let request = both.loses(call: call, isResponse: false, toPeer: 0, run.program)
            let answer = both.loses(call: call, isResponse: true, toPeer: 0, run.program)
            lost.requests += request ? 1 : 0
            lost.answers += answer ? 1 : 0
            lost.both += request && answer ? 1 : 0
        }
        // Four standard deviations are 0.014.
        #expect(abs(Double(lost.requests) / Double(count) - 0.6) < 0.014)
        #expect(abs(Double(lost.answers) / Double(count) - 0.6) < 0.014)
        #expect(abs(Double(lost.both) / Double(count) - 0.36) < 0.014)
        let partition = run.effects(at: 6.5)
        for call in 1...UInt64(1_000) {
            #expect(partition.loses(call: call, isResponse: false, toPeer: 1, run.program))
            #expect(!partition.loses(call: call, isResponse: false, toPeer: 0, run.program))
        }
        #expect(!run.effects(at: 8).peers[1].touchesMessages)
    }

    @Test("Added latencies add up, each with draws of its own")
    func latency() {
        let exponential = Distribution(.exponential(mean: 0.1))
        var run = FaultRun([
            fault(
                .latency(to: [Self.first], added: Distribution(.deterministic(value: 0.05))),
                window(1, 4)),
            fault(
                .latency(to: [Self.first, Self.second], added: exponential), window(2, 4), number: 1
            ),
            fault(.latency(to: [Self.second], added: exponential), window(2, 4), number: 2),
        ])
        func added(_ effects: FaultEffects, _ call: UInt64, _ peer: Int, isResponse: Bool = false)
            -> Double
        {
            effects.addedLatency(call: call, isResponse: isResponse, toPeer: peer, run.program)
                .seconds
        }
        let early = run.effects(at: 1.5)
        #expect(added(early, 1, 0) == 0.05 && added(early, 1, 1) == 0)
        let late = run.effects(at: 3)
        #expect(added(late, 1, 0) == added(late, 1, 0))
        #expect(added(late, 1, 0) != added(late, 1, 0, isResponse: true))
        var sums = (0.0, 0.0)
        for call in 1...UInt64(10_000) {
            sums.0 += added(late, call, 0)
            sums.1 += added(late, call, 1)
        }
        // Means of 0.15 and 0.2, four standard errors of 0.001 and 0.0014.
        #expect(abs(sums.0 / 10_000 - 0.15) < 0.004)
        #expect(abs(sums.1 / 10_000 - 0.2) < 0.006)
    }

    @Test("Of several policies the last in the file holds, for its callee alone")
    func policy() {
        func retrying(_ attempts: Int) -> CallPolicy {
            var policy = CallPolicy()
            policy.retry = RetryPolicy(attempts: attempts)
            return policy
        }
        var run = FaultRun([
            fault(.policy(to: Self.second, retrying(3), timeout: .seconds(1)), window(1, 5)),
            fault(.policy(to: Self.second, retrying(4), timeout: nil), window(2, 4)),
        ])
        func attempts(_ second: Double) -> Int? {
            run.effects(at: second).policy(forPeer: 1, run.program)?.policy.retry?.attempts
        }
        #expect(attempts(0.5) == nil)
        #expect(attempts(1.5) == 3)
        #expect(attempts(3) == 4)
        #expect(run.effects(at: 3).policy(forPeer: 0, run.program) == nil)
        #expect(attempts(4.5) == 3)
        #expect(attempts(6) == nil)
    }
}

extension FaultEffects {
    fileprivate var onReplicas: [OnReplica] { replicas.indices.map { replicas[$0] } }
}
