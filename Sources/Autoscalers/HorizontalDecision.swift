/// A condition in the status of an autoscaler.
package struct AutoscalerCondition: Hashable, Sendable {
    package enum Status: String, CaseIterable, Hashable, Sendable {
        case yes = "True"
        case no = "False"
        case unknown = "Unknown"
    }

    package var type: String
    package var status: Status
    package var reason: String
    package var message: String

    package init(_ type: String, _ status: Status, _ reason: String, _ message: String) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
    }
}

/// A list of conditions with one of each type, in the order in which they were first set.
package struct ConditionList: Hashable, Sendable {
    package private(set) var all: [AutoscalerCondition]

    package init(_ conditions: [AutoscalerCondition] = []) {
        all = []
        for condition in conditions { set(condition) }
    }

    package subscript(type: String) -> AutoscalerCondition? { all.first { $0.type == type } }

    package mutating func set(_ condition: AutoscalerCondition) {
        if let place = all.firstIndex(where: { $0.type == condition.type }) {
            all[place] = condition
        } else {
            all.append(condition)
        }
    }

    mutating func remove(_ type: String) { all.removeAll { $0.type == type } }
}

/// An event as `kubectl describe` lists it.
package struct AutoscalerEvent: Hashable, Sendable {
    package var isWarning: Bool
    package var reason: String
    package var message: String

    package init(isWarning: Bool, reason: String, message: String) {
        self.isWarning = isWarning
        self.reason = reason
        self.message = message
    }
}

/// How a per-pod metric sorts the target's pods. Names are sorted.
package struct PodGroups: Hashable, Sendable {
    /// How many pods count with what they use.
    package var ready = 0
    /// They have used nothing if the rest asks for more, and are left out otherwise.
    package var unready: [String] = []
    /// No sample: nothing if the rest asks for more, all of the request or target if for less.
    package var missing: [String] = []
    /// Ending or ended; left out.
    package var ignored: [String] = []

    package init() {}
}

/// What one metric proposes.
package struct MetricResult: Hashable, Sendable {
    package struct Failure: Error, Hashable, Sendable {
        /// Of the event and the condition, such as FailedGetResourceMetric.
        package var reason: String
        package var message: String
    }

    package var type: String
    /// The size before any bound, rate or window; `nil` if the metric failed.
    package var proposal: Int?
    /// What the events call the metric.
    package var name = ""
    /// Per cent.
    package var averageUtilization: Int?
    /// Thousandths.
    package var averageValue: Int64?
    /// Thousandths.
    package var value: Int64?
    /// Only of metrics that pods have.
    package var groups: PodGroups?
    package var failure: Failure?
}

/// What one pass of the HPA controller over an autoscaler decides.
package struct HorizontalDecision: Hashable, Sendable {
    /// The size after the pass; `nil` if it came to no decision and leaves the size as it is.
    package var desiredReplicas: Int?
    /// Whether the target's scale is written.
    package var isRescale = false
    /// Why, as the event SuccessfulRescale says it; empty without a rescale.
    package var rescaleReason = ""
    /// The error that the pass ends with; it may have decided nevertheless.
    package var failure: String?
    /// One for each metric of the spec; empty if metrics were not looked at.
    package var metrics: [MetricResult] = []
    package var conditions: ConditionList
    /// What the controller remembers for the next pass.
    package var memory: HorizontalAutoscalerMemory
    package var events: [AutoscalerEvent] = []
}
