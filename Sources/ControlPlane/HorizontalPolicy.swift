package import Kernel

package struct HorizontalPolicy: ScalingPolicy {
    private var ticker: Ticker
    package init(_ plan: ScalingPlan, seed: UInt64, isAligned: Bool) {
        ticker = Ticker(every: plan.syncPeriod, from: .start + plan.syncPeriod)
    }
    package var nextInstant: SimulatedInstant { ticker.next }
    package mutating func decide(_ view: ControlView) -> PolicyVerdict {
        guard ticker.takeDue(at: view.now) else { return .decisions([]) }
        return .decisions(
            proposals(view).sorted { $0.key < $1.key }.map {
                ScalingDecision(service: $0.key, replicas: $0.value, reason: "cpu")
            })
    }
    mutating func proposals(_ view: ControlView) -> [Int: Int] {
        var found: [Int: Int] = [:]
        for (index, service) in view.plan.services.enumerated() where service.bounds != nil {
            let pods = view.metrics[index].pods(at: view.now)
            guard !pods.isEmpty else { continue }
            let use = pods.reduce(0) { $0 + $1.cpu } / Double(pods.count)
            let ratio = use * 1000 / Double(service.cpuRequest) / service.targetUtilisation
            found[index] = service.bounds?.clamp(Int((ratio * Double(pods.count)).rounded(.up)))
        }
        return found
    }
}
package typealias EventDrivenPolicy = HorizontalPolicyAligned
package struct HorizontalPolicyAligned: ScalingPolicy {
    package init(_ plan: ScalingPlan, seed: UInt64) {}
    package var nextInstant: SimulatedInstant { .never }
    package mutating func decide(_ view: ControlView) -> PolicyVerdict { .decisions([]) }
}
package struct KnativePolicy: ScalingPolicy {
    package init(_ plan: ScalingPlan) {}
    package var nextInstant: SimulatedInstant { .never }
    package mutating func decide(_ view: ControlView) -> PolicyVerdict { .decisions([]) }
}
