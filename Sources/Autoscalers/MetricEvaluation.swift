import Kernel

extension ReplicaCalculation {
    /// Evaluates one metric of the spec; a failure is in the result.
    ///
    /// Names, reasons and messages are those of `computeReplicasForMetric` and what it calls in
    /// `pkg/controller/podautoscaler/horizontal.go`.
    func evaluate(_ metric: HorizontalMetric, _ metrics: MetricsObservation) -> MetricResult {
        var result = MetricResult(type: metric.type)
        do throws(CalculationFailure) {
            let proposal: Proposal
            switch metric {
            case .resource(let source):
                result.name = resourceName(source, isContainer: false)
                proposal = try evaluate(source, metrics, groups: &result.groups)
            case .containerResource(let source):
                result.name = resourceName(source, isContainer: true)
                proposal = try evaluate(source, metrics, groups: &result.groups)
            case .pods(let source):
                result.name = "pods metric \(source.metric.name)"
                proposal = try evaluate(source, metrics, groups: &result.groups)
            case .object(let source):
                result.name = objectName(source)
                proposal = try evaluate(source, metrics)
            case .external(let source):
                result.name = "external metric \(source.metric.name)(\(source.metric.selector))"
                proposal = try evaluate(source, metrics)
            case .unknown(let type):
                throw CalculationFailure("unknown metric source type \"\(type)\"")
            }
            result.proposal = proposal.replicas
            result.averageUtilization = proposal.averageUtilization
            result.averageValue = proposal.averageValue
            result.value = proposal.value
        } catch {
            result.failure = .init(reason: failureReason(metric), message: error.message)
        }
        return result
    }

    /// What the pass calls the failure of a metric.
    static func passFailure(_ metric: HorizontalMetric, _ message: String) -> String {
        switch metric {
        case .resource(let source):
            "failed to get \(source.name) resource metric value: \(message)"
        case .containerResource(let source):
            "failed to get \(source.container) container metric value: \(message)"
        case .pods: "failed to get pods metric value: \(message)"
        case .object: "failed to get object metric value: \(message)"
        case .external(let source):
            "failed to get \(source.metric.name) external metric value: \(message)"
        case .unknown: message
        }
    }

    private func failureReason(_ metric: HorizontalMetric) -> String {
        switch metric {
        case .unknown: "InvalidMetricSourceType"
        default: "FailedGet\(metric.type)Metric"
        }
    }

    private func resourceName(_ source: ResourceMetric, isContainer: Bool) -> String {
        if source.target.averageValue != nil { return "\(source.name) resource" }
        return "\(source.name) \(isContainer ? "container " : "")resource utilization "
            + "(percentage of request)"
    }

    private func objectName(_ source: ObjectMetric) -> String {
        source.target.kind == .value
            ? "\(source.object.kind) metric \(source.metric.name)"
            : "external metric \(source.metric.name)(\(source.metric.selector))"
    }

    private func evaluate(
        _ source: ResourceMetric, _ metrics: MetricsObservation, groups: inout PodGroups?
    ) throws(CalculationFailure) -> Proposal {
        let samples = metrics.samples(of: source.name, container: source.container)
        let sorted = self.groups(samples, isCPU: source.name == "cpu")
        groups = sorted
        // A value takes precedence over a utilization.
        let isUsage = source.target.averageValue != nil
        guard isUsage || source.target.averageUtilization != nil else {
            throw CalculationFailure(
                "invalid resource metric source: neither an average utilization target nor an "
                    + "average value (usage) target was set")
        }
        do throws(CalculationFailure) {
            guard !metrics.pods.isEmpty else {
                throw CalculationFailure(
                    "unable to get metrics for resource \(source.name): no metrics returned from "
                        + "resource metrics API")
            }
            if let target = source.target.averageValue {
                return try average(target: target, samples: samples, groups: sorted)
            }
            return try utilization(
                of: source.name, container: source.container,
                target: source.target.averageUtilization ?? 0, samples: samples, groups: sorted)
        } catch {
            throw CalculationFailure(
                "failed to get \(source.name) \(isUsage ? "usage" : "utilization"): "
                    + error.message)
        }
    }

    private func evaluate(
        _ source: PodsMetric, _ metrics: MetricsObservation, groups: inout PodGroups?
    ) throws(CalculationFailure) -> Proposal {
        let samples = metrics.samples(ofMetric: source.metric.name)
        let sorted = self.groups(samples, isCPU: false)
        groups = sorted
        guard let target = source.target.averageValue else {
            throw CalculationFailure("invalid pods metric source: no average value target was set")
        }
        guard !samples.isEmpty else {
            throw CalculationFailure(
                "unable to get metric \(source.metric.name): no metrics returned from custom "
                    + "metrics API")
        }
        return try average(target: target, samples: samples, groups: sorted)
    }

    private func evaluate(
        _ source: ObjectMetric, _ metrics: MetricsObservation
    ) throws(CalculationFailure) -> Proposal {
        func reading() throws(CalculationFailure) -> Int64 {
            let found = metrics.objects.first {
                $0.object == source.object && $0.metric == source.metric.name
            }
            guard let found else {
                throw CalculationFailure(
                    "unable to get metric \(source.metric.name) on \(source.object.kind) "
                        + "\(source.object.name): no metrics returned from custom metrics API")
            }
            return found.value
        }
        if source.target.kind == .value, let target = source.target.value {
            return try value(reading(), target: target)
        }
        if source.target.kind == .averageValue, let target = source.target.averageValue {
            do throws(CalculationFailure) { return try share(reading(), target: target) } catch {
                throw CalculationFailure(
                    "failed to get \(source.metric.name) object metric: \(error.message)")
            }
        }
        throw CalculationFailure(
            "invalid object metric source: neither a value target nor an average value target "
                + "was set")
    }

    private func evaluate(
        _ source: ExternalMetric, _ metrics: MetricsObservation
    ) throws(CalculationFailure) -> Proposal {
        let name = source.metric.name
        func sum() throws(CalculationFailure) -> Int64 {
            let values = metrics.external.first { $0.metric == name }?.values ?? []
            guard !values.isEmpty else {
                throw CalculationFailure(
                    "unable to get external metric \(name)/\(source.metric.selector): no metrics "
                        + "returned from external metrics API")
            }
            return Int64(saturating: values.reduce(Int128(0)) { $0 + Int128($1) })
        }
        if let target = source.target.averageValue {
            do throws(CalculationFailure) { return try share(sum(), target: target) } catch {
                throw CalculationFailure("failed to get \(name) external metric: \(error.message)")
            }
        }
        if let target = source.target.value {
            do throws(CalculationFailure) { return try value(sum(), target: target) } catch {
                throw CalculationFailure("failed to get external metric \(name): \(error.message)")
            }
        }
        throw CalculationFailure(
            "invalid external metric source: neither a value target nor an average value target "
                + "was set")
    }
}
