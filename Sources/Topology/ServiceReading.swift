import Kernel
import Model

/// Reads services: everything but the users that call them.
struct ServiceReading {
    let directory: ServiceDirectory
    let network: Network
    let times: DistributionReading
    let keyspaces: NameList
    /// What the file says of all calls.
    let rules: CallRules

    /// A service without its arrivals, and what it says of its calls; nil after logging.
    func service(_ name: String, _ id: ServiceID, _ field: Field) -> ServiceDescription? {
        guard let reader = ObjectReader(.service, field) else { return nil }
        let replicas = reader.count("replicas")
        if replicas == 0, !reader.has("scaling") {
            reader["replicas"]?.fail(
                "a service without replicas answers nobody",
                "write at least 1, or add `scaling: { min: 0, max: 10 }`")
        }
        let cores = reader.cores("cores")
        let threads = threads(reader)
        let queue = QueueReading(reader, times)
        let balancing = reader.choice("balancing", .balancing)
        let data = DataReading(keyspaces: keyspaces, times: times)
        let caches = data.caches(reader, replicas: replicas)
        let locks = data.locks(reader)
        let rules = ownRules(reader)
        let steps = StepReading(
            service: id, directory: directory, network: network, times: times,
            caches: NameList(
                kind: "cache", place: "`caches` of the service", names: caches.map(\.name)),
            locks: NameList(
                kind: "lock", place: "`locks` of the service", names: locks.map(\.name)),
            rules: rules, otherRules: self.rules)
        let endpoints = endpoints(reader, steps)
        if reader.has("queue"), threads.count == nil, !reader.has("threads") {
            reader["queue"]?.fail(
                "a queue without `threads` never fills, since nothing waits for a thread",
                "add `threads:`, or remove `queue:`")
        }
        if balancing == .byKey { requireKeys(endpoints, reader) }
        let replica = ReplicaReading(times: times)
        let serving = ServingReading(times: times).serving(reader, replicas: replicas)
        let admission = reader["admission"].flatMap(replica.admission)
        let lifeCycle = reader["lifeCycle"].flatMap(replica.lifeCycle)
        let replication = reader["replication"].flatMap {
            data.replication($0, replicas: replicas)
        }
        let honoursDeadlines = reader.boolean("honoursDeadlines")
        guard let replicas, let cores, let balancing, !endpoints.isEmpty else { return nil }
        var service = ServiceDescription(
            name: name, replicas: replicas, cores: cores, threads: threads.count,
            holdsThreadDuringCalls: threads.held, queueLimit: queue.length, balancing: balancing,
            endpoints: endpoints)
        service.serving = serving
        service.serving.discipline = queue.discipline
        service.serving.waitLimit = queue.wait
        service.admission = admission
        service.lifeCycle = lifeCycle
        service.caches = caches
        service.locks = locks
        service.replication = replication
        service.honoursDeadlines = honoursDeadlines ?? false
        for call in endpoints.flatMap(\.calls) {
            let policy = (rules[call.target] ?? self.rules).policy
            service.policies[call.target] = policy.isPlain ? nil : policy
        }
        return service
    }

    /// By called service: what this service says of its calls, over what the file says of all.
    private func ownRules(_ reader: ObjectReader) -> [ServiceID: CallRules] {
        let wanted = "called services by name, such as `b: { timeout: 1 s }`"
        let reading = CallRulesReading(times: times)
        var own: [ServiceID: CallRules] = [:]
        for (name, field) in reader.named("calls", wanted) ?? [] {
            let rules = reading.rules(field, over: rules)
            if let id = directory.service(key: name, field) { own[id] = rules }
        }
        return own
    }

    private func threads(_ reader: ObjectReader) -> (count: Int?, held: Bool) {
        guard let field = reader["threads"] else { return (nil, true) }
        guard field.isMapping else {
            let range = ObjectReader.threadRange
            return (field.count(range), true)
        }
        guard let pool = ObjectReader(.threads, field) else { return (nil, true) }
        return (pool.count("count"), pool.boolean("heldDuringCalls") ?? true)
    }

    private func endpoints(
        _ reader: ObjectReader, _ steps: StepReading
    ) -> [EndpointDescription] {
        if let field = reader["steps"] {
            let name = TopologyFormat.endpointName
            return [EndpointDescription(name: name, steps: steps.endpoint(field))]
        }
        let named = reader.named("endpoints", "endpoints by name, each a list of steps") ?? []
        return named.map { name, field in
            guard field.isMapping else {
                return EndpointDescription(name: name, steps: steps.endpoint(field))
            }
            var endpoint = EndpointDescription(name: name, steps: [])
            guard let reader = ObjectReader(.endpoint, field) else { return endpoint }
            if let field = reader["steps"] { endpoint.steps = steps.endpoint(field) }
            endpoint.answersEarly = reader.boolean("answersEarly") ?? false
            endpoint.isWrite = reader.boolean("write") ?? false
            endpoint.keyspace = reader["keyspace"].flatMap(keyspaces.index)
            return endpoint
        }
    }

    private func requireKeys(_ endpoints: [EndpointDescription], _ reader: ObjectReader) {
        guard let plain = endpoints.first(where: { $0.keyspace == nil }) else { return }
        reader["balancing"]?.fail(
            "requests to the endpoint `\(plain.name)` have no key",
            "name its keyspace: `endpoints: { \(plain.name): { keyspace: ..., steps: [...] } }`")
    }
}

extension ObjectReader {
    /// What `threads` may be when it is a number.
    fileprivate static var threadRange: ClosedRange<Int> {
        guard case .count(let range)? = TopologyFormat.object(.threads).key("count")?.type else {
            return 1...1
        }
        return range
    }
}
