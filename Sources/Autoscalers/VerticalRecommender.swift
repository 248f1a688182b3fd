package import Kernel

/// What was seen of one pod at a reading.
package struct VerticalSample: Hashable, Sendable {
    package var pod: Int
    /// When the pod was created: another pod of the same number is another pod.
    package var created: SimulatedInstant
    package var instant: SimulatedInstant
    /// Cores, and bytes.
    package var cpu: Double
    package var memory: Double

    package init(
        pod: Int, created: SimulatedInstant, instant: SimulatedInstant, cpu: Double, memory: Double
    ) {
        self.pod = pod
        self.created = created
        self.instant = instant
        self.cpu = cpu
        self.memory = memory
    }
}

/// The history of the pods of one autoscaler, and what follows from it.
///
/// Follows the recommender of Kubernetes' Vertical Pod Autoscaler (pkg/recommender, `logic/estimator.go`,
/// `logic/recommender.go`, `model/container.go`): CPU samples of all pods in one decaying histogram; of memory the peak of each pod
/// in each interval. Percentile, then margin, then confidence, then the least that is recommended, then the
/// spec's bounds.
package struct VerticalRecommender: Hashable, Sendable {
    private let settings: VerticalSettings
    private var cpu: DecayingHistogram
    private var memory: DecayingHistogram
    /// CPU samples taken, and when the first and the last were made.
    private var count = 0
    private var first = SimulatedInstant.start
    private var last = SimulatedInstant.start
    private var pods: [Int: Pod] = [:]

    private struct Pod: Hashable, Sendable {
        var created: SimulatedInstant
        var lastSample: SimulatedInstant?
        /// The end of the interval in which ``peak`` was; `nil` before the first sample.
        var windowEnd: SimulatedInstant?
        var peak = 0.0
    }

    /// A sample of CPU weighs this, a peak of memory one.
    private static let sampleWeight = 0.1
    private static let mostAmount = 1e14

    package init(_ settings: VerticalSettings) {
        self.settings = settings
        cpu = DecayingHistogram(.cpu, halfLife: settings.cpuHalfLife)
        memory = DecayingHistogram(.memory, halfLife: settings.memoryHalfLife)
    }

    /// Takes a sample; one that is not later than the last of its pod is known already.
    package mutating func add(_ sample: VerticalSample) {
        var pod = pods[sample.pod] ?? Pod(created: sample.created)
        if pod.created != sample.created { pod = Pod(created: sample.created) }
        guard pod.lastSample.map({ sample.instant > $0 }) ?? true else { return }
        pod.lastSample = sample.instant
        cpu.add(sample.cpu, weight: Self.sampleWeight, at: sample.instant)
        first = count == 0 ? sample.instant : min(first, sample.instant)
        last = max(last, sample.instant)
        count += 1
        addPeak(sample, &pod)
        pods[sample.pod] = pod
    }

    /// A pod's peak in an interval counts once, as of the interval's end.
    private mutating func addPeak(_ sample: VerticalSample, _ pod: inout Pod) {
        var end = pod.windowEnd ?? sample.instant
        if sample.instant < end {
            guard pod.peak > 0, sample.memory > pod.peak else { return }
            memory.subtract(pod.peak, weight: 1, at: end)
        } else {
            let interval = settings.memoryInterval
            let passed = (sample.instant - end).nanoseconds / interval.nanoseconds
            end = end.advanced(
                saturatingBy: SimulatedDuration(
                    nanoseconds: (passed + 1).multipliedReportingOverflow(by: interval.nanoseconds)
                        .partialValue))
        }
        memory.add(sample.memory, weight: 1, at: end)
        pod.windowEnd = end
        pod.peak = sample.memory
    }

    /// `nil` while there is no sample.
    package func recommendation(_ spec: VerticalSpec) -> VerticalRecommendation? {
        guard count > 0 else { return nil }
        let confidence = min(
            (last - first).seconds / settings.confidenceInterval.seconds,
            Double(count) / (settings.confidenceInterval.seconds / 60))
        // (1 + 0.001 / confidence)⁻² and 1 + 1 / confidence.
        let narrow = 1 + 0.001 / confidence
        let target = estimate(settings.targetPercentile, times: 1)
        let lower = estimate(settings.lowerPercentile, times: 1 / (narrow * narrow))
        let upper = estimate(settings.upperPercentile, times: 1 + 1 / confidence)
        return VerticalRecommendation(
            target: spec.controlled(spec.clamped(target)),
            lower: spec.controlled(spec.clamped(lower)),
            upper: spec.controlled(spec.clamped(upper)), uncapped: spec.controlled(target))
    }

    private func estimate(_ percentile: Double, times factor: Double) -> PodResources {
        // No use at all times an infinite factor is no number, and counts as nothing.
        func amount(_ value: Double) -> Int64 { value > 0 ? Int64(min(value, Self.mostAmount)) : 0 }
        func estimate(_ base: Double, _ least: Int64) -> Int64 {
            let whole = amount(base)
            let withMargin = whole + amount(Double(whole) * settings.margin)
            return max(amount(Double(withMargin) * factor), least)
        }
        return PodResources(
            cpu: estimate(cpu.percentile(percentile) * 1_000, settings.least.cpu),
            memory: estimate(memory.percentile(percentile), settings.least.memory))
    }
}
