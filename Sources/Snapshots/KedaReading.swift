import Autoscalers

/// Reading of KEDA's ScaledObject, with KEDA's defaults.
///
/// What it refuses is refused by the schema of the resource (`apis/keda/v1alpha1/scaledobject_types.go`) or by KEDA's
/// webhook (`scaledobject_webhook.go`), KEDA at 8b4f083c (August 2026).
extension Field {
    /// `self` is the spec.
    ///
    /// `triggerNames`: Of the triggers that a formula can use, where the spec does not list them.
    func scaledObject(
        annotations: [String: String], triggerNames: [String]? = nil
    ) throws(SnapshotError) -> ScaledObject {
        try allow([
            "scaleTargetRef", "pollingInterval", "initialCooldownPeriod", "cooldownPeriod",
            "idleReplicaCount", "minReplicaCount", "maxReplicaCount", "advanced", "triggers",
            "fallback",
        ])
        try member("scaleTargetRef")?.allow([
            "name", "apiVersion", "kind", "envSourceContainerName",
        ])
        let triggers = try kedaTriggers()
        let names =
            triggerNames
            ?? triggers.filter { !$0.isResource && !$0.name.isEmpty }.map(\.name)
        let advanced = try member("advanced")
        try advanced?.allow([
            "horizontalPodAutoscalerConfig", "restoreToOriginalReplicaCount", "scalingModifiers",
        ])
        let autoscaler = try advanced?.member("horizontalPodAutoscalerConfig")
        try autoscaler?.allow(["behavior", "name"])
        let object = ScaledObject(
            minReplicaCount: try member("minReplicaCount")?.count() ?? 0,
            maxReplicaCount: try member("maxReplicaCount")?.count(atLeast: 1) ?? 100,
            idleReplicaCount: try member("idleReplicaCount")?.count(),
            pollingInterval: try member("pollingInterval")?.count(atLeast: 1) ?? 30,
            cooldownPeriod: try member("cooldownPeriod")?.count() ?? 300,
            initialCooldownPeriod: try member("initialCooldownPeriod")?.count() ?? 0,
            fallback: try member("fallback")?.fallback(),
            annotations: KedaAnnotations(annotations),
            behavior: try autoscaler?.member("behavior")?.horizontalBehavior(),
            modifiers: try advanced?.member("scalingModifiers")?.scalingModifiers(names),
            triggers: triggers)
        try checkBounds(of: object)
        try checkFallback(of: object)
        return object
    }

    private func checkBounds(of object: ScaledObject) throws(SnapshotError) {
        if object.minReplicaCount > object.maxReplicaCount {
            throw try required("minReplicaCount").failure(
                "\(object.minReplicaCount) is more than `maxReplicaCount`, which is \(object.maxReplicaCount)",
                "lower it, or raise `maxReplicaCount`")
        }
        // KEDA counts one that is written as 0 as 1 here.
        let least = try member("minReplicaCount") == nil ? 0 : max(1, object.minReplicaCount)
        guard let idle = object.idleReplicaCount, idle >= least else { return }
        throw try required("idleReplicaCount").failure(
            "\(idle) is not less than `minReplicaCount`, which is \(object.minReplicaCount)",
            "write a smaller number, or raise `minReplicaCount`; without an idle size leave it out")
    }

    private func checkFallback(of object: ScaledObject) throws(SnapshotError) {
        guard let fallback = object.fallback else { return }
        let field = try required("fallback")
        if fallback.behavior == .scalingModifiers, object.modifiers == nil {
            throw try field.required("behavior").failure(
                "scalingModifiers leaves it to a formula, and there is none",
                "add `advanced.scalingModifiers.formula`, or write another behavior")
        }
        let hasOnlyResources =
            !object.triggers.isEmpty && object.triggers.allSatisfy(\.isResource)
        guard object.modifiers != nil || !hasOnlyResources else {
            throw field.failure(
                "triggers for cpu and memory have no fallback",
                "remove it, or add a trigger of another type")
        }
    }

