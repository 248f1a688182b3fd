/// A KEDA ScaledJob: how many jobs to start for what waits in queues. Jobs are never stopped.
///
/// Follows `RequestJobScale` of `pkg/scaling/executor/scale_jobs.go` and `pkg/scaling/scaledjob/metrics.go`,
/// KEDA at 8b4f083c (August 2026).
package struct ScaledJob: Hashable, Sendable {
    /// How many jobs the running ones stand for.
    package enum Strategy: Hashable, Sendable {
        /// Running jobs still have their message in the queue.
        case normal
        /// Less a fixed number, and less a part of the running jobs.
        case custom(deduction: Int, runningShare: Double)
        /// Running jobs have taken their message off the queue.
        case accurate
        /// Starts as many as may run.
        case eager
    }

    /// What several triggers come to.
    package enum Combination: String, CaseIterable, Hashable, Sendable {
        case max, min, avg, sum
    }

    /// One trigger, as read.
    package struct Queue: Hashable, Sendable {
        package var length: Quantity
        /// Messages a job takes on average.
        package var target: Quantity
        package var isActive: Bool

        package init(length: Quantity, target: Quantity, isActive: Bool = true) {
            self.length = length
            self.target = target
            self.isActive = isActive
        }
    }

    package struct Decision: Hashable, Sendable {
        package var isActive: Bool
        /// Of the triggers together, rounded up.
        package var queueLength: Int
        /// Jobs that the triggers ask for.
        package var maxScale: Int
        /// Jobs that may be started, after the strategy; not negative.
        package var effectiveMaxScale: Int
        /// Jobs that are wanted, after the strategy.
        package var scaleTo: Int
        /// Jobs to start.
        package var create: Int
    }

    private static let defaultMaxReplicaCount = 100

    package var minReplicaCount: Int
    /// `nil` is 100, and is then not lessened by the minimum.
    package var maxReplicaCount: Int?
    package var strategy: Strategy
    package var combination: Combination
    package var pollingInterval: Int
    package var triggers: [KedaTrigger]
    /// `pendingPodConditions`: a job is pending until a pod of it has all of them; if empty, until one runs.
    package var pendingPodConditions: [String]

    package init(
        minReplicaCount: Int = 0, maxReplicaCount: Int? = nil, strategy: Strategy = .normal,
        combination: Combination = .max, pollingInterval: Int = 30, triggers: [KedaTrigger] = [],
        pendingPodConditions: [String] = []
    ) {
        self.minReplicaCount = minReplicaCount
        self.maxReplicaCount = maxReplicaCount
        self.strategy = strategy
        self.combination = combination
        self.pollingInterval = pollingInterval
        self.triggers = triggers
        self.pendingPodConditions = pendingPodConditions
    }

    /// Jobs that always run.
    private var least: Int { min(minReplicaCount, maxReplicaCount ?? minReplicaCount) }

    /// Jobs that may run besides.
    private var room: Int {
        guard let maxReplicaCount else { return Self.defaultMaxReplicaCount }
        return minReplicaCount > maxReplicaCount ? maxReplicaCount : maxReplicaCount - least
    }

    /// Decides. Linear in the queues.
    ///
    /// `running`: Jobs that have not finished, with those that are pending.
    /// `pending`: Those of them without a running pod.
    package func decide(queues: [Queue], running: Int, pending: Int) -> Decision {
        let (active, length, wanted) = combined(queues)
        let isActive = active || least > 0
        let queueLength = clamped(length)
        let maxScale = clamped(Swift.min(wanted, Double(room)))
        var (effective, scaleTo) = (0, queueLength)
        if running < least {
            scaleTo = least - running
            effective = scaleTo
        } else {
            effective = allowed(maxScale, running: running - least, pending: pending)
            if strategy == .eager { scaleTo = room }
        }
        effective = Swift.max(0, effective)
        return Decision(
            isActive: isActive, queueLength: queueLength, maxScale: maxScale,
            effectiveMaxScale: effective, scaleTo: scaleTo,
            create: isActive ? Swift.max(0, Swift.min(scaleTo, effective)) : 0)
    }

    private func allowed(_ maxScale: Int, running: Int, pending: Int) -> Int {
        switch strategy {
        case .normal: maxScale - running
        case .custom(let deduction, let share):
            Swift.min(
                maxScale - deduction - ReplicaCount.towardsZero(Double(running) * share), room)
        case .accurate:
            maxScale + running - pending > room ? room - running : maxScale - pending
        case .eager: Swift.min(room - running - pending, maxScale)
        }
    }

    private func combined(_ queues: [Queue]) -> (isActive: Bool, length: Double, wanted: Double) {
        let active = queues.filter(\.isActive).map { queue in
            let (length, target) = (queue.length.double, queue.target.double)
            return (
                length: length,
                wanted: target == 0 ? 0 : Swift.min(length / target, Double(room))
            )
        }
        var (isActive, length, wanted) = (false, 0.0, 0.0)
        switch combination {
        case .max:
            for queue in active where queue.length > length {
                (isActive, length, wanted) = (true, queue.length, queue.wanted)
            }
        case .min:
            for queue in active where length == 0 || queue.length < length {
                (isActive, length, wanted) = (true, queue.length, queue.wanted)
            }
        case .avg, .sum:
            for queue in active {
                (isActive, length, wanted) = (true, length + queue.length, wanted + queue.wanted)
            }
            if combination == .avg, !active.isEmpty {
                length /= Double(active.count)
                wanted /= Double(active.count)
            }
        }
        return (isActive, length, wanted)
    }

    /// Rounded up, and kept well inside the range in which sums cannot overflow.
    private func clamped(_ value: Double) -> Int {
        Int(Swift.min(Swift.max(Int64(saturatingUp: value), -(1 << 60)), 1 << 60))
    }
}
