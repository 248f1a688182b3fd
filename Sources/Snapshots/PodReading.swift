import Autoscalers
import Kernel

/// Reading of pods and of what the metrics APIs say.
extension Field {
    private static var longAgo: SimulatedDuration { .seconds(86_400) }

    func pod(at now: SimulatedInstant) throws(SnapshotError) -> PodObservation {
        let members = try members()
        // Absent and null are different things here.
        let started: SimulatedInstant? =
            if members["startedSecondsAgo"]?.isNull == true {
                nil
            } else {
                try member("startedSecondsAgo")?.age(at: now) ?? now - Self.longAgo
            }
        var readiness: PodObservation.Readiness?
        if members["ready"]?.isNull != true {
            readiness = PodObservation.Readiness(
                isReady: try member("ready")?.bool() ?? true,
                changed: try member("readySinceSeconds")?.age(at: now)
                    ?? started ?? now - Self.longAgo)
        }
        return PodObservation(
            name: try required("name").text(),
            phase: try member("phase")?.choice(PodObservation.Phase.self) ?? .running,
            isDeleting: try member("deleting")?.bool() ?? false, readiness: readiness,
            started: started, containers: try containers(),
            podLevelRequests: try member("podLevelRequests")?.amounts() ?? [:])
    }

    private func containers() throws(SnapshotError) -> [PodObservation.Container] {
        guard let listed = try member("containers") else {
            let requests = try member("requests")?.amounts() ?? [:]
            return [.init(name: "", requests: requests)] + (try sidecars())
        }
        var containers: [PodObservation.Container] = []
        for item in try listed.items() { containers.append(try item.container()) }
        return containers + (try sidecars())
    }

    /// Init containers that go on running.
    private func sidecars() throws(SnapshotError) -> [PodObservation.Container] {
        var containers: [PodObservation.Container] = []
        for item in try items("initContainers")
        where try item.member("restartPolicy")?.text() == "Always" {
            containers.append(try item.container())
        }
        return containers
    }

    private func container() throws(SnapshotError) -> PodObservation.Container {
        .init(
            name: try member("name")?.text() ?? "",
            requests: try member("requests")?.amounts() ?? [:])
    }

    /// Quantities by name, in thousandths.
    private func amounts(
        without others: Set<String> = []
    ) throws(SnapshotError) -> [String: Int64] {
        var amounts: [String: Int64] = [:]
        for (key, node) in try members().sorted(by: { $0.key < $1.key })
        where !others.contains(key) && !node.isNull {
            amounts[key] = try child(key, node).quantity().milli
        }
        return amounts
    }

    func metrics(at now: SimulatedInstant) throws(SnapshotError) -> MetricsObservation {
        var metrics = MetricsObservation()
        if let pods = try member("pods") {
            for (name, node) in try pods.members().sorted(by: { $0.key < $1.key })
            where !node.isNull {
                metrics.pods.append(try pods.child(name, node).podMetrics(name, at: now))
            }
        }
        for item in try items("object") {
            guard let value = try item.member("value") else { continue }
            metrics.objects.append(
                .init(
                    object: try item.required("describedObject").objectReference(),
                    metric: try item.required("metric").required("name").text(),
                    value: try value.quantity().milli))
        }
        for item in try items("external") {
            var values: [Int64] = []
            for value in try item.items("values") { values.append(try value.quantity().milli) }
            if let value = try item.member("value") { values.append(try value.quantity().milli) }
            metrics.external.append(
                .init(
                    metric: try item.required("metric").required("name").text(), values: values))
        }
        return metrics
    }

    private func podMetrics(
        _ name: String, at now: SimulatedInstant
    ) throws(SnapshotError) -> MetricsObservation.Pod {
        var containers: [MetricsObservation.Pod.Container] = []
        for item in try items("containers") {
            containers.append(
                .init(
                    name: try item.member("name")?.text() ?? "",
                    usage: try item.amounts(without: ["name"])))
        }
        return MetricsObservation.Pod(
            name: name, timestamp: try member("timestampSecondsAgo")?.age(at: now) ?? now,
            window: try member("windowSeconds")?.period() ?? .seconds(60),
            totals: try amounts(
                without: ["timestampSecondsAgo", "windowSeconds", "containers"]),
            containers: containers)
    }
}