    func kedaTriggers() throws(SnapshotError) -> [KedaTrigger] {
        var triggers: [KedaTrigger] = []
        for item in try items("triggers") {
            try item.allow([
                "type", "name", "useCachedMetrics", "metadata", "authenticationRef", "metricType",
            ])
            let trigger = KedaTrigger(
                type: try item.required("type").text(),
                name: try item.member("name")?.text() ?? "",
                metadata: try item.member("metadata")?.spellings() ?? [:],
                metricType: try item.member("metricType")?.choice(MetricTarget.Kind.self),
                usesCachedMetrics: try item.member("useCachedMetrics")?.bool() ?? false)
            try item.check(trigger, beside: triggers)
            triggers.append(trigger)
        }
        if isManifest, triggers.isEmpty {
            throw try required("triggers").failure("the list is empty", "add a trigger")
        }
        return triggers
    }

    /// Source: `ValidateTriggers` of `scaletriggers_types.go`, and `GetMetricTargetType` of `pkg/scalers/scaler.go`.
    private func check(
        _ trigger: KedaTrigger, beside others: [KedaTrigger]
    ) throws(SnapshotError) {
        if !trigger.name.isEmpty, others.contains(where: { $0.name == trigger.name }) {
            throw try required("name").failure(
                "another trigger has the name \"\(trigger.name.prefix(40))\"",
                "choose another name")
        }
        if trigger.usesCachedMetrics, trigger.isResource || trigger.type == "cron" {
            throw try required("useCachedMetrics").failure(
                "triggers of type \(trigger.type) have no cached metrics", "remove it")
        }
        if let kind = trigger.metricType, (kind == .utilization) != trigger.isResource,
            kind != .averageValue
        {
            throw try required("metricType").failure(
                "\(kind.rawValue) is not for triggers of type \(trigger.type.prefix(40))",
                "write AverageValue or \(trigger.isResource ? "Utilization" : "Value")")
        }
    }

    func fallback() throws(SnapshotError) -> MetricFallback {
        try allow(["failureThreshold", "replicas", "behavior"])
        if isManifest { for key in ["failureThreshold", "replicas"] { _ = try required(key) } }
        return MetricFallback(
            failureThreshold: try member("failureThreshold")?.count() ?? 0,
            replicas: try member("replicas")?.count() ?? 0,
            behavior: try member("behavior")?.choice(MetricFallback.Behavior.self) ?? .fixed)
    }

    /// Texts by name.
    func spellings() throws(SnapshotError) -> [String: String] {
        var texts: [String: String] = [:]
        for (key, node) in try members().sorted(by: { $0.key < $1.key }) where !node.isNull {
            texts[key] = try child(key, node).spelling()
        }
        return texts
    }
}

// MARK: Formulas

extension Field {
    /// `nil` if it says nothing, as if it were not there.
    func scalingModifiers(_ names: [String]) throws(SnapshotError) -> ScalingModifiers? {
        try allow(["formula", "target", "activationTarget", "metricType"])
        guard try !members().allSatisfy(\.value.isNull) else { return nil }
        let formula = try required("formula").formula(names)
        let target = try compositeTarget()
        return ScalingModifiers(
            formula: formula, target: target.number, hasWholeTarget: target.isWhole,
            activationTarget: try member("activationTarget")?.decimal() ?? 0,
            isForAll: target.isForAll)
    }

    /// `target` and `metricType`.
    func compositeTarget() throws(SnapshotError) -> (
        number: Double, isWhole: Bool, isForAll: Bool
    ) {
        let target = try required("target")
        let number = try target.decimal()
        guard number >= 0.001 else {
            throw target.failure(
                "the target of a formula must be above zero", "write 0.001 or more")
        }
        let kind = try member("metricType")
        let type = try kind?.choice(MetricTarget.Kind.self) ?? .averageValue
        if type == .utilization, let kind {
            throw kind.failure("Utilization is not for formulas", "write AverageValue or Value")
        }
        return (number, Int64(try target.spelling()) != nil, type == .value)
    }

    private func formula(_ names: [String]) throws(SnapshotError) -> ScalingFormula {
        let text = try spelling()
        do throws(FormulaRefusal) {
            return try ScalingFormula(text, names: names)
        } catch {
            throw failure("character \(error.offset + 1): \(error.message)", error.remedy)
        }
    }

    private func decimal() throws(SnapshotError) -> Double {
        let text = try spelling()
        guard let number = Double(text), number.isFinite else {
            throw failure("\"\(text.prefix(40))\" is no number", "write it as \"2.5\"")
        }
        return number
    }
}
