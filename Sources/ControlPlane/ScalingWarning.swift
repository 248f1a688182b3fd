import Autoscalers

/// Something about a plan that can be run and is likely a mistake.
package struct ScalingWarning: Hashable, Sendable {
    package var service: Int
    /// A sentence: what, and what to do.
    package var words: String
}

extension ScalingPlan {
    /// Services that a vertical and a horizontal autoscaler change by the same resource: the one changes what the
    /// other takes for its measure.
    package var warnings: [ScalingWarning] {
        services.enumerated().compactMap { index, service in
            guard let vertical = service.vertical, vertical.updateMode != .off,
                let bounds = service.bounds, bounds.least < bounds.most,
                let autoscaler = service.autoscaler
            else { return nil }
            let shared = resources(of: autoscaler).filter {
                $0 == "cpu" ? vertical.controlsCPU : vertical.controlsMemory
            }
            guard let resource = shared.first else { return nil }
            return ScalingWarning(
                service: index,
                words:
                    "\(service.name) is scaled vertically and horizontally by \(resource): requests that "
                    + "change move the utilisation that the other looks at; scale horizontally by "
                    + "requests or concurrency, or set updateMode to Off")
        }
    }

    /// The resources that a service's horizontal autoscaler looks at under the plan's policy.
    private func resources(of autoscaler: ServiceAutoscaler) -> [String] {
        var metrics: [HorizontalMetric] = []
        switch policy.kind {
        case .horizontal: metrics = autoscaler.horizontal.metrics
        case .coordinated(let description) where description.hasFeedback:
            metrics = autoscaler.horizontal.metrics
        case .eventDriven:
            metrics = autoscaler.eventDriven.triggers.compactMap {
                if case .resource(let metric) = $0.source { metric } else { nil }
            }
        default: break
        }
        return metrics.compactMap { metric in
            switch metric {
            case .resource(let resource), .containerResource(let resource):
                ["cpu", "memory"].contains(resource.name) ? resource.name : nil
            default: nil
            }
        }
    }
}
