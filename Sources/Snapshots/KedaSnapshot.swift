package import Autoscalers
package import Kernel

/// Everything that one decision of KEDA looks at: docs/evaluate.md has the format.
package struct KedaSnapshot: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case poll(Poll)
        case fallback(Read)
        case scaledJob(Jobs)
    }

    package struct Poll: Hashable, Sendable {
        package var object: ScaledObject
        package var current: Int
        /// `nil`: all of them.
        package var ready: Int?
        package var lastActive: SimulatedInstant?
        package var created: SimulatedInstant
        package var triggers: [ScaledObjectPoll.Trigger]
    }

    package struct Read: Hashable, Sendable {
        package var fallback: MetricFallback?
        package var metric: String
        package var target: MetricFallback.Target
        package var value: Quantity?
        package var health: [String: MetricFallback.Health]
        package var currentReplicas: Int
        package var readyReplicas: Int
    }

    package struct Jobs: Hashable, Sendable {
        package var job: ScaledJob
        package var queues: [ScaledJob.Queue]
        package var running: Int
        package var pending: Int
    }

    package var name: String?
    package var kind: Kind

    private static let now = SimulatedInstant.start

    /// Reads a snapshot; the error names the field.
    package init(_ node: Node, path: String = "") throws(SnapshotError) {
        let root = Field(node, path: path)
        name = try root.member("name")?.spelling()
        let kind = try root.required("kind")
        switch try kind.text() {
        case "poll": self.kind = .poll(try root.kedaPoll(at: Self.now))
        case "fallback": self.kind = .fallback(try root.kedaRead())
        case "scaledjob": self.kind = .scaledJob(try root.kedaJobs())
        case let other:
            throw kind.failure(
                "unknown kind \"\(other.prefix(40))\"", "write poll, fallback or scaledjob")
        }
    }

    /// What KEDA decides, in the documented form.
    package var answer: Node {
        var answer: [String: Node]
        switch kind {
        case .poll(let poll): answer = poll.answer(at: Self.now)
        case .fallback(let read): answer = read.answer
        case .scaledJob(let jobs): answer = jobs.answer
        }
        answer["name"] = Node(name)
        return Node(answer)
    }
}

extension Field {
    fileprivate func kedaPoll(at now: SimulatedInstant) throws(SnapshotError) -> KedaSnapshot.Poll {
        let object = try required("scaledObject")
        let spec = try object.member("spec") ?? object.child("spec", Node(.map([:])))
        let annotations = try object.member("annotations")?.spellings() ?? [:]
        var triggers: [ScaledObjectPoll.Trigger] = []
        for item in try items("triggers") { triggers.append(try item.pollTrigger()) }
        let names = triggers.filter { !$0.isResource && !$0.name.isEmpty }.map(\.name)
        return KedaSnapshot.Poll(
            object: try spec.scaledObject(annotations: annotations, triggerNames: names),
            current: try required("current").required("replicas").count(),
            ready: try required("current").member("readyReplicas")?.count(),
            lastActive: try object.member("status")?.member("lastActiveSecondsAgo")?.age(at: now),
            created: try object.member("createdSecondsAgo")?.age(at: now)
                // Older than any cooldown.
                ?? now - .seconds(2 * Int64(ReplicaCount.largest)),
            triggers: triggers)
    }

    private func pollTrigger() throws(SnapshotError) -> ScaledObjectPoll.Trigger {
        let type = try member("type")?.text() ?? ""
        return ScaledObjectPoll.Trigger(
            name: try member("name")?.text() ?? "", value: try triggerValue(),
            activationThreshold: try member("activationThreshold")?.quantity() ?? .zero,
            isFallbackActive: try member("fallbackActive")?.bool() ?? false,
            isLeftOut: try member("leftOut")?.bool() ?? false,
            isResource: type == "cpu" || type == "memory")
    }

    /// The value of a trigger; `nil` if it failed. Only one with neither a value nor an error reads as 0.
    private func triggerValue() throws(SnapshotError) -> Quantity? {
        if try hasError() { return nil }
        return try member("value")?.quantity() ?? .zero
    }

    /// `error` is a boolean, or the text of an error.
    private func hasError() throws(SnapshotError) -> Bool {
        guard let field = try member("error") else { return false }
        if case .text(let text) = field.node.content { return !text.isEmpty }
        return try field.bool()
    }

