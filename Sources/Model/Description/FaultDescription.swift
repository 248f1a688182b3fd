package import Kernel

/// Something that goes wrong (or is changed) while the run goes on.
package struct FaultDescription: Hashable, Sendable {
    package var name: String
    package var effect: FaultEffect
    package var schedule: FaultSchedule
    package init(name: String, effect: FaultEffect, schedule: FaultSchedule) {
        self.name = name
        self.effect = effect
        self.schedule = schedule
    }
}

package enum FaultSchedule: Hashable, Sendable {
    /// From an instant until another; `nil`: until the end.
    case window(from: SimulatedInstant, until: SimulatedInstant?)
    /// Again and again: a wait, then the fault for a while, drawn by (seed, fault, occurrence).
    case random(wait: Distribution, lasting: Distribution)
    /// Once the condition has held for `holding`, for `lasting` (`nil`: until the end); again after
    /// that.
    case condition(FaultCondition, holding: SimulatedDuration, lasting: SimulatedDuration?)
}

/// A condition on the service that the fault hits, looked at every 100 ms.
package struct FaultCondition: Hashable, Sendable {
    package enum Metric: UInt8, Hashable, Sendable, CaseIterable {
        /// Requests that wait for a thread, all replicas together.
        case queue
        /// Requests admitted or waiting, all replicas together.
        case requests
        /// Share of the cores in use now, in 0...1: of the replicas that run, as many as faults leave them.
        case utilisation
        /// Replicas that are ready.
        case readyReplicas
    }
    package var metric: Metric
    /// Whether the metric must be above the bound, or else below it.
    package var isAbove: Bool
    package var bound: Double
    package init(metric: Metric, isAbove: Bool, bound: Double) {
        self.metric = metric
        self.isAbove = isAbove
        self.bound = bound
    }
}

package enum FaultEffect: Hashable, Sendable {
    /// Replicas die at once with all they were doing; they start again as their life cycle says.
    case kill(ServiceID, ReplicaSelection)
    /// Replicas are told to stop and start again, within their grace period.
    case restart(ServiceID, ReplicaSelection)
    /// Replicas are down for as long as the fault lasts (a node or zone that is gone).
    case down([ServiceID], ReplicaSelection)
    /// Compute steps take `factor` times as long, > 0.
    case slow(ServiceID, ReplicaSelection, factor: Double)
    /// Requests fail at once with this probability.
    case errors(ServiceID, ReplicaSelection, probability: Double)
    /// Calls and answers between the services (both ways) take longer by a draw.
    case latency(from: ServiceID, to: ServiceID, added: Distribution)
    /// Messages between the services (both ways) are lost with this probability.
    case loss(from: ServiceID, to: ServiceID, probability: Double)
    /// No message passes between the two sets.
    case partition([ServiceID], [ServiceID])
    /// Caches are emptied; `nil` all of the service.
    case flush(ServiceID, cache: Int?)
    /// Each replica has this many cores, >= 0.
    case cores(ServiceID, Int)
    /// Calls of the first service to the second follow another policy; a `nil` time-out leaves those
    /// of the calls.
    case policy(from: ServiceID, to: ServiceID, CallPolicy, timeout: SimulatedDuration?)
}

package enum ReplicaSelection: Hashable, Sendable {
    case all
    /// The first so many.
    case count(Int)
    /// This share of them, rounded, at least one; the first ones.
    case share(Double)
    /// Those of one zone: replica r is in zone r mod `zones`.
    case zone(Int, of: Int)
    case list([Int])
}
