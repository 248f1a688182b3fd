/// A trigger of a KEDA ScaledObject or ScaledJob, as written.
package struct KedaTrigger: Hashable, Sendable {
    package var type: String
    /// Empty if it has none.
    package var name: String
    package var metadata: [String: String]
    /// `nil` if not written.
    package var metricType: MetricTarget.Kind?
    /// Whether the HPA is told what the last poll read.
    package var usesCachedMetrics: Bool

    package init(
        type: String, name: String = "", metadata: [String: String] = [:],
        metricType: MetricTarget.Kind? = nil, usesCachedMetrics: Bool = false
    ) {
        self.type = type
        self.name = name
        self.metadata = metadata
        self.metricType = metricType
        self.usesCachedMetrics = usesCachedMetrics
    }

    /// The quantity under a key of the metadata, such as `threshold`; `nil` if there is none or it is no quantity.
    package func quantity(_ key: String) -> Quantity? { metadata[key].flatMap { Quantity($0) } }

    /// Whether the trigger is a resource metric of the HPA instead of one that KEDA serves.
    package var isResource: Bool { type == "cpu" || type == "memory" }

    /// The HPA metric of a cpu or memory trigger; `nil` for others, and if its value or type is no good.
    package var resourceMetric: HorizontalMetric? {
        guard isResource, let text = metadata["value"] else { return nil }
        let target: MetricTarget
        switch metricType ?? metadata["type"].flatMap(MetricTarget.Kind.init) {
        case .utilization:
            guard let percent = Int32(text) else { return nil }
            target = .utilization(Int(percent))
        case .averageValue:
            guard let quantity = Quantity(text) else { return nil }
            target = .averageValue(quantity)
        case .value, nil: return nil
        }
        let container = metadata["containerName"] ?? ""
        let metric = ResourceMetric(name: type, container: container, target: target)
        return container.isEmpty ? .resource(metric) : .containerResource(metric)
    }

    /// The HPA metric of a trigger that KEDA serves: an average value, unless Value was asked for.
    package func externalMetric(name: String, target: Quantity) -> HorizontalMetric {
        .external(
            ExternalMetric(
                metric: MetricIdentifier(name: name),
                target: metricType == .value ? .value(target) : .averageValue(target)))
    }
}

/// What the annotations of a ScaledObject ask for.
package struct KedaAnnotations: Hashable, Sendable {
    /// Polls do nothing.
    package var isPaused = false
    /// The size to hold while paused.
    package var pausedReplicas: Int?
    package var pausesScaleIn = false
    package var pausesScaleOut = false
    package var forcesActivation = false

    package init() {}

    /// Reads the annotations of a Kubernetes object.
    package init(_ annotations: [String: String]) {
        func isSet(_ name: String) -> Bool {
            annotations["autoscaling.keda.sh/" + name].map(Self.isTrue) ?? false
        }
        pausesScaleIn = isSet("paused-scale-in")
        pausesScaleOut = isSet("paused-scale-out")
        forcesActivation = isSet("force-activation")
        isPaused = isSet("paused")
        if let text = annotations["autoscaling.keda.sh/paused-replicas"] {
            isPaused = true
            pausedReplicas = Int32(text).map(Int.init)
        }
    }

    /// What is no boolean of Go counts as true.
    private static func isTrue(_ text: String) -> Bool {
        !["0", "f", "F", "false", "FALSE", "False"].contains(text)
    }
}

/// A KEDA ScaledObject. Seconds are whole; defaults are KEDA's.
package struct ScaledObject: Hashable, Sendable {
    package var minReplicaCount: Int
    package var maxReplicaCount: Int
    package var idleReplicaCount: Int?
    package var pollingInterval: Int
    package var cooldownPeriod: Int
    package var initialCooldownPeriod: Int
    package var fallback: MetricFallback?
    package var annotations: KedaAnnotations
    /// `advanced.horizontalPodAutoscalerConfig.behavior`.
    package var behavior: HorizontalBehavior?
    /// `advanced.scalingModifiers`.
    package var modifiers: ScalingModifiers?
    package var triggers: [KedaTrigger]

    package init(
        minReplicaCount: Int = 0, maxReplicaCount: Int = 100, idleReplicaCount: Int? = nil,
        pollingInterval: Int = 30, cooldownPeriod: Int = 300, initialCooldownPeriod: Int = 0,
        fallback: MetricFallback? = nil, annotations: KedaAnnotations = KedaAnnotations(),
        behavior: HorizontalBehavior? = nil, modifiers: ScalingModifiers? = nil,
        triggers: [KedaTrigger] = []
    ) {
        self.minReplicaCount = minReplicaCount
        self.maxReplicaCount = maxReplicaCount
        self.idleReplicaCount = idleReplicaCount
        self.pollingInterval = pollingInterval
        self.cooldownPeriod = cooldownPeriod
        self.initialCooldownPeriod = initialCooldownPeriod
        self.fallback = fallback
        self.annotations = annotations
        self.behavior = behavior
        self.modifiers = modifiers
        self.triggers = triggers
    }

    /// The fallback, if it can be used: a formula's target must then be a whole number.
    ///
    /// Source: `HasValidFallback` of `pkg/fallback/fallback.go`.
    package var usableFallback: MetricFallback? {
        modifiers?.hasWholeTarget == false ? nil : fallback
    }

    /// The HorizontalPodAutoscaler that KEDA makes for this object.
    ///
    /// `metrics`: One of each trigger; they are ordered by type, otherwise as given. A formula's metric takes the
    /// place of all but those of the type Resource.
    ///
    /// Source: `newHPAForScaledObject` and `getScaledObjectMetricSpecs` of `controllers/keda/hpa.go`.
    package func horizontalSpec(metrics: [HorizontalMetric]) -> HorizontalSpec {
        var behavior = behavior
        if annotations.pausesScaleIn {
            behavior = behavior ?? HorizontalBehavior()
            behavior?.scaleDown.selection = .disabled
        }
        if annotations.pausesScaleOut {
            behavior = behavior ?? HorizontalBehavior()
            behavior?.scaleUp.selection = .disabled
        }
        var ordered = metrics.enumerated().sorted {
            ($0.element.type, $0.offset) < ($1.element.type, $1.offset)
        }.map(\.element)
        if let modifiers {
            ordered.removeAll { $0.type != "Resource" }
            ordered.append(
                .external(
                    ExternalMetric(
                        metric: MetricIdentifier(name: ScalingModifiers.metricName),
                        target: modifiers.metricTarget)))
        }
        return HorizontalSpec(
            minReplicas: max(minReplicaCount, 1), maxReplicas: maxReplicaCount,
            metrics: ordered, behavior: behavior)
    }

    /// Whether the HPA asks for metrics at a size: it does not at zero, nor where a bound alone decides.
    ///
    /// Source: `reconcileAutoscaler` of Kubernetes' `pkg/controller/podautoscaler/horizontal.go`.
    package func readsMetrics(at replicas: Int) -> Bool {
        replicas >= max(minReplicaCount, 1) && replicas <= maxReplicaCount
    }
}
