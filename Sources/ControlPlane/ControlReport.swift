package import Autoscalers
package import Kernel

/// Something that the control plane did or found, as `kubectl get events` would list it.
package struct ControlEvent: Hashable, Sendable {
    package var instant: SimulatedInstant
    /// The service it is about; `nil`: a node, or the whole system.
    package var service: Int?
    package var reason: String
    package var message: String

    package init(instant: SimulatedInstant, service: Int?, reason: String, message: String) {
        self.instant = instant
        self.service = service
        self.reason = reason
        self.message = message
    }
}

/// A number of replicas that was wanted from an instant on.
package struct ScalingStep: Hashable, Sendable {
    package var instant: SimulatedInstant
    package var service: Int
    package var desired: Int
}

/// A condition of an autoscaler, a ReplicaSet or a ProvisioningRequest that became another, as `kubectl describe`
/// would show it from then on.
package struct ConditionChange: Hashable, Sendable {
    package var instant: SimulatedInstant
    /// `nil`: of a ProvisioningRequest for no service.
    package var service: Int?
    package var condition: AutoscalerCondition
}

/// What a vertical autoscaler recommends from an instant on.
package struct RecommendationStep: Hashable, Sendable {
    package var instant: SimulatedInstant
    package var service: Int
    package var recommendation: VerticalRecommendation
}

/// What the control plane did in a run.
package struct ControlReport: Hashable, Sendable {
    package var policy: String
    /// Ascending; those of one instant by service. The first of each service is its size at first.
    package var steps: [ScalingStep]
    /// Ascending.
    package var events: [ControlEvent]
    /// Events that are left out, since there were too many.
    package var eventsDropped: Int
    /// Ascending.
    package var conditions: [ConditionChange]
    /// Ascending.
    package var recommendations: [RecommendationStep] = []
    package var nodes: NodeReport?
    package var quotas: [QuotaReport] = []
}

/// What nodes there were.
package struct NodeReport: Hashable, Sendable {
    /// ∫ nodes dt in seconds, those that boot included.
    package var nodeSeconds: Double
    package var mostNodes: Int
    /// ∫ pods that wait for a node dt in seconds.
    package var pendingPodSeconds: Double
}
