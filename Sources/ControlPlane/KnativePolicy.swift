import Autoscalers
package import Kernel
import Model

/// Every service's own Knative revision: stable and panic window, and the way to zero and back.
///
/// Knative does not use the metrics pipeline: it reads the proxies beside the containers, and the activator,
/// every second.
package struct KnativePolicy: ScalingPolicy {
    private var reads: Ticker
    private var ticks: Ticker
    private var revisions: [Revision?]

    private struct Revision: Sendable {
        var autoscaler: KnativeAutoscaler
        var activation: KnativeActivation
        /// As of the last read: ∫ requests dt in nanoseconds, and requests that had arrived.
        var area: UInt64 = 0
        var arrived: UInt64 = 0
    }

    package init(_ plan: ScalingPlan) {
        reads = Ticker(every: KnativeSpec.scrape, from: .start + KnativeSpec.scrape)
        ticks = Ticker(every: KnativeSpec.tick, from: .start + KnativeSpec.tick)
        revisions = plan.services.map { service in
            service.autoscaler.map { autoscaler in
                Revision(
                    autoscaler: KnativeAutoscaler(
                        autoscaler.knative, ready: service.initialReplicas, now: .start),
                    activation: KnativeActivation(now: .start))
            }
        }
    }

    package var nextInstant: SimulatedInstant { min(reads.next, ticks.next) }

    package mutating func decide(_ view: ControlView) -> PolicyVerdict {
        if reads.takeDue(at: view.now) { read(view) }
        guard ticks.takeDue(at: view.now) else { return .decisions([]) }
        var decisions: [ScalingDecision] = []
        for service in revisions.indices {
            guard var revision = revisions[service],
                let spec = view.plan.services[service].autoscaler?.knative
            else { continue }
            let ready = view.readyPods(service)
            let decided = revision.autoscaler.decide(ready: ready, now: view.now)
            let outcome = revision.activation.scale(
                spec, desired: decided?.desired,
                excessBurstCapacity: decided?.excessBurstCapacity ?? 0,
                current: view.desired[service], ready: ready, now: view.now)
            revisions[service] = revision
            decisions.append(
                ScalingDecision(
                    service: service, replicas: outcome.replicas,
                    reason: decided?.isPanicking == true ? "Panic" : "Stable",
                    message: decided.map { "\($0.isPanicking ? "panic" : "stable") window" }
                        ?? "no data"))
        }
        return .decisions(decisions)
    }

    private mutating func read(_ view: ControlView) {
        for service in revisions.indices {
            guard var revision = revisions[service],
                let autoscaler = view.plan.services[service].autoscaler
            else { continue }
            let seen = view.seen[service]
            let value =
                autoscaler.knativeSignal == .requests
                ? Double(seen.arrived &- revision.arrived)
                : Double(seen.inSystemArea &- revision.area) / 1e9
            revision.autoscaler.record(value, at: view.now - .milliseconds(1))
            revision.area = seen.inSystemArea
            revision.arrived = seen.arrived
            revisions[service] = revision
        }
    }
}
