package import Autoscalers
import Kernel

/// The autoscalers that one service has, one for each policy under which services scale by themselves.
package struct ServiceAutoscaler: Hashable, Sendable {
    /// Of the policy `hpa`.
    package var horizontal: HorizontalSpec
    /// Of the policy `keda`.
    package var eventDriven: EventDrivenAutoscaler
    /// Of the policy `knative`.
    package var knative: KnativeSpec
    package var knativeSignal: SignalKind
    /// What the names of Pods, Object and External metrics stand for; Pods metrics may have the name of a
    /// signal instead.
    package var signals: [String: Signal]

    package init(
        horizontal: HorizontalSpec, eventDriven: EventDrivenAutoscaler, knative: KnativeSpec,
        knativeSignal: SignalKind, signals: [String: Signal] = [:]
    ) {
        self.horizontal = horizontal
        self.eventDriven = eventDriven
        self.knative = knative
        self.knativeSignal = knativeSignal
        self.signals = signals
    }
}

/// What KEDA watches for a service.
package struct EventDrivenAutoscaler: Hashable, Sendable {
    package enum Target: Hashable, Sendable {
        case object(ScaledObject)
        /// The service's replicas are jobs.
        case job(ScaledJob)
    }

    /// A trigger that can be read.
    package struct Trigger: Hashable, Sendable {
        package enum Source: Hashable, Sendable {
            case signal(Signal)
            case cron(CronTrigger)
            /// CPU or memory, which the HPA reads by itself.
            case resource(HorizontalMetric)
        }
        package var name: String
        package var source: Source
        /// What each replica, or all of them, shall have.
        package var target: MetricTarget
        package var activationThreshold: Quantity
        /// Whether the HPA is told what the last poll read.
        package var usesCachedMetrics: Bool

        package init(
            name: String, source: Source, target: MetricTarget,
            activationThreshold: Quantity = .zero, usesCachedMetrics: Bool = false
        ) {
            self.name = name
            self.source = source
            self.target = target
            self.activationThreshold = activationThreshold
            self.usesCachedMetrics = usesCachedMetrics
        }

        var isResource: Bool {
            if case .resource = source { return true }
            return false
        }
    }

    package var target: Target
    package var triggers: [Trigger]

    package init(target: Target, triggers: [Trigger]) {
        self.target = target
        self.triggers = triggers
    }

    var runsJobs: Bool {
        if case .job = target { return true }
        return false
    }

    /// Seconds.
    var pollingInterval: Int {
        switch target {
        case .object(let object): object.pollingInterval
        case .job(let job): job.pollingInterval
        }
    }
}

extension ServiceAutoscaler {
    /// The autoscalers of a service that says no more than its metric and its bounds.
    ///
    /// `each` is what a replica shall have of all metrics but CPU, `target` a utilisation, 0...1, for CPU.
    package static func plain(
        of service: Int, _ bounds: ReplicaBounds, metric: ScalingMetric, each: Double,
        target: Double
    ) -> ServiceAutoscaler {
        let kind = metric.signal
        let quantity = Quantity(milli: Int64((min(each, 1e12) * 1000).rounded(.up)))
        let percent = MetricTarget.utilization(Int((target * 100).rounded()))
        let cpu = HorizontalMetric.resource(ResourceMetric(name: "cpu", target: percent))
        let pods = HorizontalMetric.pods(
            PodsMetric(
                metric: MetricIdentifier(name: kind.name), target: .averageValue(quantity)))
        let trigger =
            metric == .cpu
            ? EventDrivenAutoscaler.Trigger(name: "cpu", source: .resource(cpu), target: percent)
            : EventDrivenAutoscaler.Trigger(
                name: kind.name, source: .signal(Signal(kind, of: service)),
                target: .averageValue(quantity))
        let object = ScaledObject(
            minReplicaCount: bounds.least, maxReplicaCount: bounds.most)
        var knative: KnativeSpec =
            switch metric {
            case .requests: .requestsPerSecond(each)
            case .concurrency, .queue: .concurrency(each)
            case .cpu: .concurrency()
            }
        knative.minScale = bounds.least
        knative.maxScale = bounds.most
        return ServiceAutoscaler(
            horizontal: HorizontalSpec(
                minReplicas: bounds.least, maxReplicas: bounds.most,
                metrics: [metric == .cpu ? cpu : pods]),
            eventDriven: EventDrivenAutoscaler(target: .object(object), triggers: [trigger]),
            knative: knative, knativeSignal: metric == .requests ? .requests : .concurrency)
    }
}

extension ScalingMetric {
    var signal: SignalKind {
        switch self {
        case .cpu: .cpu
        case .requests: .requests
        case .concurrency: .concurrency
        case .queue: .queue
        }
    }
}
