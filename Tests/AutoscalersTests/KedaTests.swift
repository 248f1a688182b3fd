import Autoscalers
import Kernel
import Testing

@Suite("KEDA")
struct KedaTests {
    private let now = SimulatedInstant.start + .seconds(1000)

    private func poll(
        _ object: ScaledObject, _ value: Int?, current: Int, lastActive: Int64? = nil
    ) -> ScaledObjectPoll.Outcome {
        ScaledObjectPoll.poll(
            object,
            triggers: [ScaledObjectPoll.Trigger(name: "queue", value: value.map { Quantity($0) })],
            current: current, lastActive: lastActive.map { now - .seconds($0) }, created: .start,
            now: now)
    }

    @Test("The cooldown must be over, not merely reached")
    func cooldown() {
        #expect(poll(ScaledObject(), 0, current: 2, lastActive: 300).replicas == 2)
        #expect(poll(ScaledObject(), 0, current: 2, lastActive: 301).replicas == 0)
        let waiting = poll(ScaledObject(), 0, current: 2, lastActive: 300)
        #expect(waiting.conditions["Active"]?.reason == "ScalerCooldown")
    }

    @Test("From zero to the least size, and never below it")
    func activation() {
        #expect(poll(ScaledObject(), 1, current: 0).replicas == 1)
        let object = ScaledObject(minReplicaCount: 3)
        #expect(poll(object, 1, current: 0).replicas == 3)
        #expect(poll(object, 0, current: 1).replicas == 3)
        #expect(poll(object, 0, current: 9, lastActive: 900).replicas == 9)
        #expect(poll(object, 1, current: 9).lastActive == now)
    }

    @Test("With an idle size it moves between that and the least size")
    func idle() {
        let object = ScaledObject(minReplicaCount: 3, idleReplicaCount: 1)
        #expect(poll(object, 1, current: 1).replicas == 3)
        #expect(poll(object, 0, current: 5, lastActive: 900).replicas == 1)
        #expect(poll(object, 0, current: 1, lastActive: 900).replicas == 1)
    }

    @Test("Annotations pause a direction or all, or force activation")
    func annotations() {
        func annotated(_ name: String, _ value: String = "true") -> ScaledObject {
            ScaledObject(annotations: KedaAnnotations(["autoscaling.keda.sh/" + name: value]))
        }
        #expect(poll(annotated("paused-scale-out"), 1, current: 0).replicas == 0)
        #expect(poll(annotated("paused-scale-in"), 0, current: 4, lastActive: 900).replicas == 4)
        #expect(poll(annotated("paused"), 1, current: 0).replicas == 0)
        #expect(poll(annotated("paused", "false"), 1, current: 0).replicas == 1)
        #expect(poll(annotated("paused-replicas", "7"), 1, current: 0).replicas == 0)
        #expect(annotated("paused-replicas", "7").annotations.pausedReplicas == 7)
        #expect(poll(annotated("force-activation"), 0, current: 0).replicas == 1)
    }

    @Test("A trigger that fails beside an active one leaves the time of activity alone")
    func partialFailure() {
        let triggers = [
            ScaledObjectPoll.Trigger(name: "a", value: Quantity(5)),
            ScaledObjectPoll.Trigger(name: "b", value: nil),
        ]
        let outcome = ScaledObjectPoll.poll(
            ScaledObject(), triggers: triggers, current: 2, lastActive: nil, created: .start,
            now: now)
        #expect(outcome.isActive && !outcome.isLastActiveUpdated)
        #expect(outcome.conditions["Ready"]?.reason == "PartialTriggerError")
    }

    @Test("The HPA of a ScaledObject has its bounds, its metrics by type and its paused direction")
    func horizontal() {
        let cpu = KedaTrigger(type: "cpu", metadata: ["value": "50"], metricType: .utilization)
        let queue = KedaTrigger(type: "rabbitmq", metadata: ["value": "20"])
        let metrics = [
            cpu.resourceMetric,
            queue.quantity("value").map { queue.externalMetric(name: "s0-queue", target: $0) },
        ].compactMap { $0 }
        let spec = ScaledObject(maxReplicaCount: 9).horizontalSpec(metrics: metrics)
        #expect(spec.minReplicas == 1 && spec.maxReplicas == 9 && spec.behavior == nil)
        #expect(spec.metrics.map(\.type) == ["External", "Resource"])
        let paused = ScaledObject(
            minReplicaCount: 2,
            annotations: KedaAnnotations(["autoscaling.keda.sh/paused-scale-in": "yes"]))
        let other = paused.horizontalSpec(metrics: metrics)
        #expect(other.minReplicas == 2 && other.behavior?.scaleDown.selection == .disabled)
        #expect(other.behavior?.scaleUp == .defaultUp)
    }

