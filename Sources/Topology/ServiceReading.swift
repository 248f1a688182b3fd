import Kernel
import Model

/// Reads services, their steps and their calls.
struct ServiceReading {
    let directory: ServiceDirectory
    let network: Network
    let times: DistributionReading

    /// A service without its arrivals; nil after logging.
    func service(_ name: String, _ id: ServiceID, _ field: Field) -> ServiceDescription? {
        guard let reader = ObjectReader(.service, field) else { return nil }
        let replicas = reader.count("replicas")
        let cores = reader.cores("cores")
        let threads = threads(reader)
        let queue = reader.count("queue")
        let balancing = balancing(reader)
        let endpoints = endpoints(reader, of: id)
        if queue != nil, threads.count == nil, !reader.has("threads") {
            reader["queue"]?.fail(
                "a queue without `threads` never fills, since nothing waits for a thread",
                "add `threads:`, or remove `queue:`")
        }
        guard let replicas, let cores, let balancing, !endpoints.isEmpty else { return nil }
        return ServiceDescription(
            name: name, replicas: replicas, cores: cores, threads: threads.count,
            holdsThreadDuringCalls: threads.held, queueLimit: queue, balancing: balancing,
            endpoints: endpoints)
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

    private func balancing(_ reader: ObjectReader) -> Balancing? {
        switch reader.choice("balancing") {
        case "round-robin": .roundRobin
        case "random": .random
        case "least-requests": .leastRequests
        default: nil
        }
    }

    private func endpoints(
        _ reader: ObjectReader, of id: ServiceID
    ) -> [EndpointDescription] {
        if let field = reader["steps"] {
            return [
                EndpointDescription(
                    name: TopologyFormat.endpointName, steps: steps(field, of: id))
            ]
        }
        let named = reader.named("endpoints", "endpoints by name, each a list of steps") ?? []
        return named.map { EndpointDescription(name: $0.name, steps: steps($0.value, of: id)) }
    }

    private func steps(_ field: Field, of id: ServiceID) -> [StepDescription] {
        let wanted = "a list of steps, such as `- compute: 10 ms`"
        let items = field.items(wanted, count: 0...TopologyFormat.mostSteps) ?? []
        return items.compactMap { step($0, of: id) }
    }

    private func step(_ field: Field, of id: ServiceID) -> StepDescription? {
        guard let reader = ObjectReader(.step, field), let (name, value) = reader.chosen else {
            return nil
        }
        switch name {
        case "compute":
            return times.distribution(value).map { .compute($0) }
        case "call":
            return call(value, from: id).map { .call([$0]) }
        case "parallel":
            let items = reader.items(name, "a list of calls, such as `[b, c]`") ?? []
            return .call(items.compactMap { call($0, from: id) })
        default:
            let items = reader.items(name, "a list of calls, such as `[b, c]`") ?? []
            return .oneOf(items.compactMap { weightedCall($0, from: id) })
        }
    }

    private func call(_ field: Field, from id: ServiceID) -> CallDescription? {
        guard field.isMapping else { return shortCall(field, from: id) }
        guard let reader = ObjectReader(.call, field), var call = longCall(reader, from: id) else {
            return nil
        }
        guard let probability = reader.probability("probability") else { return nil }
        call.probability = probability
        return call
    }

    private func weightedCall(_ field: Field, from id: ServiceID) -> WeightedCall? {
        guard field.isMapping else {
            return shortCall(field, from: id).map { WeightedCall(weight: 1, call: $0) }
        }
        guard let reader = ObjectReader(.weightedCall, field) else { return nil }
        let weight = reader.number("weight")
        guard let call = longCall(reader, from: id), let weight else { return nil }
        return WeightedCall(weight: weight, call: call)
    }

    private func shortCall(_ field: Field, from id: ServiceID) -> CallDescription? {
        guard let (service, endpoint) = directory.endpoint(field) else { return nil }
        let latency = network.latency(Network.Edge(from: id, to: service))
        return CallDescription(
            target: service, endpoint: endpoint, requestLatency: latency.request,
            responseLatency: latency.response)
    }

    private func longCall(_ reader: ObjectReader, from id: ServiceID) -> CallDescription? {
        let target = target(reader)
        let timeout = reader.duration("timeout")
        let isOptional = reader.boolean("optional")
        guard let target, let isOptional else { return nil }
        let latency = network.latency(Network.Edge(from: id, to: target.service))
        return CallDescription(
            target: target.service, endpoint: target.endpoint, requestLatency: latency.request,
            responseLatency: latency.response, timeout: timeout, isOptional: isOptional)
    }

    private func target(_ reader: ObjectReader) -> (service: ServiceID, endpoint: Int)? {
        guard let field = reader["service"] else { return nil }
        guard let endpoint = reader["endpoint"] else { return directory.endpoint(field) }
        guard let service = directory.service(field),
            let name = endpoint.scalar(wanted: "the name of an endpoint"),
            let index = directory.endpoint(named: name, of: service, endpoint)
        else { return nil }
        return (service, index)
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
