import Autoscalers
import ControlPlane
import Kernel
import Model

// Nodes, and what brings and takes them.
extension ScalingReading {
    func cluster(_ field: Field) -> ClusterDescription? {
        guard let reader = ObjectReader(.cluster, field),
            let scoring = reader.choice("scoring", .nodeScoring)
        else { return nil }
        let pools = (reader.named("pools", "pools of nodes by name") ?? []).compactMap {
            pool($0.name, $0.value)
        }
        guard !pools.isEmpty else { return nil }
        var cluster = ClusterDescription(pools: pools)
        cluster.scoring = scoring
        cluster.spreads = reader.boolean("spread") ?? true
        cluster.autoscaler = reader["autoscaler"].flatMap(autoscaler)
        cluster.placeholders = reader["placeholders"].flatMap(placeholders)
        return cluster
    }

    private func pool(_ name: String, _ field: Field) -> NodePoolDescription? {
        guard let reader = ObjectReader(.nodePool, field),
            let cpu = reader["cpu"].flatMap(milliCores), let memory = reader.memory("memory"),
            let nodes = reader.count("nodes")
        else { return nil }
        let least = reader.has("min") ? reader.count("min") ?? nodes : nodes
        let most = reader.has("max") ? reader.count("max") ?? nodes : nodes
        guard least <= nodes, nodes <= most else {
            field.fail(
                "`nodes` is not between `min` and `max`",
                "write three numbers in the order min, nodes, max")
            return nil
        }
        var pool = NodePoolDescription(
            name: name, cpu: cpu, memory: memory, initial: nodes, least: least, most: most)
        if let boot = reader.valueOrDefault("boot").flatMap(times.distribution) { pool.boot = boot }
        pool.failureProbability = reader.probability("failures") ?? 0
        pool.price = reader.number("price") ?? 0
        return pool
    }

    private func autoscaler(_ field: Field) -> ClusterAutoscalerDescription? {
        guard let reader = ObjectReader(.clusterAutoscaler, field) else { return nil }
        var autoscaler = ClusterAutoscalerDescription()
        autoscaler.scanPeriod = reader.duration("scan") ?? autoscaler.scanPeriod
        if autoscaler.scanPeriod < Self.shortestLook {
            reader["scan"]?.fail("`scan` is too short", "write at least `100 ms`")
        }
        autoscaler.expander = reader.choice("expander", .expander) ?? autoscaler.expander
        autoscaler.unneededTime = reader.duration("unneededTime") ?? autoscaler.unneededTime
        autoscaler.utilisationThreshold =
            reader.ratio("utilisationThreshold") ?? autoscaler.utilisationThreshold
        autoscaler.delayAfterAdd = reader.duration("delayAfterAdd") ?? autoscaler.delayAfterAdd
        autoscaler.mostProvisionTime =
            reader.duration("provisionLimit") ?? autoscaler.mostProvisionTime
        autoscaler.backoff = reader.duration("backoff") ?? autoscaler.backoff
        autoscaler.mostBackoff = SimulatedDuration(
            nanoseconds: autoscaler.backoff.nanoseconds * 6)
        autoscaler.isAtomic = reader.boolean("atomic") ?? false
        var provisioning = ProvisioningSettings()
        provisioning.bookingTime = reader.duration("bookingTime") ?? provisioning.bookingTime
        provisioning.firstRetry = reader.duration("requestBackoff") ?? provisioning.firstRetry
        provisioning.mostRetry = reader.duration("requestBackoffLimit") ?? provisioning.mostRetry
        autoscaler.provisioning = provisioning
        return autoscaler
    }

    /// The requests of a cluster, with where each stands.
    func provisioningRequests(
        _ cluster: Field, _ directory: ServiceDirectory
    ) -> [(request: ProvisioningRequestDescription, field: Field)] {
        guard let field = cluster.child("provisioningRequests"), !field.node.isNull else {
            return []
        }
        if cluster.child("autoscaler") == nil {
            field.fail(
                "nobody answers provisioning requests", "add `autoscaler: {}` to `cluster`")
        }
        let named = field.namedEntries("provisioning requests by name", count: 0...1_000) ?? []
        return named.compactMap { name, field in
            provisioningRequest(name, field, directory).map { ($0, field) }
        }
    }

    private func provisioningRequest(
        _ name: String, _ field: Field, _ directory: ServiceDirectory
    ) -> ProvisioningRequestDescription? {
        guard let reader = ObjectReader(.provisioningRequest, field),
            reader.choice("class") != nil, let at = reader.duration("at"),
            let count = reader.count("count"), let memory = reader.memory("memory"),
            let noRetry = reader.boolean("noRetry")
        else { return nil }
        var request = ProvisioningRequestDescription(
            name: name, created: .start + at, count: count,
            pod: PodResources(memory: Self.bytes(memory)))
        request.retries = !noRetry
        if let service = reader["service"] {
            guard let id = directory.service(service) else { return nil }
            request.service = id.index
        } else {
            guard let cpu = reader["cpu"].flatMap(milliCores) else { return nil }
            request.pod.cpu = cpu
        }
        return request
    }

    private func placeholders(_ field: Field) -> PlaceholderDescription? {
        guard let reader = ObjectReader(.placeholders, field), let count = reader.count("count"),
            let cpu = reader["cpu"].flatMap(milliCores), let memory = reader.memory("memory")
        else { return nil }
        return PlaceholderDescription(count: count, cpu: cpu, memory: memory)
    }
}
