package import Autoscalers
import Kernel

/// Everything that one pass of the HPA controller looks at: docs/evaluate.md has the format.
package struct HorizontalSnapshot: Hashable, Sendable {
    package var name: String?
    package var spec: HorizontalSpec
    package var status: ConditionList
    package var settings: HorizontalSettings
    package var current: ScaleObservation
    package var pods: [PodObservation]
    package var metrics: MetricsObservation
    package var memory: HorizontalAutoscalerMemory

    /// The instant of the pass; all ages count from it.
    private static let now = SimulatedInstant.start

    /// Reads a snapshot; the error names the field.
    package init(_ node: Node, path: String = "") throws(SnapshotError) {
        let root = Field(node, path: path)
        name = try root.member("name")?.spelling()
        status = try root.member("status")?.conditions() ?? ConditionList()
        settings = try root.member("controller")?.horizontalSettings() ?? HorizontalSettings()
        spec = try root.required("hpa").horizontalSpec(
            .snapshot(isGated: !settings.scalesToZero))
        let scale = try root.required("current")
        current = ScaleObservation(
            specReplicas: try scale.required("specReplicas").count(),
            statusReplicas: try scale.member("statusReplicas")?.count())
        pods = []
        for item in try root.items("pods") { pods.append(try item.pod(at: Self.now)) }
        metrics = try root.member("metrics")?.metrics(at: Self.now) ?? MetricsObservation()
        memory =
            try root.member("history")?.memory(at: Self.now) ?? HorizontalAutoscalerMemory()
    }

    /// What the pass decides.
    package var decision: HorizontalDecision {
        HorizontalAutoscaler.reconcile(
            spec: spec, status: status, settings: settings, current: current, pods: pods,
            metrics: metrics, memory: memory, now: Self.now)
    }

    /// What the pass decides, in the documented form.
    package var answer: Node { decision.answer(name: name, at: Self.now) }
}

extension Field {
    fileprivate func conditions() throws(SnapshotError) -> ConditionList {
        var list = ConditionList()
        for item in try items("conditions") {
            list.set(
                AutoscalerCondition(
                    try item.required("type").text(),
                    try item.required("status").choice(AutoscalerCondition.Status.self),
                    try item.member("reason")?.text() ?? "",
                    try item.member("message")?.text() ?? ""))
        }
        return list
    }

    fileprivate func horizontalSettings() throws(SnapshotError) -> HorizontalSettings {
        var settings = HorizontalSettings()
        if let field = try member("tolerance") { settings.tolerance = try field.ratio() }
        if let field = try member("cpuInitializationPeriodSeconds") {
            settings.cpuInitializationPeriod = try field.period()
        }
        if let field = try member("initialReadinessDelaySeconds") {
            settings.initialReadinessDelay = try field.period()
        }
        if let field = try member("downscaleStabilizationSeconds") {
            settings.downscaleStabilization = try field.period()
        }
        guard let gates = try member("featureGates") else { return settings }
        if let gate = try gates.member("HPAConfigurableTolerance") {
            settings.allowsTolerances = try gate.bool()
        }
        if let gate = try gates.member("HPAScaleToZero") {
            settings.scalesToZero = try gate.bool()
        }
        if let gate = try gates.member("PodLevelResources") {
            settings.readsPodLevelRequests = try gate.bool()
        }
        return settings
    }

    fileprivate func memory(
        at now: SimulatedInstant
    ) throws(SnapshotError) -> HorizontalAutoscalerMemory {
        func events(
            _ key: String
        ) throws(SnapshotError) -> [HorizontalAutoscalerMemory.ScaleEvent] {
            var events: [HorizontalAutoscalerMemory.ScaleEvent] = []
            for item in try items(key) {
                events.append(
                    .init(
                        instant: try item.required("secondsAgo").age(at: now),
                        change: try item.required("change").count()))
            }
            return events
        }
        var memory = HorizontalAutoscalerMemory()
        if let log = try member("recommendations") {
            var entries: [HorizontalAutoscalerMemory.Recommendation] = []
            for item in try log.items() {
                entries.append(
                    .init(
                        instant: try item.required("secondsAgo").age(at: now),
                        replicas: try item.required("replicas").count()))
            }
            memory.recommendations = entries
        }
        memory.scaleUpEvents = try events("scaleUpEvents")
        memory.scaleDownEvents = try events("scaleDownEvents")
        return memory
    }
}
