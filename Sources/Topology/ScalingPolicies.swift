import ControlPlane
import Kernel

/// The policies that need no description.
enum ScalingPolicies {
    /// By name, in the order in which they are offered.
    static let builtIn: [(name: String, kind: PolicyKind)] = [
        ("none", .hold),
        ("hpa", .horizontal),
        ("keda", .eventDriven),
        ("knative", .knative),
        ("coordinated", .coordinated(CoordinationDescription())),
        (
            "learned",
            .coordinated(
                coordination { $0.graph = .learned(window: .seconds(60), lag: .seconds(60)) })
        ),
        ("critical-path", .coordinated(coordination { $0.criticalPathFirst = true })),
        ("hop-by-hop", .coordinated(coordination { $0.hopDelay = .seconds(15) })),
        (
            "forecast",
            .forecast(
                ForecastDescription(
                    method: .holtWinters(level: 0.5, trend: 0.3, season: 0.1, period: nil),
                    horizon: .seconds(60)))
        ),
        ("oracle", .oracle(lead: .seconds(60))),
        ("external", .external),
    ]

    static var names: [String] { builtIn.map(\.name) }
    static var words: String { names.map { "`\($0)`" }.joined(separator: ", ") }

    private static func coordination(
        _ change: (inout CoordinationDescription) -> Void
    ) -> CoordinationDescription {
        var description = CoordinationDescription()
        change(&description)
        return description
    }
}

extension Choices<ScalingMetric> {
    static var scalingMetric: Self {
        Self([
            ("cpu", .cpu), ("requests", .requests), ("concurrency", .concurrency),
            ("queue", .queue),
        ])
    }
}

extension Choices<NodeScoring> {
    static var nodeScoring: Self {
        Self([("least-allocated", .leastAllocated), ("most-allocated", .mostAllocated)])
    }
}

extension Choices<ClusterAutoscalerDescription.Expander> {
    static var expander: Self {
        Self([
            ("least-waste", .leastWaste), ("most-pods", .mostPods), ("least-nodes", .leastNodes),
            ("price", .price), ("random", .random),
        ])
    }
}
