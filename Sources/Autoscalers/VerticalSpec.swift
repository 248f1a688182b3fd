package import Kernel

/// What a pod asks for.
package struct PodResources: Hashable, Sendable {
    /// Thousandths of a core.
    package var cpu: Int64
    /// Bytes.
    package var memory: Int64

    package init(cpu: Int64 = 0, memory: Int64 = 0) {
        self.cpu = cpu
        self.memory = memory
    }
}

/// The spec of a VerticalPodAutoscaler (`autoscaling.k8s.io/v1`) for pods with one container.
package struct VerticalSpec: Hashable, Sendable {
    package enum UpdateMode: UInt8, Hashable, Sendable, CaseIterable {
        /// Only recommends.
        case off
        /// New pods get what is recommended.
        case initial
        /// Besides, pods that have something else are evicted.
        case recreate
        /// Besides, pods that have something else are resized; evicted only if that fails.
        case inPlaceOrRecreate
    }

    package var updateMode = UpdateMode.recreate
    /// Whether limits keep their ratio to requests; else they stay as they are (`RequestsOnly`).
    package var controlsLimits = true
    package var controlsCPU = true
    package var controlsMemory = true
    /// Bounds of what is recommended; `nil`: none. `least` <= `most`.
    package var leastCPU: Int64?
    package var mostCPU: Int64?
    package var leastMemory: Int64?
    package var mostMemory: Int64?
    /// Groups with fewer pods are left alone; `nil`: as the updater says.
    package var minReplicas: Int?

    package init() {}

    /// The target of a recommendation within the bounds, with what is not controlled as it is.
    package func target(_ recommendation: VerticalRecommendation, usual: PodResources)
        -> PodResources
    {
        PodResources(
            cpu: controlsCPU ? recommendation.target.cpu : usual.cpu,
            memory: controlsMemory ? recommendation.target.memory : usual.memory)
    }

    /// Without resources that are not controlled.
    func controlled(_ resources: PodResources) -> PodResources {
        PodResources(
            cpu: controlsCPU ? resources.cpu : 0, memory: controlsMemory ? resources.memory : 0)
    }

    func clamped(_ resources: PodResources) -> PodResources {
        func clamp(_ value: Int64, _ least: Int64?, _ most: Int64?) -> Int64 {
            min(max(value, least ?? value), most ?? .max)
        }
        return PodResources(
            cpu: clamp(resources.cpu, leastCPU, mostCPU),
            memory: clamp(resources.memory, leastMemory, mostMemory))
    }
}

/// How the recommender and the updater are set up: their flags, with their defaults.
package struct VerticalSettings: Hashable, Sendable {
    /// How often each looks, > 0.
    package var recommenderInterval = SimulatedDuration.seconds(60)
    package var updaterInterval = SimulatedDuration.seconds(60)
    /// In which the weight of a sample halves, > 0.
    package var cpuHalfLife = SimulatedDuration.seconds(86_400)
    package var memoryHalfLife = SimulatedDuration.seconds(86_400)
    /// History of this length makes bounds twice as wide, > 0.
    package var confidenceInterval = SimulatedDuration.seconds(86_400)
    /// Of a pod's memory the peak in each of these counts, > 0.
    package var memoryInterval = SimulatedDuration.seconds(86_400)
    /// Percentiles of use, 0...1, for CPU and memory.
    package var targetPercentile = 0.9
    package var lowerPercentile = 0.5
    package var upperPercentile = 0.95
    /// Added to use, as a share of it.
    package var margin = 0.15
    /// The least that is ever recommended.
    package var least = PodResources(cpu: 25, memory: 250 << 20)
    /// Groups with fewer pods are left alone.
    package var minReplicas = 2
    /// The share of a group's pods that may be away because of the updater, 0...1.
    package var evictionTolerance = 0.5
    /// Pods within the bounds are changed only by so much or more, as a share,
    package var updateThreshold = 0.1
    /// and only when they are so old.
    package var lifetimeThreshold = SimulatedDuration.seconds(43_200)
    /// A resize that has waited so long for its node is given up, and the pod evicted.
    package var deferredTimeout = SimulatedDuration.seconds(300)
    /// Whether resizes are counted neither against the tolerance nor against ``minReplicas``.
    package var skipsDisruptionBudget = false

    package init() {}
}

/// What the recommender says; resources that are not controlled are zero.
package struct VerticalRecommendation: Hashable, Sendable {
    package var target: PodResources
    /// Pods that ask for less, or more, are changed whatever their age.
    package var lower: PodResources
    package var upper: PodResources
    /// The target before the spec's bounds.
    package var uncapped: PodResources

    package init(
        target: PodResources, lower: PodResources, upper: PodResources, uncapped: PodResources
    ) {
        self.target = target
        self.lower = lower
        self.upper = upper
        self.uncapped = uncapped
    }
}
