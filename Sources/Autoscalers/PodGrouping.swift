import Kernel

/// What one pod uses of the metric that is being evaluated.
struct PodSample {
    var pod: String
    var timestamp: SimulatedInstant
    var window: SimulatedDuration
    /// Thousandths.
    var value: Int64
}

extension MetricsObservation {
    /// A sample for each pod that has one. A pod with a container that lacks the resource has none.
    func samples(of resource: String, container: String) -> [PodSample] {
        pods.compactMap { pod in
            guard let value = pod.usage(of: resource, container: container) else { return nil }
            return PodSample(
                pod: pod.name, timestamp: pod.timestamp, window: pod.window, value: value)
        }
    }

    /// A sample for each pod that has the custom metric.
    func samples(ofMetric name: String) -> [PodSample] {
        pods.compactMap { pod in
            pod.totals[name].map {
                PodSample(pod: pod.name, timestamp: pod.timestamp, window: pod.window, value: $0)
            }
        }
    }
}

extension MetricsObservation.Pod {
    fileprivate func usage(of resource: String, container: String) -> Int64? {
        if !container.isEmpty {
            return containers.first { $0.name == container }?.usage[resource]
        }
        if let total = totals[resource] { return total }
        guard !containers.isEmpty else { return nil }
        var sum: Int64 = 0
        for container in containers {
            guard let part = container.usage[resource] else { return nil }
            sum = sum.addingSaturating(part)
        }
        return sum
    }
}

extension PodGroups {
    /// Sorts `pods` by what can be said of them; the first rule that fits wins.
    ///
    /// Readiness matters for cpu only: a pod that starts burns cpu before it serves. Source: `groupPods` of
    /// `pkg/controller/podautoscaler/replica_calculator.go`.
    init(
        _ pods: [PodObservation], samples: [PodSample], isCPU: Bool, settings: HorizontalSettings,
        now: SimulatedInstant
    ) {
        let byName = Dictionary(samples.map { ($0.pod, $0) }, uniquingKeysWith: { $1 })
        for pod in pods {
            if pod.isDeleting || pod.phase == .failed || pod.phase == .succeeded {
                ignored.append(pod.name)
            } else if pod.phase == .pending {
                unready.append(pod.name)
            } else if let sample = byName[pod.name] {
                if isCPU, !pod.countsForCPU(sample, settings, now) {
                    unready.append(pod.name)
                } else {
                    ready += 1
                }
            } else {
                missing.append(pod.name)
            }
        }
        ignored = Set(ignored).sorted()
        unready = Set(unready).sorted()
        missing = Set(missing).sorted()
    }
}

extension PodObservation {
    /// Whether a pod's use of cpu says something about load.
    ///
    /// While it may still initialise: if it is ready and the whole window of the sample lies after it became
    /// so. Later: unless it has never been ready; a pod that once was counts even if it is not ready now.
    fileprivate func countsForCPU(
        _ sample: PodSample, _ settings: HorizontalSettings, _ now: SimulatedInstant
    ) -> Bool {
        guard let readiness, let started else { return false }
        let sinceStart = started.age(at: now)
        let sinceChange = readiness.changed.age(at: now)
        if sinceStart < settings.cpuInitializationPeriod {
            let earliest = sinceChange.subtracting(sample.window)
            return readiness.isReady && sample.timestamp.age(at: now) <= earliest
        }
        let wasNeverReady =
            sinceStart.subtracting(sinceChange) < settings.initialReadinessDelay
        return readiness.isReady || !wasNeverReady
    }

    /// The pod's request for a resource in thousandths, or of one container if one is named.
    ///
    /// Source: `calculateRequests`.
    func request(
        of resource: String, container: String, _ settings: HorizontalSettings
    ) throws(CalculationFailure) -> Int64 {
        if container.isEmpty, settings.readsPodLevelRequests, !podLevelRequests.isEmpty {
            // What the pod does not say is taken from its containers.
            let parts = containers.compactMap { $0.requests[resource] }
            let total = parts.reduce(Int64(0)) { $0.addingSaturating($1) }
            guard let request = podLevelRequests[resource] ?? (parts.isEmpty ? nil : total) else {
                throw CalculationFailure(
                    "missing pod-level request for \(resource) in Pod \(name)")
            }
            return request
        }
        var sum: Int64 = 0
        for part in containers where container.isEmpty || part.name == container {
            guard let request = part.requests[resource] else {
                throw CalculationFailure(
                    "missing request for \(resource) in container \(part.name) of Pod \(name)")
            }
            sum = sum.addingSaturating(request)
            if !container.isEmpty { return sum }
        }
        guard container.isEmpty else {
            throw CalculationFailure("container \(container) not found in Pod \(name)")
        }
        return sum
    }
}

/// Why a metric says nothing.
struct CalculationFailure: Error {
    var message: String
    init(_ message: String) { self.message = message }
}
