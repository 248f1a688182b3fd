import Autoscalers
import Kernel
import Model

// What Kubernetes' APIs answer about a service.
extension ControlView {
    /// The pods that a service's selector selects.
    func podObservations(_ service: Int) -> [PodObservation] {
        let described = plan.services[service]
        let usual = [
            "cpu": described.cpuRequest, "memory": Self.milli(described.memoryRequest),
        ]
        return seen[service].replicas.map { pod in
            let own = requests?[PodName(service: service, replica: Int(pod.replica))]
            let requests =
                own.map { ["cpu": $0.cpu, "memory": Self.milli(Double($0.memory))] } ?? usual
            let isBound = !pod.isUnbound && pod.history.bound != .never
            let changed =
                pod.history.readinessChanged == .never
                ? pod.history.bound : pod.history.readinessChanged
            return PodObservation(
                name: Self.podName(Int(pod.replica)), phase: pod.isRunning ? .running : .pending,
                isDeleting: pod.phase == .terminating,
                readiness: isBound ? .init(isReady: pod.isReady, changed: changed) : nil,
                started: isBound ? pod.history.bound : nil,
                containers: [.init(name: Self.container, requests: requests)])
        }
    }

    /// What the metrics APIs answer: the resources and signals of its pods, and the Object and External
    /// metrics that its autoscalers name.
    func metricsObservation(_ service: Int, _ autoscaler: ServiceAutoscaler) -> MetricsObservation {
        var answer = MetricsObservation()
        answer.pods = metrics[service].pods(at: now).map { pod in
            var totals = [
                "cpu": Self.milli(pod.cpu), "memory": Self.milli(pod.memory),
            ]
            for (kind, value) in pod.signals { totals[kind.name] = Self.milli(value) }
            for metric in autoscaler.horizontal.metrics {
                guard case .pods(let pods) = metric, totals[pods.metric.name] == nil,
                    let kind = autoscaler.signals[pods.metric.name]?.kind
                        ?? SignalKind(name: pods.metric.name)
                else { continue }
                totals[pods.metric.name] = totals[kind.name]
            }
            let usage = totals.filter { ["cpu", "memory"].contains($0.key) }
            return .init(
                name: Self.podName(pod.replica), timestamp: pod.timestamp, window: pod.window,
                totals: totals, containers: [.init(name: Self.container, usage: usage)])
        }
        for metric in autoscaler.horizontal.metrics {
            switch metric {
            case .object(let object):
                guard let value = value(of: autoscaler.signals[object.metric.name]) else {
                    continue
                }
                answer.objects.append(
                    .init(
                        object: object.object, metric: object.metric.name,
                        value: Self.milli(value)))
            case .external(let external):
                guard let value = value(of: autoscaler.signals[external.metric.name]) else {
                    continue
                }
                answer.external.append(
                    .init(metric: external.metric.name, values: [Self.milli(value)]))
            case .resource, .containerResource, .pods, .unknown: continue
            }
        }
        return answer
    }

    func scaleObservation(_ service: Int) -> ScaleObservation {
        ScaleObservation(
            specReplicas: desired[service], statusReplicas: Deployment.live(seen[service]).count)
    }

    func readyPods(_ service: Int) -> Int {
        seen[service].replicas.count { $0.isReady && $0.phase != .terminating }
    }

    /// The one container of every pod, as manifests may name it.
    private static let container = "app"

    private static func podName(_ replica: Int) -> String { "\(replica)" }

    /// Thousandths, rounded up from whole billionths: quantities have no more digits.
    static func milli(_ value: Double) -> Int64 {
        let nano = (min(max(value, 0), 9e15) * 1e3).rounded(.up)
        let exact = (min(max(value, 0), 9e9) * 1e9).rounded()
        return value < 9e9 ? Int64((exact / 1e6).rounded(.up)) : Int64(nano)
    }

    // MARK: Signals

    /// The value of a signal as the pipeline answers it; `nil` while nothing is known.
    func value(of signal: Signal?) -> Double? {
        guard let signal else { return nil }
        let metrics = metrics[signal.service]
        switch signal.kind {
        case .cpu: return metrics.freshRate(at: now) { $0.coreTime }.map { $0 / 1e9 }
        case .memory:
            return metrics.latest(at: now)?.replicas.reduce(0) { $0 + $1.memory }
        case .requests: return metrics.rate(at: now) { $0.arrived }
        case .failures: return metrics.rate(at: now) { $0.failed }
        case .concurrency: return metrics.latest(at: now).map { Double($0.inSystem) }
        case .queue: return metrics.latest(at: now).map { Double($0.waiting) }
        case .clients:
            let calls = plan.services[signal.service].targets.count
            return metrics.rate(at: now) { $0.edgeRequests.dropFirst(calls).reduce(0, &+) }
        case .latency:
            guard let time = metrics.rate(at: now, of: { $0.sojournSum }),
                let left = metrics.rate(at: now, of: { $0.succeeded &+ $0.failed })
            else { return nil }
            return left > 0 ? time / 1e9 / left : 0
        case .latencyP50, .latencyP90, .latencyP95, .latencyP99:
            return signal.kind.quantile.flatMap { metrics.latencyQuantile($0, at: now) }
        }
    }
}