    @Test("The fallback takes over after more failures than the threshold, and success ends it")
    func fallback() {
        let fallback = MetricFallback(failureThreshold: 2, replicas: 6)
        var health: [String: MetricFallback.Health] = [:]
        func read(_ value: Quantity?) -> MetricFallback.Reading {
            let reading = MetricFallback.read(
                fallback, metric: "m", target: .averageValue(Quantity(10)), value: value,
                health: health, currentReplicas: 3, readyReplicas: 3)
            health = reading.health
            return reading
        }
        #expect(read(nil).value == nil)
        #expect(read(nil).value == nil)
        let third = read(nil)
        #expect(third.value == Quantity(60) && third.isFallbackActive)
        #expect(third.condition?.status == .yes)
        let success = read(Quantity(7))
        #expect(success.value == Quantity(7) && success.health["m"]?.failures == 0)
        #expect(success.condition?.status == .no)
    }

    @Test(
        "Each behaviour of a fallback holds its size",
        arguments: [
            (MetricFallback.Behavior.fixed, 6, 6), (.currentReplicas, 3, 9),
            (.currentReplicasIfHigher, 6, 9), (.currentReplicasIfLower, 3, 6),
        ])
    func behaviours(behavior: MetricFallback.Behavior, atThree: Int, atNine: Int) {
        let fallback = MetricFallback(failureThreshold: 0, replicas: 6, behavior: behavior)
        for (current, size) in [(3, atThree), (9, atNine)] {
            let average = MetricFallback.read(
                fallback, metric: "m", target: .averageValue(Quantity(10)), value: nil,
                health: [:], currentReplicas: current, readyReplicas: 2)
            #expect(average.value == Quantity(10 * size))
            let value = MetricFallback.read(
                fallback, metric: "m", target: .value(Quantity(10)), value: nil, health: [:],
                currentReplicas: current, readyReplicas: 2)
            #expect(value.value == Quantity(milli: Int64(10_000 * size / 2)))
        }
        let none = MetricFallback.read(
            fallback, metric: "m", target: .value(Quantity(10)), value: nil, health: [:],
            currentReplicas: 3, readyReplicas: 0)
        #expect(none.value == nil && !none.isFallbackActive)
    }

    @Test(
        "Strategies of jobs start as many as their rule says",
        arguments: [
            (ScaledJob.Strategy.normal, 7), (.custom(deduction: 2, runningShare: 0.5), 7),
            (.accurate, 9), (.eager, 10),
        ])
    func strategies(strategy: ScaledJob.Strategy, create: Int) {
        // Ten messages, three jobs of which one is pending, room for twenty.
        let job = ScaledJob(maxReplicaCount: 20, strategy: strategy)
        let queue = ScaledJob.Queue(length: Quantity(10), target: Quantity(1))
        #expect(job.decide(queues: [queue], running: 3, pending: 1).create == create)
    }

    @Test("More messages never start fewer jobs, and never more than there is room for")
    func jobBounds() {
        for seed in UInt64(1)...500 {
            var numbers = Numbers(seed: seed)
            let strategies: [ScaledJob.Strategy] = [
                .normal, .custom(deduction: numbers.pick(0...3), runningShare: 0.5), .accurate,
                .eager,
            ]
            let most = numbers.pick(1...30)
            let job = ScaledJob(
                maxReplicaCount: most, strategy: strategies[numbers.pick(0...3)])
            let running = numbers.pick(0...most)
            let pending = numbers.pick(0...running)
            var last = 0
            for length in 0...60 {
                let queue = ScaledJob.Queue(length: Quantity(length), target: Quantity(2))
                let decision = job.decide(queues: [queue], running: running, pending: pending)
                // The first message also makes the trigger's queue longer than nothing.
                #expect(decision.create >= last && decision.create <= most, "seed \(seed)")
                last = decision.create
            }
        }
    }
}
