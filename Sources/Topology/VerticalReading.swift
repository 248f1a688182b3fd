import Autoscalers
import ControlPlane
import Kernel

// VerticalPodAutoscalers and quotas.
extension ScalingReading {
    func vertical(_ field: Field) -> VerticalSpec? {
        guard let reader = ObjectReader(.verticalScaling, field),
            let mode = reader.choice("updateMode", .updateMode),
            let controlsLimits = reader.choice("controlledValues", .controlledValues)
        else { return nil }
        var spec = VerticalSpec()
        spec.updateMode = mode
        spec.controlsLimits = controlsLimits
        if let least = reader["minAllowed"].flatMap(allowed) {
            (spec.leastCPU, spec.leastMemory) = least
        }
        if let most = reader["maxAllowed"].flatMap(allowed) {
            (spec.mostCPU, spec.mostMemory) = most
        }
        if let resources = reader.items("controlledResources", "`[cpu]`, say") {
            let names = resources.compactMap { $0.choice(["cpu", "memory"]) }
            spec.controlsCPU = names.contains("cpu")
            spec.controlsMemory = names.contains("memory")
        }
        spec.minReplicas = reader.count("minReplicas")
        if spec.leastCPU ?? 0 > spec.mostCPU ?? .max
            || spec.leastMemory ?? 0 > spec.mostMemory ?? .max
        {
            field.fail(
                "`minAllowed` is above `maxAllowed`", "lower `minAllowed` or raise `maxAllowed`")
        }
        return spec
    }

    private func allowed(_ field: Field) -> (cpu: Int64?, memory: Int64?)? {
        guard let reader = ObjectReader(.allowedResources, field) else { return nil }
        return (reader["cpu"].flatMap(milliCores), reader["memory"]?.memory().map(Self.bytes))
    }

    static func bytes(_ amount: Double) -> Int64 { Int64(max(0, min(amount, 9e18))) }

    func verticalControllers(_ field: Field) -> VerticalSettings? {
        guard let reader = ObjectReader(.verticalControllers, field) else { return nil }
        var settings = VerticalSettings()
        func time(_ name: String, _ value: inout SimulatedDuration) {
            value = reader.duration(name) ?? value
        }
        time("recommenderInterval", &settings.recommenderInterval)
        time("updaterInterval", &settings.updaterInterval)
        time("halfLife", &settings.cpuHalfLife)
        time("memoryHalfLife", &settings.memoryHalfLife)
        time("memoryInterval", &settings.memoryInterval)
        time("confidenceInterval", &settings.confidenceInterval)
        time("lifetimeThreshold", &settings.lifetimeThreshold)
        time("deferredTimeout", &settings.deferredTimeout)
        settings.targetPercentile = reader.ratio("targetPercentile") ?? settings.targetPercentile
        settings.lowerPercentile = reader.ratio("lowerPercentile") ?? settings.lowerPercentile
        settings.upperPercentile = reader.ratio("upperPercentile") ?? settings.upperPercentile
        settings.margin = reader.ratio("margin") ?? settings.margin
        settings.evictionTolerance = reader.ratio("evictionTolerance") ?? settings.evictionTolerance
        settings.updateThreshold = reader.ratio("updateThreshold") ?? settings.updateThreshold
        settings.minReplicas = reader.count("minReplicas") ?? settings.minReplicas
        settings.skipsDisruptionBudget = reader.boolean("skipDisruptionBudget") ?? false
        settings.least = PodResources(
            cpu: reader.valueOrDefault("minCpu").flatMap(milliCores) ?? settings.least.cpu,
            memory: reader.memory("minMemory").map(Self.bytes) ?? settings.least.memory)
        for (name, interval) in [
            ("recommenderInterval", settings.recommenderInterval),
            ("updaterInterval", settings.updaterInterval),
        ] where interval < Self.shortestLook {
            reader[name]?.fail("`\(name)` is too short", "write at least `100 ms`")
        }
        return settings
    }

    /// By namespace, with where it stands.
    func quotas(_ reader: ObjectReader) -> [(quota: QuotaDescription, field: Field)] {
        (reader.named("quotas", "quotas by namespace") ?? []).compactMap { name, field in
            guard let quota = ObjectReader(.quota, field) else { return nil }
            let requests = quota["requests"].flatMap(allowed)
            let described = QuotaDescription(
                namespace: name, cpu: requests?.cpu, memory: requests?.memory,
                pods: quota.count("pods"))
            guard described != QuotaDescription(namespace: name) else {
                field.fail(
                    "the quota limits nothing", "add `requests: { cpu: 10 cores }` or `pods: 20`")
                return nil
            }
            return (described, field)
        }
    }

    /// What only shows when all services are known: namespaces and requests that stand for nothing.
    func check(_ common: Common, _ scalings: [ReplicaScaling?], _ names: [String]) {
        let namespaces = Set(scalings.compactMap { $0?.namespace } + ["default"])
        for (quota, field) in common.quotas where !namespaces.contains(quota.namespace) {
            field.fail(
                "no service is in the namespace `\(quota.namespace)`",
                "the namespaces are " + namespaces.sorted().joined(separator: ", "))
        }
        for (quota, field) in common.quotas where quota.memory != nil {
            // Whoever says nothing of cores asks for all of them, so that only memory can be missing.
            for (name, scaling) in zip(names, scalings)
            where scaling?.namespace == quota.namespace && scaling?.memoryRequest == 0 {
                field.fail(
                    "the quota is of memory, and the pods of `\(name)` ask for none: all would be refused",
                    "add `requests: { memory: 500 MB }` to its `scaling`, say")
            }
        }
        var seen: Set<Int> = []
        for (request, field) in common.requests {
            guard let service = request.service else { continue }
            if !seen.insert(service).inserted {
                field.fail(
                    "another request asks for the same service already",
                    "keep one request for each service")
            }
            guard let scaling = scalings[service] else {
                field.fail(
                    "the service has no `scaling`",
                    "add `scaling: { min: 0, max: \(request.count) }` and `replicas: 0` to it")
                continue
            }
            if scaling.bounds.least > 0 || scaling.bounds.most < request.count {
                field.fail(
                    "the service may not have 0 and \(request.count) replicas",
                    "give it `min: 0` and a `max` of \(request.count) or more")
            } else if scaling.initialReplicas ?? 0 > 0 {
                field.fail(
                    "the service begins with replicas, and is to have none until room is found",
                    "write `replicas: 0` in the service")
            }
        }
    }
}
