import Autoscalers
import ControlPlane
import Kernel
import Snapshots

/// Reads autoscalers from the files that clusters have them in, and says what their metrics stand for.
struct AutoscalerReading {
    let companions: CompanionFiles
    let directory: ServiceDirectory
    let common: ScalingReading.Common

    /// The manifests in the file that `field` names which are about a service; logs and answers nil when
    /// there is none.
    func manifests(_ field: Field, of service: String) -> [Manifest]? {
        let all = companions.manifests(field) { name, text in
            do throws(SnapshotError) {
                return try Manifest.all(in: text, file: name)
            } catch {
                field.fail(
                    "the file cannot be used: \(error)", "mend it, or name another file")
                return nil
            }
        }
        guard let all else { return nil }
        let own = all.filter { $0.target == service || $0.target == nil }
        // A file with one autoscaler is about the service that names it.
        let found = own.isEmpty && all.count == 1 ? all : own
        guard !found.isEmpty else {
            field.fail(
                "the file has no HorizontalPodAutoscaler, ScaledObject or ScaledJob for `\(service)`",
                "name a file with one whose `scaleTargetRef` is `\(service)`")
            return nil
        }
        return found
    }

    /// The autoscalers of a service: those of its manifests, and plain ones where it has none.
    func autoscaler(
        of service: Int, _ scaling: ReplicaScaling, _ field: Field
    ) -> ServiceAutoscaler {
        var autoscaler = ServiceAutoscaler.plain(
            of: service, scaling.bounds, metric: scaling.metric, each: scaling.each ?? 1,
            target: scaling.target)
        for manifest in scaling.manifests {
            switch manifest {
            case .horizontal(_, _, let spec):
                checkLeast(of: spec, field)
                autoscaler.horizontal = spec
                addSignals(of: spec, service, field, &autoscaler)
            case .scaledObject(_, _, let object):
                checkLeast(of: object, field)
                autoscaler.eventDriven = EventDrivenAutoscaler(
                    target: .object(object), triggers: triggers(object.triggers, service, field))
            case .scaledJob(_, let job):
                checkWaking(of: job, field)
                autoscaler.eventDriven = EventDrivenAutoscaler(
                    target: .job(job), triggers: triggers(job.triggers, service, field))
            }
        }
        return autoscaler
    }

    /// The API server refuses a least size of zero without the feature gate.
    private func checkLeast(of spec: HorizontalSpec, _ field: Field) {
        guard spec.minReplicas == 0, !common.horizontal.scalesToZero else { return }
        field.fail(
            "the manifest's `minReplicas` is 0, which needs the feature gate HPAScaleToZero",
            "write 1 or more, or `scaling: { controller: { scaleToZero: true } }` at the top")
    }

    /// What watches only cpu or memory never wakes up; KEDA's webhook refuses it (`verifyCPUMemoryScalers`).
    private func checkLeast(of object: ScaledObject, _ field: Field) {
        guard object.minReplicaCount == 0, object.triggers.allSatisfy(\.isResource) else { return }
        field.fail(
            "the manifest's `minReplicaCount` is 0, but cpu and memory cannot wake a service up",
            "write `minReplicaCount: 1`, or add a trigger of another type")
    }

    /// KEDA's cpu and memory scalers are for ScaledObjects; of a ScaledJob they would start nothing.
    private func checkWaking(of job: ScaledJob, _ field: Field) {
        guard !job.triggers.isEmpty, job.triggers.allSatisfy(\.isResource) else { return }
        field.fail(
            "the manifest is a ScaledJob that looks at cpu and memory only, which start no jobs",
            "add a trigger of another type, such as rabbitmq or kafka")
    }

    // MARK: Metrics

    /// What is measured of each pod.
    private static let signalsOfPods: [SignalKind] = [
        .cpu, .memory, .requests, .concurrency, .queue,
    ]

