import Autoscalers
import Kernel
import Testing

@Suite("HorizontalPodAutoscaler, rule by rule")
struct HorizontalRuleTests {
    private func shrinking(entry seconds: Int, nanoseconds: Int64 = 0, _ isNewRules: Bool) -> Int? {
        var situation = Situation(
            queue: 20, each: 10, current: 8, behavior: isNewRules ? HorizontalBehavior() : nil)
        situation.memory.recommendations = [
            .init(
                instant: situation.ago(seconds) - SimulatedDuration(nanoseconds: nanoseconds),
                replicas: 8)
        ]
        return situation.decision.desiredReplicas
    }

    @Test("An entry exactly as old as the window counts without a behavior, not with one")
    func windowEdges() {
        #expect(shrinking(entry: 300, false) == 8)
        #expect(shrinking(entry: 300, nanoseconds: 1, false) == 2)
        #expect(shrinking(entry: 299, true) == 8)
        #expect(shrinking(entry: 300, nanoseconds: -1, true) == 8)
        #expect(shrinking(entry: 300, true) == 2)
    }

    @Test("An event exactly as old as a policy's period counts no more")
    func periodEdges() {
        func grown(_ seconds: Int) -> Int? {
            var behavior = HorizontalBehavior()
            behavior.scaleUp.policies = [ScalingRate(.pods, 4, periodSeconds: 60)]
            var situation = Situation(queue: 900, each: 10, current: 10, behavior: behavior)
            situation.memory.scaleUpEvents = [.init(instant: situation.ago(seconds), change: 3)]
            return situation.decision.desiredReplicas
        }
        #expect(grown(59) == 11)
        #expect(grown(60) == 14)
    }

    @Test("Without a behavior a pass may double or reach four; with one, four more or double")
    func growth() {
        for (current, older, newer) in [(1, 4, 5), (2, 4, 6), (3, 6, 7), (10, 20, 20)] {
            #expect(
                Situation(queue: 9000, each: 10, current: current).decision.desiredReplicas
                    == older)
            let situation = Situation(
                queue: 9000, each: 10, current: current, behavior: HorizontalBehavior())
            #expect(situation.decision.desiredReplicas == newer)
        }
    }

    @Test("A controller that starts anew holds the size for a window, then shrinks")
    func restart() {
        var situation = Situation(queue: 20, each: 10, current: 8)
        situation.memory = HorizontalAutoscalerMemory()
        for second in stride(from: Int64(0), through: 300, by: 15) {
            situation.now = .start + .seconds(second)
            let decision = situation.decision
            #expect(decision.desiredReplicas == 8, "at \(second) s")
            situation.memory = decision.memory
        }
        situation.now = .start + .seconds(315)
        #expect(situation.decision.desiredReplicas == 2)
    }

    @Test("The percentage is cut to a whole number before it is compared")
    func wholePercent() {
        // 110.9 % of the target is 110 %, which the tolerance still covers; 111 % is not.
        let spec = HorizontalSpec(
            maxReplicas: 20,
            metrics: [.resource(ResourceMetric(name: "cpu", target: .utilization(100)))])
        #expect(
            Situation(cpu: [1109, 1109, 1109], spec: spec).decision.desiredReplicas == 3)
        #expect(
            Situation(cpu: [1110, 1110, 1110], spec: spec).decision.desiredReplicas == 4)
    }

    @Test("A pod without a sample counts as idle on the way up and as full on the way down")
    func missing() {
        var situation = Situation(cpu: [1000, 1000, 1000, 1000])
        situation.spec.metrics = [
            .resource(ResourceMetric(name: "cpu", target: .utilization(50)))
        ]
        situation.metrics.pods.removeLast()
        // 3000 of 4000 is 75 %: 1.5 times 4.
        #expect(situation.decision.desiredReplicas == 6)
        #expect(situation.decision.metrics[0].groups?.missing == ["pod-3"])
        situation.metrics.pods = situation.metrics.pods.map {
            .init(name: $0.name, timestamp: $0.timestamp, totals: ["cpu": 100])
        }
        // 1300 of 4000 is 32 %: 0.64 times 4.
        #expect(situation.decision.desiredReplicas == 3)
    }

    @Test("A failed metric keeps the size from falling, not from rising")
    func failedMetric() {
        let resource = HorizontalMetric.resource(
            ResourceMetric(name: "memory", target: .utilization(50)))
        var rising = Situation(queue: 80, each: 10, current: 4)
        rising.spec.metrics.append(resource)
        let decision = rising.decision
        #expect(decision.desiredReplicas == 8)
        #expect(decision.failure != nil)
        #expect(decision.conditions["ScalingActive"]?.status == .yes)
        var falling = Situation(queue: 20, each: 10, current: 4)
        falling.spec.metrics.append(resource)
        #expect(falling.decision.desiredReplicas == nil)
        #expect(falling.decision.conditions["ScalingActive"]?.reason == "FailedGetResourceMetric")
        #expect(falling.decision.events.last?.reason == "FailedComputeMetricsReplicas")
    }

    @Test("Events and reasons read as Kubernetes writes them")
    func words() {
        let decision = Situation(cpu: [2000, 2000]).decision
        #expect(
            decision.events == [
                AutoscalerEvent(
                    isWarning: false, reason: "SuccessfulRescale",
                    message: "New size: 4; reason: cpu resource utilization (percentage of "
                        + "request) above target")
            ])
        #expect(
            decision.rescaleReason
                == "cpu resource utilization (percentage of request) above target")
        #expect(
            Situation(queue: 80, each: 10, current: 4).decision.rescaleReason
                == "external metric queue(nil) above target")
        #expect(
            Situation(queue: 20, each: 10, current: 4).decision.rescaleReason
                == "All metrics below target")
        var outside = Situation(queue: 20, each: 10, current: 4)
        outside.spec.maxReplicas = 3
        #expect(
            outside.decision.rescaleReason == "Current number of replicas above Spec.MaxReplicas")
    }

    @Test("Out of bounds, the size jumps at once even where a direction is disabled")
    func jump() {
        var behavior = HorizontalBehavior()
        behavior.scaleDown.selection = .disabled
        var situation = Situation(queue: 20, each: 10, current: 40, behavior: behavior)
        situation.spec.maxReplicas = 30
        let decision = situation.decision
        #expect(decision.desiredReplicas == 30)
        #expect(decision.memory.scaleDownEvents.map(\.change) == [10])
        #expect(decision.metrics.isEmpty)
    }

    @Test("A target that was set to zero by hand stays there")
    func zero() {
        var situation = Situation(queue: 20, each: 10, current: 0)
        #expect(situation.decision.desiredReplicas == 0)
        #expect(situation.decision.conditions["ScalingActive"]?.reason == "ScalingDisabled")
        situation.settings.scalesToZero = true
        situation.spec.minReplicas = 0
        situation.status.set(AutoscalerCondition("ScaledToZero", .yes, "ScaledToZero", ""))
        #expect(situation.decision.desiredReplicas == 2)
    }
}
