import Kernel

/// How many replicas one metric proposes. Source of all rules:
/// `pkg/controller/podautoscaler/replica_calculator.go` of Kubernetes.
struct ReplicaCalculation {
    /// How far a ratio may be from 1 without a change of size.
    struct Tolerances {
        var down: Double
        var up: Double

        func contains(_ ratio: Double) -> Bool { 1 - down <= ratio && ratio <= 1 + up }
    }

    struct Proposal {
        var replicas: Int
        var averageUtilization: Int?
        var averageValue: Int64?
        var value: Int64?
    }

    var current: ScaleObservation
    var pods: [PodObservation]
    var settings: HorizontalSettings
    var tolerances: Tolerances
    var now: SimulatedInstant
}

// MARK: Metrics of pods

extension ReplicaCalculation {
    func groups(_ samples: [PodSample], isCPU: Bool) -> PodGroups {
        PodGroups(pods, samples: samples, isCPU: isCPU, settings: settings, now: now)
    }

    /// The samples of pods that are neither ignored nor unready, and those of pods that no longer exist.
    private func counted(
        _ samples: [PodSample], _ groups: PodGroups
    ) throws(CalculationFailure) -> [PodSample] {
        guard !pods.isEmpty else {
            throw CalculationFailure("no pods returned by selector while calculating replica count")
        }
        let dropped = Set(groups.ignored).union(groups.unready)
        let counted = samples.filter { !dropped.contains($0.pod) }
        guard !counted.isEmpty else {
            throw CalculationFailure(
                "did not receive metrics for targeted pods (pods might be unready)")
        }
        return counted
    }

    /// Usage against requests, as a percentage of them.
    func utilization(
        of resource: String, container: String, target: Int, samples: [PodSample],
        groups: PodGroups
    ) throws(CalculationFailure) -> Proposal {
        let counted = try counted(samples, groups)
        var requests: [String: Int64] = [:]
        for pod in pods {
            requests[pod.name] = try pod.request(
                of: resource, container: container, settings)
        }
        let known = counted.compactMap { sample in
            requests[sample.pod].map { (usage: sample.value, request: $0) }
        }
        let first = try Utilization(known, target: target)
        let replicas = try resized(groups, samples: counted.count, first: first.ratio) {
            (isUp) throws(CalculationFailure) in
            // A pod without a sample has used what was asked for, or the target if that is more.
            let fill = Int128(max(100, target))
            let missing = groups.missing.compactMap { name in
                requests[name].map { request in
                    (
                        usage: isUp ? 0 : Int64(saturating: Int128(request) * fill / 100),
                        request: request
                    )
                }
            }
            let unready = groups.unready.compactMap { name in
                requests[name].map { (usage: Int64(0), request: $0) }
            }
            return try Utilization(
                known + missing + (isUp ? unready : []), target: target
            ).ratio
        }
        return Proposal(
            replicas: replicas, averageUtilization: first.percent, averageValue: first.average)
    }

    /// An average over pods against a target in thousandths.
    func average(
        target: Int64, samples: [PodSample], groups: PodGroups
    ) throws(CalculationFailure) -> Proposal {
        let counted = try counted(samples, groups)
        func ratio(_ values: [Int64]) -> (ratio: Double, average: Int64) {
            let sum = values.reduce(Int128(0)) { $0 + Int128($1) }
            let average = Int64(saturating: sum / Int128(max(values.count, 1)))
            return (Double(average) / Double(target), average)
        }
        let known = counted.map(\.value)
        let first = ratio(known)
        let replicas = try resized(groups, samples: counted.count, first: first.ratio) {
            (isUp) throws(CalculationFailure) in
            let missing = groups.missing.map { _ in isUp ? 0 : target }
            let unready = isUp ? groups.unready.map { _ in Int64(0) } : []
            return ratio(known + missing + unready).ratio
        }
        return Proposal(replicas: replicas, averageValue: first.average)
    }

    /// The size that a ratio over the pods with samples leads to, with caution for those without.
    ///
    /// `filled`: The ratio once missing pods count, and on the way up unready ones; called only where
    /// the first ratio is not 1.
    private func resized(
        _ groups: PodGroups, samples count: Int, first: Double,
        filled: (_ isUp: Bool) throws(CalculationFailure) -> Double
    ) throws(CalculationFailure) -> Int {
        let current = current.specReplicas
        let countsUnready = !groups.unready.isEmpty && first > 1
        if !countsUnready, groups.missing.isEmpty {
            if tolerances.contains(first) { return current }
            return ReplicaCount.up(first * Double(groups.ready))
        }
        var (second, size) = (first, count)
        if first < 1 || first > 1 {
            second = try filled(first > 1)
            size += groups.missing.count + (countsUnready ? groups.unready.count : 0)
        }
        let isReversed = first < 1 && second > 1 || first > 1 && second < 1
        if tolerances.contains(second) || isReversed { return current }
        let replicas = ReplicaCount.up(second * Double(size))
        let isContrary = second < 1 && replicas > current || second > 1 && replicas < current
        return isContrary ? current : replicas
    }
}

/// Usage as a percentage of requests, over pods that have both.
private struct Utilization {
    /// Whole per cent, rounded towards zero.
    var percent: Int
    /// Percent through target.
    var ratio: Double
    /// Thousandths a pod.
    var average: Int64

    init(
        _ pods: [(usage: Int64, request: Int64)], target: Int
    ) throws(CalculationFailure) {
        let usage = pods.reduce(Int128(0)) { $0 + Int128($1.usage) }
        let request = pods.reduce(Int128(0)) { $0 + Int128($1.request) }
        guard request != 0 else {
            throw CalculationFailure("no metrics returned matched known pods")
        }
        let whole = usage * 100 / request
        percent = ReplicaCount.clamped(Int(Int64(saturating: whole)))
        ratio = Double(percent) / Double(target)
        average = Int64(saturating: usage / Int128(pods.count))
    }
}

// MARK: Metrics of other things

extension ReplicaCalculation {
    /// A value against a target, both in thousandths: the pods that are ready, times their ratio.
    func value(_ value: Int64, target: Int64) throws(CalculationFailure) -> Proposal {
        let ratio = Double(value) / Double(target)
        if current.specReplicas == 0 {
            return Proposal(replicas: ReplicaCount.up(ratio), value: value)
        }
        if tolerances.contains(ratio) {
            return Proposal(replicas: current.specReplicas, value: value)
        }
        guard !pods.isEmpty else {
            throw CalculationFailure(
                "unable to calculate ready pods: no pods returned by selector while calculating "
                    + "replica count")
        }
        let ready = pods.count { $0.phase == .running && $0.readiness?.isReady == true }
        return Proposal(replicas: ReplicaCount.up(ratio * Double(ready)), value: value)
    }

    /// A value shared by the replicas that there are, against a target for each.
    func share(_ value: Int64, target: Int64) -> Proposal {
        let replicas = current.statusReplicas
        let ratio = Double(value) / (Double(target) * Double(replicas))
        let proposal =
            tolerances.contains(ratio)
            ? replicas : ReplicaCount.up(Double(value) / Double(target))
        return Proposal(replicas: proposal, averageValue: Self.each(value, of: replicas))
    }

    private static func each(_ value: Int64, of replicas: Int) -> Int64 {
        if Double(value) >= Double(Int64.max) { return .max }
        return replicas == 0 ? 0 : Int64(saturatingUp: Double(value) / Double(replicas))
    }
}