    private func addSignals(
        of spec: HorizontalSpec, _ service: Int, _ field: Field,
        _ autoscaler: inout ServiceAutoscaler
    ) {
        for metric in spec.metrics {
            switch metric {
            case .pods(let pods):
                let name = pods.metric.name
                guard let signal = signal(name, service) ?? refuse(name, field) else { continue }
                guard signal.service == service, Self.signalsOfPods.contains(signal.kind) else {
                    field.fail(
                        "pods do not have the metric `\(Quantity.shortened(name))` by themselves",
                        "make it an Object metric of the service; those of pods are "
                            + Self.signalsOfPods.map(\.name).joined(separator: ", "))
                    continue
                }
                autoscaler.signals[name] = signal
            case .object(let object):
                let target = directory.names.firstIndex(of: object.object.name) ?? service
                let name = object.metric.name
                autoscaler.signals[name] =
                    signal(name, target) ?? refuse(name, field)
            case .external(let external):
                let name = external.metric.name
                autoscaler.signals[name] = signal(name, service) ?? refuse(name, field)
            case .resource(let resource), .containerResource(let resource):
                check(resource, field)
            case .unknown(let type):
                field.fail(
                    "the manifest has a metric of type `\(Quantity.shortened(type))`, which "
                        + "Kubernetes does not know",
                    "write Resource, ContainerResource, Pods, Object or External")
            }
        }
    }

    /// A resource of which nothing is known, or a target that says nothing, would never scale.
    private func check(_ resource: ResourceMetric, _ field: Field) {
        guard ["cpu", "memory"].contains(resource.name) else {
            field.fail(
                "the manifest looks at the resource `\(Quantity.shortened(resource.name))`, of which "
                    + "nothing is known", "look at cpu or memory, or at a signal")
            return
        }
        let target = resource.target
        let (key, value): (String, Int64?) =
            target.averageValue != nil || target.kind == .averageValue
            ? ("averageValue", target.averageValue)
            : ("averageUtilization", target.averageUtilization.map(Int64.init))
        guard value == nil || value ?? 0 <= 0 else { return }
        field.fail(
            "the manifest's target for \(resource.name) has no `\(key)` above zero",
            "add `\(key):` to it")
    }

    /// What a metric of a service stands for: as the topology says, or by a usual name.
    private func signal(_ name: String, _ service: Int) -> Signal? {
        if let named = common.signals[name] {
            return Signal(named.kind, of: named.service ?? service)
        }
        return SignalKind(name: name).map { Signal($0, of: service) }
    }

    @discardableResult
    private func refuse(_ name: String, _ field: Field) -> Signal? {
        field.fail(
            "nothing says what the metric `\(Quantity.shortened(name))` stands for",
            "add `scaling: { signals: { \"\(name)\": requests } }` at the top; the signals are "
                + SignalKind.allCases.map(\.name).joined(separator: ", "))
        return nil
    }

    // MARK: Triggers

    private func triggers(
        _ triggers: [KedaTrigger], _ service: Int, _ field: Field
    ) -> [EventDrivenAutoscaler.Trigger] {
        triggers.enumerated().compactMap { index, trigger in
            let name = trigger.name.isEmpty ? "\(trigger.type)-\(index)" : trigger.name
            if trigger.isResource {
                guard let metric = trigger.resourceMetric,
                    trigger.quantity("value").map({ $0 > .zero }) ?? false
                else {
                    field.fail(
                        "the trigger `\(name)` has no `value` above zero of the type that it says",
                        "write a percentage for Utilization, a quantity for AverageValue")
                    return nil
                }
                return .init(name: name, source: .resource(metric), target: .utilization(80))
            }
            if trigger.type == "cron" { return cron(trigger, name, field) }
            return queried(trigger, name, service, field)
        }
    }

    private func cron(
        _ trigger: KedaTrigger, _ name: String, _ field: Field
    ) -> EventDrivenAutoscaler.Trigger? {
        do throws(CronTrigger.Refusal) {
            let cron = try CronTrigger(
                metadata: trigger.metadata, calendar: common.calendar
            ) { ZoneReading.offsets(ofZone: $0, from: common.calendar) }
            let one = Autoscalers.Quantity(1)
            return .init(
                name: name, source: .cron(cron),
                target: trigger.metricType == .value ? .value(one) : .averageValue(one))
        } catch {
            let zone = trigger.metadata["timezone"].flatMap(ZoneReading.nearest)
            field.fail(
                "the trigger `\(name)` has a `\(error.key)` that is \(error.message)",
                error.key == "timezone" && zone != nil
                    ? "write `\(zone ?? "")`" : "write it as KEDA's cron scaler wants it")
            return nil
        }
    }

