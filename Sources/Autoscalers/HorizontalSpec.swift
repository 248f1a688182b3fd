/// What a HorizontalPodAutoscaler of `autoscaling/v2` asks for, with the API server's defaults filled in.
package struct HorizontalSpec: Hashable, Sendable {
    /// 0 needs the feature gate HPAScaleToZero to have an effect.
    package var minReplicas: Int
    package var maxReplicas: Int
    /// In the order of the file; never empty.
    package var metrics: [HorizontalMetric]
    /// `nil` is not the same as a behavior of defaults: the older rules apply.
    package var behavior: HorizontalBehavior?

    /// No metrics means the default: cpu at 80 % of the request.
    package init(
        minReplicas: Int = 1, maxReplicas: Int, metrics: [HorizontalMetric] = [],
        behavior: HorizontalBehavior? = nil
    ) {
        self.minReplicas = minReplicas
        self.maxReplicas = maxReplicas
        self.metrics =
            metrics.isEmpty
            ? [.resource(ResourceMetric(name: "cpu", target: .utilization(80)))] : metrics
        self.behavior = behavior
    }

    /// Whether a metric exists that has a value while there are no pods.
    var hasObjectOrExternalMetric: Bool {
        metrics.contains {
            switch $0 {
            case .object, .external: true
            case .resource, .containerResource, .pods, .unknown: false
            }
        }
    }
}

/// One entry of `spec.metrics`.
package enum HorizontalMetric: Hashable, Sendable {
    case resource(ResourceMetric)
    case containerResource(ResourceMetric)
    case pods(PodsMetric)
    case object(ObjectMetric)
    case external(ExternalMetric)
    /// A type that Kubernetes does not know; evaluating it fails.
    case unknown(type: String)

    /// The value of `type`.
    package var type: String {
        switch self {
        case .resource: "Resource"
        case .containerResource: "ContainerResource"
        case .pods: "Pods"
        case .object: "Object"
        case .external: "External"
        case .unknown(let type): type
        }
    }
}

/// `target` of a metric. Which of the amounts counts depends on the kind of metric.
package struct MetricTarget: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        case utilization = "Utilization"
        case averageValue = "AverageValue"
        case value = "Value"
    }

    package var kind: Kind?
    /// Per cent of the request.
    package var averageUtilization: Int?
    /// Thousandths.
    package var averageValue: Int64?
    /// Thousandths.
    package var value: Int64?

    package init(
        kind: Kind?, averageUtilization: Int? = nil, averageValue: Int64? = nil,
        value: Int64? = nil
    ) {
        self.kind = kind
        self.averageUtilization = averageUtilization
        self.averageValue = averageValue
        self.value = value
    }

    package static func utilization(_ percent: Int) -> Self {
        Self(kind: .utilization, averageUtilization: percent)
    }
    package static func averageValue(_ quantity: Quantity) -> Self {
        Self(kind: .averageValue, averageValue: quantity.milli)
    }
    package static func value(_ quantity: Quantity) -> Self {
        Self(kind: .value, value: quantity.milli)
    }
}

/// The usage of a resource, by pod or by one of its containers.
package struct ResourceMetric: Hashable, Sendable {
    package var name: String
    /// Empty for the whole pod.
    package var container: String
    package var target: MetricTarget

    package init(name: String, container: String = "", target: MetricTarget) {
        self.name = name
        self.container = container
        self.target = target
    }
}

/// The name of a metric, and its selector as events spell it.
package struct MetricIdentifier: Hashable, Sendable {
    package var name: String
    /// `nil` as Go prints an absent one; only shown, never matched.
    package var selector: String

    package init(name: String, selector: String = "nil") {
        self.name = name
        self.selector = selector
    }
}

/// A metric that each pod has.
package struct PodsMetric: Hashable, Sendable {
    package var metric: MetricIdentifier
    package var target: MetricTarget

    package init(metric: MetricIdentifier, target: MetricTarget) {
        self.metric = metric
        self.target = target
    }
}

/// An object of the cluster.
package struct ObjectReference: Hashable, Sendable {
    package var apiVersion: String
    package var kind: String
    package var name: String

    package init(apiVersion: String, kind: String, name: String) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
    }
}

/// A metric of one object.
package struct ObjectMetric: Hashable, Sendable {
    package var object: ObjectReference
    package var metric: MetricIdentifier
    package var target: MetricTarget

    package init(object: ObjectReference, metric: MetricIdentifier, target: MetricTarget) {
        self.object = object
        self.metric = metric
        self.target = target
    }
}

/// A metric from outside of the cluster.
package struct ExternalMetric: Hashable, Sendable {
    package var metric: MetricIdentifier
    package var target: MetricTarget

    package init(metric: MetricIdentifier, target: MetricTarget) {
        self.metric = metric
        self.target = target
    }
}
