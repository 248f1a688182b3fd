import Autoscalers
import Kernel

/// A stream of numbers from a seed (SplitMix64).
struct Numbers {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number of the range, all about equally likely.
    mutating func pick(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    mutating func isOne(in count: Int) -> Bool { pick(1...count) == 1 }
}

/// A deployment and its HorizontalPodAutoscaler at one instant.
struct Situation {
    var spec = HorizontalSpec(maxReplicas: 20)
    var status = ConditionList()
    var settings = HorizontalSettings()
    var current = ScaleObservation(specReplicas: 4)
    var pods: [PodObservation] = []
    var metrics = MetricsObservation()
    var memory = HorizontalAutoscalerMemory(recommendations: [])
    var now = SimulatedInstant.start

    func ago(_ seconds: Int) -> SimulatedInstant { now - .seconds(Int64(seconds)) }

    var decision: HorizontalDecision {
        HorizontalAutoscaler.reconcile(
            spec: spec, status: status, settings: settings, current: current, pods: pods,
            metrics: metrics, memory: memory, now: now)
    }

    /// Ready pods that each request one core and use these thousandths of it.
    init(cpu: [Int64], spec: HorizontalSpec = HorizontalSpec(maxReplicas: 20)) {
        self.spec = spec
        current = ScaleObservation(specReplicas: cpu.count)
        for (index, usage) in cpu.enumerated() {
            let name = "pod-\(index)"
            pods.append(
                PodObservation(
                    name: name,
                    readiness: .init(isReady: true, changed: ago(3590)), started: ago(3600),
                    containers: [.init(name: "main", requests: ["cpu": 1000])]))
            metrics.pods.append(.init(name: name, timestamp: now, totals: ["cpu": usage]))
        }
    }

    /// One external metric per replica.
    init(queue: Int64, each: Int, current: Int, behavior: HorizontalBehavior? = nil) {
        spec = HorizontalSpec(
            maxReplicas: 1000,
            metrics: [
                .external(
                    ExternalMetric(
                        metric: MetricIdentifier(name: "queue"),
                        target: .averageValue(Quantity(each))))
            ], behavior: behavior)
        self.current = ScaleObservation(specReplicas: current)
        metrics.external = [.init(metric: "queue", values: [queue * 1000])]
    }

    /// Anything: pods in all states, several metrics, a past, with or without a behavior.
    init(seed: UInt64) {
        var numbers = Numbers(seed: seed)
        let size = numbers.pick(1...30)
        let bounds = (numbers.pick(1...10), numbers.pick(10...40))
        spec = HorizontalSpec(minReplicas: bounds.0, maxReplicas: bounds.1)
        current = ScaleObservation(specReplicas: size, statusReplicas: numbers.pick(0...size))
        if numbers.isOne(in: 2) { addMetrics(&numbers) }
        for index in 0..<numbers.pick(0...size) { addPod(index, &numbers) }
        if numbers.isOne(in: 2) { addBehavior(&numbers) }
        if numbers.isOne(in: 8) {
            memory.recommendations = nil
        } else {
            for _ in 0..<numbers.pick(0...5) {
                let instant = ago(numbers.pick(0...40) * 15)
                memory.recommendations?.append(
                    .init(instant: instant, replicas: numbers.pick(0...50)))
            }
        }
        for _ in 0..<numbers.pick(0...3) {
            memory.scaleUpEvents.append(
                .init(instant: ago(numbers.pick(0...12) * 15), change: numbers.pick(0...9)))
            memory.scaleDownEvents.append(
                .init(instant: ago(numbers.pick(0...12) * 15), change: numbers.pick(0...9)))
        }
    }

    private mutating func addPod(_ index: Int, _ numbers: inout Numbers) {
        let phases: [PodObservation.Phase] = [.running, .running, .running, .pending, .failed]
        let started = numbers.pick(0...600)
        pods.append(
            PodObservation(
                name: "pod-\(index)", phase: phases[numbers.pick(0...4)],
                isDeleting: numbers.isOne(in: 10),
                readiness: numbers.isOne(in: 12)
                    ? nil
                    : .init(
                        isReady: !numbers.isOne(in: 4), changed: ago(numbers.pick(0...started))),
                started: ago(started),
                containers: [
                    .init(name: "main", requests: ["cpu": Int64(numbers.pick(1...2000))])
                ]))
        guard !numbers.isOne(in: 6) else { return }
        metrics.pods.append(
            .init(
                name: "pod-\(index)", timestamp: ago(numbers.pick(0...60)),
                totals: [
                    "cpu": Int64(numbers.pick(0...4000)), "rate": Int64(numbers.pick(0...90_000)),
                ]))
    }

    private mutating func addMetrics(_ numbers: inout Numbers) {
        spec.metrics = [
            .resource(ResourceMetric(name: "cpu", target: .utilization(numbers.pick(1...150)))),
            .pods(
                PodsMetric(
                    metric: MetricIdentifier(name: "rate"),
                    target: .averageValue(Quantity(numbers.pick(1...50))))),
            .external(
                ExternalMetric(
                    metric: MetricIdentifier(name: "queue"),
                    target: .averageValue(Quantity(numbers.pick(1...50))))),
        ]
        if !numbers.isOne(in: 4) {
            metrics.external = [
                .init(metric: "queue", values: [Int64(numbers.pick(0...900_000))])
            ]
        }
    }

    private mutating func addBehavior(_ numbers: inout Numbers) {
        var behavior = HorizontalBehavior()
        let selections: [ScalingRules.Selection] = [.largest, .smallest, .disabled]
        behavior.scaleUp.selection = selections[numbers.pick(0...2)]
        behavior.scaleDown.selection = selections[numbers.pick(0...2)]
        behavior.scaleUp.stabilizationSeconds = numbers.pick(0...4) * 30
        behavior.scaleDown.policies = [
            ScalingRate(.pods, numbers.pick(0...5), periodSeconds: 60),
            ScalingRate(.percent, numbers.pick(0...100), periodSeconds: 15),
        ]
        spec.behavior = behavior
    }
}
