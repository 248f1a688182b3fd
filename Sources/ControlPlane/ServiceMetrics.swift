package import Kernel
package import Model

/// One pod as a metrics API answers for it.
package struct PodMetrics: Hashable, Sendable {
    package var replica: Int
    /// When the reading was made, and the time that it covers.
    package var timestamp: SimulatedInstant
    package var window: SimulatedDuration
    /// Cores used on average over the window.
    package var cpu: Double
    /// Bytes.
    package var memory: Double
    /// Requests taken a second over the averaging window; requests in it, and waiting, at the reading.
    package var requestRate: Double
    package var inFlight: Double
    package var queue: Double

    var signals: [(kind: SignalKind, value: Double)] {
        [(.requests, requestRate), (.concurrency, inFlight), (.queue, queue)]
    }
}

/// What the metrics pipeline of one service has gathered, and what it answers.
///
/// Readings are kept as they were made; an answer is computed from two of them, as `rate()` does. What
/// was read less than the pipeline's delay ago cannot be seen yet.
package struct ServiceMetrics: Hashable, Sendable {
    struct Reading: Hashable, Sendable {
        var instant: SimulatedInstant
        var seen: ServiceObservation
        /// Pods whose part was lost.
        var lost: [UInt16]
    }

    private var readings: [Reading] = []
    private let description: PipelineDescription
    private let startUp: StartUpLoad

    package init(_ description: PipelineDescription, startUp: StartUpLoad = StartUpLoad()) {
        self.description = description
        self.startUp = startUp
    }

    /// Takes a reading, later than all before.
    package mutating func add(
        _ seen: ServiceObservation, at now: SimulatedInstant, lost: [UInt16] = []
    ) {
        readings.append(Reading(instant: now, seen: seen, lost: lost))
        // One reading at or before the window must stay.
        let horizon = description.window + description.delay + description.scrapePeriod
        while readings.count > 2, now - readings[1].instant >= horizon { readings.removeFirst() }
    }

    /// How many readings can be seen at `now`.
    private func visibleCount(at now: SimulatedInstant) -> Int {
        readings.lastIndex { $0.instant.advanced(saturatingBy: description.delay) <= now }
            .map { $0 + 1 } ?? 0
    }

    /// The latest reading and the one a window before, if both can be seen.
    private func pair(
        at now: SimulatedInstant, window: SimulatedDuration
    ) -> (before: Reading, latest: Reading)? {
        let count = visibleCount(at: now)
        guard count >= 2 else { return nil }
        let latest = readings[count - 1]
        let before =
            readings[..<(count - 1)].last { latest.instant - $0.instant >= window }
            ?? readings[0]
        return (before, latest)
    }

    /// A sum's growth a second over the averaging window; `nil` while there are no two readings.
    package func rate(
        at now: SimulatedInstant, of sum: (ServiceObservation) -> UInt64
    ) -> Double? {
        guard let (before, latest) = pair(at: now, window: description.window) else { return nil }
        let seconds = (latest.instant - before.instant).seconds
        return seconds > 0 ? Double(sum(latest.seen) &- sum(before.seen)) / seconds : nil
    }

    /// As ``rate(at:of:)``, over the last two readings.
    package func freshRate(
        at now: SimulatedInstant, of sum: (ServiceObservation) -> UInt64
    ) -> Double? {
        guard let (before, latest) = pair(at: now, window: description.scrapePeriod) else {
            return nil
        }
        let seconds = (latest.instant - before.instant).seconds
        return seconds > 0 ? Double(sum(latest.seen) &- sum(before.seen)) / seconds : nil
    }

    /// The latest reading that can be seen.
    package func latest(at now: SimulatedInstant) -> ServiceObservation? {
        let count = visibleCount(at: now)
        return count > 0 ? readings[count - 1].seen : nil
    }

    /// Requests in the service, averaged over the readings of the window.
    package func concurrency(at now: SimulatedInstant, window: SimulatedDuration) -> Double? {
        let count = visibleCount(at: now)
        guard count > 0 else { return nil }
        let latest = readings[count - 1].instant
        let recent = readings[..<count].filter { latest - $0.instant < window }
        return recent.reduce(0) { $0 + Double($1.seen.inSystem) } / Double(max(recent.count, 1))
    }

    /// The pods of the latest two readings, as metrics-server has them: a pod that was not in both, or
    /// whose container is another, has no sample yet.
    package func pods(at now: SimulatedInstant) -> [PodMetrics] {
        guard let (before, latest) = pair(at: now, window: description.scrapePeriod) else {
            return []
        }
        let window = latest.instant - before.instant
        return latest.seen.replicas.compactMap { pod in
            guard !latest.lost.contains(pod.replica), !before.lost.contains(pod.replica),
                pod.history.containerStarted != .never,
                let earlier = before.seen.replicas.first(where: { $0.replica == pod.replica }),
                earlier.incarnation == pod.incarnation,
                earlier.history.containerStarted != .never
            else { return nil }
            let used = Double(pod.coreTime &- earlier.coreTime) / 1e9
            let burnt = startUpCoreSeconds(of: pod, from: before.instant, to: latest.instant)
            return PodMetrics(
                replica: Int(pod.replica), timestamp: latest.instant, window: window,
                cpu: (used + burnt) / window.seconds, memory: pod.memory,
                requestRate: requestRate(of: pod, latest.instant),
                inFlight: Double(pod.requests), queue: Double(pod.waiting))
        }
    }

    /// Requests that a pod has taken a second since the reading a window before, or the first that has it.
    private func requestRate(of pod: ReplicaObservation, _ instant: SimulatedInstant) -> Double {
        for reading in readings where instant - reading.instant <= description.window {
            guard reading.instant < instant,
                let earlier = reading.seen.replicas.first(where: { $0.replica == pod.replica }),
                earlier.incarnation == pod.incarnation
            else { continue }
            return Double(pod.taken &- earlier.taken) / (instant - reading.instant).seconds
        }
        return 0
    }

    /// A quantile of the time that successful requests stayed, over the averaging window, in seconds.
    ///
    /// Within a bucket of the histogram it lies on a straight line, as in Prometheus'
    /// `histogram_quantile`. `nil` while there are no two readings, or nothing succeeded.
    package func latencyQuantile(_ quantile: Double, at now: SimulatedInstant) -> Double? {
        guard let (before, latest) = pair(at: now, window: description.window) else { return nil }
        let counts = latest.seen.latencyBuckets.enumerated().map { index, count in
            count
                &- (before.seen.latencyBuckets.indices.contains(index)
                    ? before.seen.latencyBuckets[index] : 0)
        }
        let total = counts.reduce(0, &+)
        guard total > 0 else { return nil }
        let rank = quantile * Double(total)
        var below = 0.0
        for (index, count) in counts.enumerated() where count > 0 {
            if below + Double(count) >= rank {
                let bounds = LatencyBuckets.bounds
                // What lies above the last bound is taken to be there.
                guard index < bounds.count else { return bounds[bounds.count - 1].seconds }
                let lower = index == 0 ? 0 : bounds[index - 1].seconds
                let share = (rank - below) / Double(count)
                return lower + (bounds[index].seconds - lower) * share
            }
            below += Double(count)
        }
        return nil
    }

    /// Whether a pod is one of those that the run began with, whose start was over before.
    private func wasReadyAtFirst(_ pod: ReplicaObservation) -> Bool {
        pod.isReady && pod.history.readinessChanged == .start
    }

    /// What a container that starts burns between two instants.
    private func startUpCoreSeconds(
        of pod: ReplicaObservation, from start: SimulatedInstant, to end: SimulatedInstant
    ) -> Double {
        guard startUp.cpu > 0, pod.history.containerStarted != .never, !wasReadyAtFirst(pod)
        else { return 0 }
        let began = max(pod.history.containerStarted, start)
        let ended = min(pod.history.containerStarted.advanced(saturatingBy: startUp.time), end)
        return ended > began ? (ended - began).seconds * startUp.cpu : 0
    }
}
