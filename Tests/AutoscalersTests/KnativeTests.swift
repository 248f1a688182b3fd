import Autoscalers
import Kernel
import Testing

@Suite("Knative's pod autoscaler")
struct KnativeTests {
    private func instant(_ second: Int64) -> SimulatedInstant { .start + .seconds(second) }

    /// Feeds a load second by second and takes the decision of every second one.
    private func run(
        _ autoscaler: inout KnativeAutoscaler, seconds: ClosedRange<Int64>, ready: Int,
        load: (Int64) -> Double
    ) -> [KnativeAutoscaler.Decision] {
        var decisions: [KnativeAutoscaler.Decision] = []
        for second in seconds {
            autoscaler.record(load(second), at: instant(second))
            if second % 2 == 0, let made = autoscaler.decide(ready: ready, now: instant(second)) {
                decisions.append(made)
            }
        }
        return decisions
    }

    @Test("Defaults are those of Knative")
    func defaults() {
        let spec = KnativeSpec.concurrency()
        #expect(spec.total == 100 && spec.target == 70)
        #expect(KnativeSpec.concurrency(10).target == 7)
        #expect(KnativeSpec.requestsPerSecond().target == 140)
        #expect(spec.stableWindow == .seconds(60) && spec.panicThreshold == 2)
        #expect(spec.maxScaleUpRate == 1000 && spec.maxScaleDownRate == 2)
        #expect(spec.targetBurstCapacity == 211 && spec.scaleToZeroGracePeriod == .seconds(30))
    }

    @Test("No data, no decision")
    func noData() {
        var autoscaler = KnativeAutoscaler(.concurrency(), ready: 1, now: instant(0))
        #expect(autoscaler.decide(ready: 1, now: instant(2)) == nil)
    }

    @Test("A steady load takes as many pods as targets fit into it")
    func steady() {
        for (load, size) in [(70.0, 1), (70.5, 2), (139, 2), (700, 10)] {
            var autoscaler = KnativeAutoscaler(.concurrency(), ready: 1, now: instant(0))
            let decisions = run(&autoscaler, seconds: 0...60, ready: size) { _ in load }
            #expect(decisions.last?.desired == size)
        }
    }

    @Test(
        "Twice what the pods can take is panic; the size then follows six seconds, and never falls")
    func panic() {
        var autoscaler = KnativeAutoscaler(.concurrency(), ready: 1, now: instant(0))
        let calm = run(&autoscaler, seconds: 0...60, ready: 2) { _ in 140 }
        #expect(calm.allSatisfy { !$0.isPanicking && $0.desired == 2 })
        // Four times the load: two seconds of it bring the average of six to 280, twice the target of two.
        let storm = run(&autoscaler, seconds: 61...66, ready: 2) { _ in 560 }
        #expect(storm.map(\.isPanicking) == [true, true, true])
        #expect(storm.last?.desired == 8)
        // All of it ready: the load needs 8 pods, so the panic is over its threshold no more.
        let after = run(&autoscaler, seconds: 67...128, ready: 8) { _ in 14 }
        #expect(after.dropLast().allSatisfy { $0.desired == 8 })
        #expect(after.filter(\.isPanicking).count >= 29)
        // The stable window has passed since the last breach; the size may halve.
        #expect(after.last?.isPanicking == false && after.last?.desired == 4)
    }

    @Test("A size changes by the rates at most, and by one at least")
    func rates() {
        var slow = KnativeSpec.concurrency(1, utilization: 1)
        slow.maxScaleUpRate = 1.1
        var autoscaler = KnativeAutoscaler(slow, ready: 1, now: instant(0))
        // 1.1 times 2 is rounded up to 3.
        #expect(run(&autoscaler, seconds: 0...10, ready: 2) { _ in 30 }.last?.desired == 3)
        var falling = KnativeAutoscaler(.concurrency(), ready: 1, now: instant(0))
        #expect(run(&falling, seconds: 0...60, ready: 9) { _ in 1 }.last?.desired == 4)
        var unreachable = KnativeSpec.concurrency()
        unreachable.isReachable = false
        var free = KnativeAutoscaler(unreachable, ready: 1, now: instant(0))
        #expect(run(&free, seconds: 0...60, ready: 9) { _ in 1 }.last?.desired == 1)
    }

