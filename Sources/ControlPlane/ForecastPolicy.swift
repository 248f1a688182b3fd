package import Kernel
import Model

/// Scales every service by a forecast of its own load.
package struct ForecastPolicy: ScalingPolicy {
    private var ticker: Ticker
    private var forecasters: [Forecaster]
    private var windows: [ScaleDownWindow]

    package var nextInstant: SimulatedInstant { ticker.next }

    package init(_ description: ForecastDescription, _ plan: ScalingPlan) {
        ticker = Ticker(every: plan.syncPeriod, from: .start + plan.syncPeriod)
        forecasters = plan.services.map { _ in Forecaster(description) }
        windows = plan.services.map { _ in ScaleDownWindow() }
    }

    package mutating func decide(_ view: ControlView) -> PolicyVerdict {
        guard ticker.takeDue(at: view.now) else { return .decisions([]) }
        var decisions: [ScalingDecision] = []
        for (index, service) in view.plan.services.enumerated() {
            guard let bounds = service.bounds,
                let rate = view.metrics[index].freshRate(at: view.now, of: { $0.arrived })
            else { continue }
            let load = forecasters[index].forecast(rate, at: view.now)
            let wanted = service.replicas(carrying: load).map { bounds.clamp($0) }
            decisions.append(
                ScalingDecision(
                    service: index,
                    replicas: wanted.map {
                        windows[index].stabilise($0, at: view.now, window: .seconds(300))
                    },
                    reason: "ForecastLoad", message: "for the load that is expected of its own"))
        }
        return .decisions(decisions)
    }
}

/// Scales all services at once by the users' load as it is going to be: what no autoscaler can know.
package struct OraclePolicy: ScalingPolicy {
    private let lead: SimulatedDuration
    /// Instants at which some stream's rate, now or a lead ahead, is another.
    private var changes: [SimulatedInstant]

    package var nextInstant: SimulatedInstant { changes.first ?? .never }

    package init(lead: SimulatedDuration, _ plan: ScalingPlan) {
        self.lead = lead
        let steps = plan.services.flatMap(\.streams).flatMap(\.steps).map(\.from)
        let early = steps.map { $0 - .start > lead ? $0 - lead : .start }
        changes = Set(steps + early + [.start]).sorted()
    }

    package mutating func decide(_ view: ControlView) -> PolicyVerdict {
        while let first = changes.first, first <= view.now { changes.removeFirst() }
        let until = view.now.advanced(saturatingBy: lead)
        let entering = view.plan.services.map { service in
            service.streams.reduce(0) { $0 + $1.highestRate(from: view.now, to: until) }
        }
        let loads = LoadFlow(view.plan.services.map(\.calls)).loads(entering: entering)
        return .decisions(
            view.plan.services.enumerated().compactMap { index, service in
                guard let bounds = service.bounds,
                    let replicas = service.replicas(carrying: loads[index])
                else { return nil }
                return ScalingDecision(
                    service: index, replicas: bounds.clamp(replicas), reason: "KnownLoad",
                    message: "for the load that is going to come")
            })
    }
}

extension ExpectedStream {
    /// The highest rate in a span of time, its ends included.
    func highestRate(from start: SimulatedInstant, to end: SimulatedInstant) -> Double {
        steps.filter { $0.from > start && $0.from <= end }.reduce(rate(at: start)) {
            max($0, $1.rate)
        }
    }
}
