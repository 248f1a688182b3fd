package import Kernel

/// What the HPA controller remembers of one autoscaler. A controller that starts anew has forgotten it.
package struct HorizontalAutoscalerMemory: Hashable, Sendable {
    /// A size that metrics asked for, before windows and limits.
    package struct Recommendation: Hashable, Sendable {
        package var instant: SimulatedInstant
        package var replicas: Int

        package init(instant: SimulatedInstant, replicas: Int) {
            self.instant = instant
            self.replicas = replicas
        }
    }

    /// A rescale that was made.
    package struct ScaleEvent: Hashable, Sendable {
        package var instant: SimulatedInstant
        /// By how many replicas, in the direction of the list; not negative.
        package var change: Int

        package init(instant: SimulatedInstant, change: Int) {
            self.instant = instant
            self.change = change
        }
    }

    /// In log order, which is not the order of time once places have been used again. `nil` if the
    /// autoscaler was never seen.
    package var recommendations: [Recommendation]?
    package var scaleUpEvents: [ScaleEvent]
    package var scaleDownEvents: [ScaleEvent]

    /// By default an autoscaler that was never seen.
    package init(
        recommendations: [Recommendation]? = nil, scaleUpEvents: [ScaleEvent] = [],
        scaleDownEvents: [ScaleEvent] = []
    ) {
        self.recommendations = recommendations
        self.scaleUpEvents = scaleUpEvents
        self.scaleDownEvents = scaleDownEvents
    }
}

extension HorizontalAutoscalerMemory {
    /// Writes the log's first entry, the current size, if the autoscaler was never seen.
    mutating func seed(_ replicas: Int, at now: SimulatedInstant) {
        if recommendations == nil {
            recommendations = [Recommendation(instant: now, replicas: replicas)]
        }
    }

    /// The largest recommendation of the window and `desired`, which is then noted.
    ///
    /// An entry exactly as old as the window still counts. Source: `stabilizeRecommendation`.
    mutating func stabilize(
        _ desired: Int, window: SimulatedDuration, at now: SimulatedInstant
    ) -> Int {
        var largest = desired
        var stale: Int?
        for (place, entry) in (recommendations ?? []).enumerated() {
            if entry.instant.age(at: now) > window {
                stale = place
            } else {
                largest = max(largest, entry.replicas)
            }
        }
        note(desired, inPlaceOf: stale, at: now)
        return largest
    }

    /// The current size, brought within the smallest recommendation of the window for scaling up and the
    /// largest of that for scaling down; `desired` counts among both and is then noted.
    ///
    /// An entry exactly as old as a window counts no more. Source: `stabilizeRecommendationWithBehaviors`.
    mutating func stabilize(
        _ desired: Int, current: Int, upWindow: SimulatedDuration, downWindow: SimulatedDuration,
        at now: SimulatedInstant
    ) -> Int {
        var (atLeast, atMost) = (desired, desired)
        var stale: Int?
        for (place, entry) in (recommendations ?? []).enumerated() {
            let age = entry.instant.age(at: now)
            if age < upWindow { atLeast = min(atLeast, entry.replicas) }
            if age < downWindow { atMost = max(atMost, entry.replicas) }
            if age > upWindow, age > downWindow { stale = place }
        }
        note(desired, inPlaceOf: stale, at: now)
        return min(max(current, atLeast), atMost)
    }

    private mutating func note(_ desired: Int, inPlaceOf place: Int?, at now: SimulatedInstant) {
        let entry = Recommendation(instant: now, replicas: desired)
        if let place {
            recommendations?[place] = entry
        } else {
            recommendations = (recommendations ?? []) + [entry]
        }
    }

    /// By how much the size grew within a period, less by how much it shrank.
    func change(within seconds: Int, at now: SimulatedInstant) -> Int {
        let period = SimulatedDuration.seconds(Int64(seconds))
        func sum(_ events: [ScaleEvent]) -> Int {
            events.reduce(0) { $1.instant.age(at: now) < period ? $0 + $1.change : $0 }
        }
        return ReplicaCount.clamped(sum(scaleUpEvents) - sum(scaleDownEvents))
    }

    /// Notes a rescale, in the place of the last event that is older than every policy's period.
    ///
    /// Source: `storeScaleEvent`.
    mutating func noteRescale(
        from current: Int, to desired: Int, _ behavior: HorizontalBehavior,
        at now: SimulatedInstant
    ) {
        let change = abs(desired - current)
        if desired > current {
            Self.note(change, in: &scaleUpEvents, behavior.scaleUp, at: now)
        } else {
            Self.note(change, in: &scaleDownEvents, behavior.scaleDown, at: now)
        }
    }

    private static func note(
        _ change: Int, in events: inout [ScaleEvent], _ rules: ScalingRules,
        at now: SimulatedInstant
    ) {
        let longest = SimulatedDuration.seconds(Int64(rules.longestPeriodSeconds))
        let event = ScaleEvent(instant: now, change: change)
        if let place = events.lastIndex(where: { $0.instant.age(at: now) > longest }) {
            events[place] = event
        } else {
            events.append(event)
        }
    }
}
