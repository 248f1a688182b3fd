package import Autoscalers
package import Kernel

extension HorizontalDecision {
    /// The decision in the form of docs/evaluate.md, with ages that count from `now`.
    package func answer(name: String?, at now: SimulatedInstant) -> Node {
        Node([
            "name": Node(name),
            "desiredReplicas": Node(desiredReplicas),
            "error": Node(failure != nil),
            "message": Node(failure),
            "rescale": Node(isRescale),
            "rescaleReason": isRescale ? Node(rescaleReason) : nil,
            "metrics": Node(metrics.map(\.answer)),
            "conditions": conditions.answer(
                always: ["AbleToScale", "ScalingActive", "ScalingLimited", "ScaledToZero"]),
            "events": Node(events.map(\.answer)),
            "history": memory.answer(at: now),
        ])
    }
}

extension MetricResult {
    fileprivate var answer: Node {
        var current: [String: Node] = [:]
        if let averageUtilization { current["averageUtilization"] = Node(averageUtilization) }
        if let averageValue { current["averageValue"] = Node(quantity: averageValue) }
        if let value { current["value"] = Node(quantity: value) }
        return Node([
            "type": Node(type),
            "proposedReplicas": Node(proposal),
            "current": failure == nil ? Node(current) : nil,
            "error": Node(failure != nil),
            "message": Node(failure?.message),
            "podGroups": groups.map { groups in
                Node([
                    "ready": Node(groups.ready),
                    "unready": Node(groups.unready.map { Node($0) }),
                    "missing": Node(groups.missing.map { Node($0) }),
                    "ignored": Node(groups.ignored.map { Node($0) }),
                ])
            } ?? nil,
        ])
    }
}

extension HorizontalAutoscalerMemory {
    fileprivate func answer(at now: SimulatedInstant) -> Node {
        func events(_ events: [ScaleEvent]) -> Node {
            Node(
                events.map {
                    ["secondsAgo": Node(age: $0.instant, at: now), "change": Node($0.change)]
                }.map { Node($0) })
        }
        return Node([
            "recommendations": recommendations.map { entries in
                Node(
                    entries.map {
                        Node([
                            "secondsAgo": Node(age: $0.instant, at: now),
                            "replicas": Node($0.replicas),
                        ])
                    })
            } ?? nil,
            "scaleUpEvents": events(scaleUpEvents),
            "scaleDownEvents": events(scaleDownEvents),
        ])
    }
}

extension ConditionList {
    /// The conditions by type; `always`: types that are null where they are not set.
    func answer(always: [String]) -> Node {
        var answer: [String: Node] = [:]
        for type in always { answer[type] = nil as Node }
        for condition in all {
            answer[condition.type] = Node([
                "status": Node(condition.status.rawValue), "reason": Node(condition.reason),
                "message": Node(condition.message),
            ])
        }
        return Node(answer)
    }
}

extension AutoscalerEvent {
    var answer: Node {
        Node([
            "type": isWarning ? "Warning" : "Normal", "reason": Node(reason),
            "message": Node(message),
        ])
    }
}

extension Node {
    /// An amount in thousandths as a quantity.
    init(quantity milli: Int64) { self.init(Quantity(milli: milli).description) }

    /// An age in seconds, whole where it is.
    init(age instant: SimulatedInstant, at now: SimulatedInstant) {
        let age = instant.age(at: now).nanoseconds
        self.init(
            .number(
                age % 1_000_000_000 == 0
                    ? String(age / 1_000_000_000) : "\(Double(age) / 1e9)"))
    }
}