    fileprivate func kedaRead() throws(SnapshotError) -> KedaSnapshot.Read {
        let object = try member("scaledObject")
        let trigger = try required("trigger")
        let target = try trigger.required("target")
        let current = try member("current")
        var health: [String: MetricFallback.Health] = [:]
        if let field = try object?.member("status")?.member("health") {
            for (key, node) in try field.members().sorted(by: { $0.key < $1.key })
            where !node.isNull {
                let entry = field.child(key, node)
                health[key] = MetricFallback.Health(
                    failures: try entry.member("numberOfFailures")?.count() ?? 0,
                    isFailing: try entry.member("status")?.text() == "Failing")
            }
        }
        // A formula's target is what a fallback reaches, and must be whole for that.
        let spec = try object?.member("spec")
        var fallback = try spec?.member("fallback")?.fallback()
        var reached = try target.kedaTarget()
        if let modifiers = try spec?.member("advanced")?.member("scalingModifiers") {
            let composite = try modifiers.compositeTarget()
            reached = ScalingModifiers.fallbackTarget(
                composite.number, isForAll: composite.isForAll)
            if !composite.isWhole { fallback = nil }
        }
        return KedaSnapshot.Read(
            fallback: fallback, metric: try trigger.member("metric")?.text() ?? "",
            target: reached,
            value: try trigger.triggerValue(), health: health,
            currentReplicas: try current?.member("replicas")?.count() ?? 0,
            readyReplicas: try current?.member("readyReplicas")?.count() ?? 0)
    }

    private func kedaTarget() throws(SnapshotError) -> MetricFallback.Target {
        let kind = try member("type")?.choice(MetricTarget.Kind.self) ?? .averageValue
        switch kind {
        case .averageValue: return .averageValue(try required("averageValue").quantity())
        case .value: return .value(try required("value").quantity())
        case .utilization:
            throw failure(
                "Utilization is for cpu and memory only", "write AverageValue or Value as the type")
        }
    }

    fileprivate func kedaJobs() throws(SnapshotError) -> KedaSnapshot.Jobs {
        var queues: [ScaledJob.Queue] = []
        for item in try items("triggers") where try !item.hasError() {
            queues.append(
                ScaledJob.Queue(
                    length: try item.required("value").quantity(),
                    target: try item.member("target")?.quantity() ?? Quantity(1),
                    isActive: try item.member("active")?.bool() ?? true))
        }
        let jobs = try member("jobs")
        return KedaSnapshot.Jobs(
            job: try required("scaledJob").scaledJob(hasTriggers: false), queues: queues,
            running: try jobs?.member("running")?.count() ?? 0,
            pending: try jobs?.member("pending")?.count() ?? 0)
    }
}

extension KedaSnapshot.Poll {
    fileprivate func answer(at now: SimulatedInstant) -> [String: Node] {
        let outcome = ScaledObjectPoll.poll(
            object, triggers: triggers, current: current, ready: ready, lastActive: lastActive,
            created: created, now: now)
        return [
            "compositeMetric": Node(outcome.composite?.description),
            "replicas": Node(outcome.replicas), "active": Node(outcome.isActive),
            "lastActiveUpdated": Node(outcome.isLastActiveUpdated),
            "lastActiveSecondsAgo": outcome.lastActive.map { Node(age: $0, at: now) } ?? nil,
            "conditions": outcome.conditions.answer(always: ["Ready", "Active", "Paused"]),
            "events": Node(outcome.events.map(\.answer)),
        ]
    }
}

extension KedaSnapshot.Read {
    fileprivate var answer: [String: Node] {
        let reading = MetricFallback.read(
            fallback, metric: metric, target: target, value: value, health: health,
            currentReplicas: currentReplicas, readyReplicas: readyReplicas)
        return [
            "metricValue": Node(reading.value?.description),
            "error": Node(reading.value == nil),
            "fallbackActive": Node(reading.isFallbackActive),
            "health": reading.health[metric].map { health in
                Node([
                    "numberOfFailures": Node(health.failures),
                    "status": health.isFailing ? "Failing" : "Happy",
                ])
            } ?? nil,
            "fallbackCondition": Node(reading.condition?.status.rawValue),
        ]
    }
}

extension KedaSnapshot.Jobs {
    fileprivate var answer: [String: Node] {
        let decision = job.decide(queues: queues, running: running, pending: pending)
        return [
            "active": Node(decision.isActive), "queueLength": Node(decision.queueLength),
            "maxScale": Node(decision.maxScale),
            "effectiveMaxScale": Node(decision.effectiveMaxScale),
            "scaleTo": Node(decision.scaleTo), "create": Node(decision.create),
        ]
    }
}
