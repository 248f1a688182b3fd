package import Kernel

/// What Knative's pod autoscaler (KPA) aims at. Defaults are those of `pkg/autoscaler/config/config.go`, Knative
/// Serving 98e5ef90 (August 2026).
package struct KnativeSpec: Hashable, Sendable {
    /// Autoscalers decide this often.
    package static let tick = SimulatedDuration.seconds(2)
    /// Metrics are read, and kept, by the second.
    package static let scrape = SimulatedDuration.seconds(1)

    /// What a pod can take at all: requests at a time, or a second.
    package var total: Double
    /// What a pod is to take, at least 0.01.
    package var target: Double
    package var stableWindow = SimulatedDuration.seconds(60)
    /// Part of the stable window.
    package var panicWindowShare = 0.1
    /// Panic begins where the load of the panic window needs this many times the ready pods.
    package var panicThreshold = 2.0
    package var maxScaleUpRate = 1000.0
    package var maxScaleDownRate = 2.0
    /// Requests at a time that are to find room without warning; negative means any number, 0 none.
    package var targetBurstCapacity = 211.0
    package var scaleDownDelay = SimulatedDuration.zero
    /// Pods to begin with.
    package var initialScale = 1
    /// The least size above zero.
    package var activationScale = 1
    /// Without a route the size may fall at any rate.
    package var isReachable = true
    package var minScale = 0
    /// 0 is no limit.
    package var maxScale = 0
    package var scalesToZero = true
    /// The activator answers for so long before the last pod goes.
    package var scaleToZeroGracePeriod = SimulatedDuration.seconds(30)
    /// The last pod stays for so long without requests.
    package var lastPodRetention = SimulatedDuration.zero

    private init(total: Double, utilization: Double) {
        self.total = total
        target = max(total * utilization, 0.01)
    }

    /// By requests at a time in each pod.
    ///
    /// `limit`: The hard limit of a pod, `containerConcurrency`; without one the soft target of 100.
    package static func concurrency(_ limit: Double? = nil, utilization: Double = 0.7) -> Self {
        Self(total: limit ?? 100, utilization: utilization)
    }

    /// By requests a second to each pod.
    package static func requestsPerSecond(
        _ rate: Double = 200, utilization: Double = 0.7
    ) -> Self {
        Self(total: rate, utilization: utilization)
    }

    /// A whole number of seconds, at least one.
    var panicWindow: SimulatedDuration {
        .seconds(max(1, Int64(saturatingTowardsZero: stableWindow.seconds * panicWindowShare)))
    }
}
