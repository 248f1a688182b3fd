import Autoscalers
import Kernel
import Testing

@Suite("HorizontalPodAutoscaler, whatever the situation")
struct HorizontalPropertyTests {
    static let seeds = Array(UInt64(1)...2000)

    @Test("The size stays within the bounds, and jumps into them from outside")
    func bounds() {
        for seed in Self.seeds {
            let situation = Situation(seed: seed)
            guard let desired = situation.decision.desiredReplicas else { continue }
            #expect(
                (situation.spec.minReplicas...situation.spec.maxReplicas).contains(desired),
                "seed \(seed)")
        }
    }

    @Test("A decision depends on ages, not on the instant")
    func shift() {
        for seed in Self.seeds {
            var situation = Situation(seed: seed)
            let before = situation.decision
            let shift = SimulatedDuration.seconds(1_000_000)
            situation.now = situation.now + shift
            for index in situation.pods.indices {
                situation.pods[index].started = situation.pods[index].started.map { $0 + shift }
                if let changed = situation.pods[index].readiness?.changed {
                    situation.pods[index].readiness?.changed = changed + shift
                }
            }
            for index in situation.metrics.pods.indices {
                let timestamp = situation.metrics.pods[index].timestamp
                situation.metrics.pods[index].timestamp = timestamp + shift
            }
            situation.memory = situation.memory.shifted(by: shift)
            var after = situation.decision
            after.memory = after.memory.shifted(by: .zero - shift)
            #expect(after == before, "seed \(seed)")
        }
    }

    @Test("A pass without a rescale that is repeated at once decides the same")
    func repetition() {
        for seed in Self.seeds {
            var situation = Situation(seed: seed)
            let first = situation.decision
            guard !first.isRescale else { continue }
            situation.memory = first.memory
            situation.status = first.conditions
            #expect(situation.decision.desiredReplicas == first.desiredReplicas, "seed \(seed)")
        }
    }

    @Test("A rescale is remembered with a behavior, and only with one")
    func events() {
        for seed in Self.seeds {
            let situation = Situation(seed: seed)
            let decision = situation.decision
            let isChanged =
                decision.memory.scaleUpEvents != situation.memory.scaleUpEvents
                || decision.memory.scaleDownEvents != situation.memory.scaleDownEvents
            #expect(isChanged == (decision.isRescale && situation.spec.behavior != nil))
            #expect(decision.events.contains { !$0.isWarning } == decision.isRescale)
        }
    }

    @Test("More load never asks for fewer replicas when all pods are known")
    func monotone() {
        for seed in Self.seeds {
            var numbers = Numbers(seed: seed)
            let count = numbers.pick(1...20)
            let usage = (0..<count).map { _ in Int64(numbers.pick(0...2000)) }
            let spec = HorizontalSpec(
                maxReplicas: 1000,
                metrics: [
                    .resource(
                        ResourceMetric(name: "cpu", target: .utilization(numbers.pick(1...120))))
                ], behavior: numbers.isOne(in: 2) ? HorizontalBehavior() : nil)
            var last = 0
            for percent in stride(from: Int64(0), through: 300, by: 7) {
                let situation = Situation(cpu: usage.map { $0 * percent / 100 }, spec: spec)
                let desired = situation.decision.desiredReplicas ?? -1
                #expect(desired >= last, "seed \(seed), \(percent) %")
                last = desired
            }
        }
    }

    @Test("Extreme amounts and counts stay at the ends of their range")
    func extremes() {
        let values: [Int64] = [.min, -1, 0, 1, .max]
        for usage in values {
            for target in values {
                var situation = Situation(cpu: [usage, usage, .max])
                situation.spec.metrics = [
                    .pods(
                        PodsMetric(
                            metric: MetricIdentifier(name: "cpu"),
                            target: MetricTarget(kind: .averageValue, averageValue: target))),
                    .object(
                        ObjectMetric(
                            object: ObjectReference(apiVersion: "", kind: "Service", name: "a"),
                            metric: MetricIdentifier(name: "m"),
                            target: MetricTarget(kind: .value, value: target))),
                    .external(
                        ExternalMetric(
                            metric: MetricIdentifier(name: "q"),
                            target: MetricTarget(kind: .averageValue, averageValue: target))),
                ]
                situation.metrics.objects = [
                    .init(
                        object: ObjectReference(apiVersion: "", kind: "Service", name: "a"),
                        metric: "m", value: usage)
                ]
                situation.metrics.external = [.init(metric: "q", values: [usage, .max, usage])]
                for metric in situation.decision.metrics {
                    #expect((metric.proposal ?? 0).magnitude <= 1 << 31)
                }
            }
        }
    }
}

extension HorizontalAutoscalerMemory {
    func shifted(by duration: SimulatedDuration) -> Self {
        var memory = self
        memory.recommendations = recommendations?.map {
            .init(instant: $0.instant + duration, replicas: $0.replicas)
        }
        for index in memory.scaleUpEvents.indices {
            memory.scaleUpEvents[index].instant = memory.scaleUpEvents[index].instant + duration
        }
        for index in memory.scaleDownEvents.indices {
            memory.scaleDownEvents[index].instant = memory.scaleDownEvents[index].instant + duration
        }
        return memory
    }
}