    private func queried(
        _ trigger: KedaTrigger, _ name: String, _ service: Int, _ field: Field
    ) -> EventDrivenAutoscaler.Trigger? {
        let keys = [
            "threshold", "lagThreshold", "value", "queueLength", "listLength", "targetQueueLength",
            "targetValue", "messageCount",
        ]
        guard let key = keys.first(where: { trigger.metadata[$0] != nil }),
            let threshold = trigger.quantity(key), threshold > .zero
        else {
            field.fail(
                "the trigger `\(name)` says nothing of how much a replica shall have",
                "add one of \(keys.prefix(5).joined(separator: ", ")) above zero")
            return nil
        }
        guard let signal = source(trigger, service) else {
            field.fail(
                "nothing says what the trigger `\(name)` of type \(trigger.type) looks at",
                "name a queue or service of the topology in it, give it a query such as "
                    + "`queue{service=\"worker\"}`, or add its name under `scaling: { signals: ... }`"
            )
            return nil
        }
        let upper = key.prefix(1).uppercased() + key.dropFirst()
        let activation =
            ["activation\(upper)", "activationThreshold", "activationTarget\(upper)"].lazy
            .compactMap { trigger.quantity($0) }.first ?? .zero
        return .init(
            name: name, source: .signal(signal),
            target: trigger.metricType == .value ? .value(threshold) : .averageValue(threshold),
            activationThreshold: activation, usesCachedMetrics: trigger.usesCachedMetrics)
    }

    private func source(_ trigger: KedaTrigger, _ service: Int) -> Signal? {
        if let named = common.signals[trigger.name], !trigger.name.isEmpty {
            return Signal(named.kind, of: named.service ?? service)
        }
        let names = [
            "topic", "queueName", "listName", "queueURL", "stream", "subscriptionName", "subject",
        ]
        for name in names {
            guard let value = trigger.metadata[name] else { continue }
            let last = value.split(separator: "/").last.map(String.init) ?? value
            if let queue = directory.names.firstIndex(of: last) { return Signal(.queue, of: queue) }
        }
        return trigger.metadata["query"].flatMap { MetricQuery($0) }.flatMap { query in
            let target = query.service.map { directory.names.firstIndex(of: $0) } ?? service
            return target.flatMap { signal(query.name, $0) }
        }
    }
}

/// A query in the manner of Prometheus, as far as it names one series: `sum(queue{service="b"})`.
struct MetricQuery: Hashable {
    var name: String
    /// `nil` when it names none.
    var service: String?

    init?(_ text: String) {
        var rest = Substring(text.filter { !$0.isWhitespace })
        // What stands around the series says how samples become one, which there is anyway.
        while let open = rest.firstIndex(of: "("), rest.hasSuffix(")"),
            ["sum", "max", "min", "avg", "rate", "irate"].contains(String(rest[..<open]))
        {
            rest = rest[rest.index(after: open)...].dropLast()
        }
        if rest.hasSuffix("]"), let open = rest.lastIndex(of: "[") { rest = rest[..<open] }
        var labels = Substring()
        if let open = rest.firstIndex(of: "{") {
            guard rest.hasSuffix("}") else { return nil }
            labels = rest[rest.index(after: open)...].dropLast()
            rest = rest[..<open]
        }
        guard !rest.isEmpty, rest.allSatisfy({ $0.isLetter || $0.isNumber || "_:-".contains($0) })
        else { return nil }
        name = String(rest)
        for label in labels.split(separator: ",") {
            let halves = label.split(separator: "=", maxSplits: 1)
            guard halves.count == 2, halves[1].hasPrefix("\""), halves[1].hasSuffix("\"") else {
                return nil
            }
            if ["service", "deployment", "app"].contains(String(halves[0])) {
                service = String(halves[1].dropFirst().dropLast())
            }
        }
    }
}

extension Manifest {
    /// The name of what it scales; `nil` for a job, which is its own, and in templates.
    var target: String? {
        switch self {
        case .horizontal(_, let target, _), .scaledObject(_, let target, _):
            target.isEmpty ? nil : target
        case .scaledJob(let name, _): name.isEmpty ? nil : name
        }
    }

    var bounds: ReplicaBounds {
        switch self {
        case .horizontal(_, _, let spec):
            ReplicaBounds(least: spec.minReplicas, most: max(1, spec.maxReplicas))
        case .scaledObject(_, _, let object):
            ReplicaBounds(
                least: min(object.minReplicaCount, object.idleReplicaCount ?? .max),
                most: max(1, object.maxReplicaCount))
        case .scaledJob(_, let job):
            ReplicaBounds(
                least: min(job.minReplicaCount, job.maxReplicaCount ?? 100),
                most: max(1, job.maxReplicaCount ?? 100))
        }
    }
}