    @Test("An autoscaler that is made over several pods begins in panic and holds them")
    func restart() {
        var autoscaler = KnativeAutoscaler(.concurrency(), ready: 6, now: instant(0))
        let decisions = run(&autoscaler, seconds: 0...60, ready: 6) { _ in 1 }
        #expect(decisions.allSatisfy { $0.isPanicking && $0.desired == 6 })
        let later = run(&autoscaler, seconds: 61...62, ready: 6) { _ in 1 }
        #expect(later.last?.isPanicking == false && later.last?.desired == 3)
    }

    @Test("A delay keeps the largest size of its time")
    func delay() {
        var spec = KnativeSpec.concurrency()
        spec.stableWindow = .seconds(6)
        spec.scaleDownDelay = .seconds(20)
        var autoscaler = KnativeAutoscaler(spec, ready: 1, now: instant(0))
        _ = run(&autoscaler, seconds: 0...10, ready: 4) { _ in 280 }
        let falling = run(&autoscaler, seconds: 11...40, ready: 4) { _ in 70 }
        // The load of the window still needs four pods at 10 s, and two from 16 s on.
        #expect(falling.map(\.desired).prefix(9).allSatisfy { $0 == 4 })
        #expect(falling.last?.desired == 2)
    }

    @Test("Too little room for a burst puts the activator into the path")
    func burst() {
        for (capacity, ready, excess) in [(211.0, 2, -21), (211, 3, 79), (0, 1, 0), (-1, 9, -1)] {
            var spec = KnativeSpec.concurrency()
            spec.targetBurstCapacity = capacity
            var autoscaler = KnativeAutoscaler(spec, ready: 1, now: instant(0))
            let last = run(&autoscaler, seconds: 0...60, ready: ready) { _ in 10 }.last
            #expect(last?.excessBurstCapacity == excess)
        }
    }

    @Test("To zero: a stable window active, then 30 s behind the activator; back at once")
    func toZero() {
        let spec = KnativeSpec.concurrency()
        var activation = KnativeActivation(now: instant(0))
        func step(_ second: Int64, desired: Int?, current: Int, ready: Int)
            -> KnativeActivation.Outcome
        {
            activation.scale(
                spec, desired: desired, excessBurstCapacity: 5, current: current, ready: ready,
                now: instant(second))
        }
        #expect(step(0, desired: nil, current: 0, ready: 0).replicas == 1)
        #expect(step(4, desired: 1, current: 1, ready: 1).phase == .active)
        #expect(step(10, desired: 0, current: 1, ready: 1).replicas == 1)
        #expect(step(62, desired: 0, current: 1, ready: 1).phase == .active)
        let marked = step(64, desired: 0, current: 1, ready: 1)
        #expect(marked.phase == .inactive && marked.replicas == 1 && marked.usesActivator)
        #expect(step(92, desired: 0, current: 1, ready: 1).replicas == 1)
        #expect(step(94, desired: 0, current: 1, ready: 1).replicas == 0)
        let held = step(200, desired: nil, current: 0, ready: 0)
        #expect(held.replicas == 0 && held.usesActivator)
        let woken = step(202, desired: 3, current: 0, ready: 0)
        #expect(woken.replicas == 3 && woken.phase == .activating && !woken.usesActivator)
    }

    @Test("Bounds, retention of the last pod, and zero switched off")
    func bounds() {
        func last(_ change: (inout KnativeSpec) -> Void) -> [Int] {
            var spec = KnativeSpec.concurrency()
            change(&spec)
            var activation = KnativeActivation(now: instant(0))
            var current = 1
            return stride(from: Int64(0), through: 200, by: 20).map { second in
                current =
                    activation.scale(
                        spec, desired: second == 0 ? 9 : 0, excessBurstCapacity: 0,
                        current: current, ready: current, now: instant(second)
                    ).replicas
                return current
            }
        }
        #expect(last { _ in } == [9, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
        #expect(last { $0.maxScale = 4 }.first == 4)
        #expect(last { $0.minScale = 2 }.last == 2)
        #expect(last { $0.scalesToZero = false }.last == 1)
        #expect(last { $0.lastPodRetention = .seconds(120) }.last == 0)
        #expect(last { $0.lastPodRetention = .seconds(160) }.last == 1)
    }
}
