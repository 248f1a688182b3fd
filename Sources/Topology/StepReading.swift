import Kernel
import Model

/// Reads the steps of one service, and the calls in them.
struct StepReading {
    let service: ServiceID
    let directory: ServiceDirectory
    let network: Network
    let times: DistributionReading
    let caches: NameList
    let locks: NameList
    /// By called service, for those of which the file says something; for the rest `otherRules`.
    let rules: [ServiceID: CallRules]
    let otherRules: CallRules

    /// The steps of an endpoint; logs when there are too many.
    func endpoint(_ field: Field) -> [StepDescription] {
        let steps = steps(field, inside: [])
        let count = steps.unrolledCount
        if count > ModelLimits.steps {
            let shown = count == .max ? "too many" : "\(count)"
            field.fail(
                "the endpoint has \(shown) steps once every `repeat` is written out",
                "repeat less often; the most is \(ModelLimits.steps)")
        }
        return steps
    }

    /// What the steps being read stand inside of.
    private enum Enclosing: Hashable {
        case cache(Int)
        case lock(Int)
    }

    private func steps(_ field: Field, inside: Set<Enclosing>) -> [StepDescription] {
        let wanted = "a list of steps, such as `- compute: 10 ms`"
        let items = field.items(wanted, count: 0...TopologyFormat.mostSteps) ?? []
        return items.compactMap { step($0, inside: inside) }
    }

    private func steps(
        _ name: String, _ reader: ObjectReader, inside: Set<Enclosing>
    ) -> [StepDescription]? {
        reader[name].map { steps($0, inside: inside) }
    }

    private func step(_ field: Field, inside: Set<Enclosing>) -> StepDescription? {
        guard let reader = ObjectReader(.step, field), let (name, value) = reader.chosen else {
            return nil
        }
        switch name {
        case "compute": return times.distribution(value).map { .compute($0) }
        case "delay": return times.distribution(value).map { .delay($0) }
        case "call": return call(value).map { .call([$0]) }
        case "send": return message(value).map { .call([$0]) }
        case "parallel": return parallel(value, reader)
        case "choose": return choice(value, reader)
        case "fail": return reader.probability(name).map { .fail(probability: $0) }
        case "sometimes": return sometimes(value, inside)
        case "repeat": return loop(value, inside)
        case "cache": return cached(value, inside)
        default: return locked(value, inside)
        }
    }

    // MARK: Steps inside

    private func sometimes(_ field: Field, _ inside: Set<Enclosing>) -> StepDescription? {
        guard let reader = ObjectReader(.sometimes, field) else { return nil }
        let probability = reader.probability("probability")
        guard let steps = steps("steps", reader, inside: inside), let probability else {
            return nil
        }
        return .maybe(probability: probability, steps)
    }

    private func loop(_ field: Field, _ inside: Set<Enclosing>) -> StepDescription? {
        guard let reader = ObjectReader(.loop, field) else { return nil }
        let times = reader.count("times")
        guard let steps = steps("steps", reader, inside: inside), let times else { return nil }
        return .repeated(times, steps)
    }

    private func cached(_ field: Field, _ inside: Set<Enclosing>) -> StepDescription? {
        guard let reader = ObjectReader(.cached, field) else { return nil }
        let cache = reader["cache"].flatMap(caches.index)
        if let cache, inside.contains(.cache(cache)) {
            reader["cache"]?.fail(
                "the cache `\(caches.names[cache])` is looked into while it is filled",
                "remove the inner step, or name another cache")
        }
        let own = cache.map { inside.union([.cache($0)]) } ?? inside
        guard let steps = steps("onMiss", reader, inside: own), let cache else { return nil }
        return .cached(cache: cache, steps)
    }

    private func locked(_ field: Field, _ inside: Set<Enclosing>) -> StepDescription? {
        guard let reader = ObjectReader(.locked, field) else { return nil }
        let lock = reader["lock"].flatMap(locks.index)
        if let lock, inside.contains(.lock(lock)) {
            reader["lock"]?.fail(
                "the lock `\(locks.names[lock])` is taken by the request that holds it",
                "remove the inner step, or name another lock; it would wait for itself for ever")
        }
        let own = lock.map { inside.union([.lock($0)]) } ?? inside
        guard let steps = steps("steps", reader, inside: own), let lock else { return nil }
        return .locked(lock: lock, steps)
    }

    // MARK: Calls

    private func parallel(_ field: Field, _ reader: ObjectReader) -> StepDescription? {
        guard field.isMapping else {
            let items = reader.items("parallel", "a list of calls, such as `[b, c]`") ?? []
            return .call(items.compactMap { call($0) })
        }
        guard let gather = ObjectReader(.gather, field) else { return nil }
        let items = gather.items("calls", "a list of calls, such as `[b, c]`") ?? []
        let calls = items.compactMap { call($0) }
        guard let need = gather["need"] else { return .call(calls) }
        switch need.scalar(wanted: "`all`, `first` or a number") {
        case nil: return nil
        case "all": return .call(calls)
        case "first": return .gather(calls, needed: 1)
        default:
            guard !items.isEmpty else { return nil }
            return need.count(1...items.count).map { .gather(calls, needed: $0) }
        }
    }

    private func choice(_ field: Field, _ reader: ObjectReader) -> StepDescription? {
        guard field.isMapping else {
            let items = reader.items("choose", "a list of calls, such as `[b, c]`") ?? []
            return .oneOf(items.compactMap { weightedCall($0) })
        }
        guard let choice = ObjectReader(.choice, field), let by = choice.choice("by"),
            let items = choice.items("calls", "a list of calls, such as `[b, c]`")
        else { return nil }
        guard by == "replicas" else { return .oneOf(items.compactMap { weightedCall($0) }) }
        return .oneByReplicas(
            items.compactMap { item in
                let call = weightedCall(item)
                if let call { checkReadinessIsKnown(call.call.target, item) }
                return call
            })
    }

    /// Only callers who choose replicas themselves are told which are ready.
    private func checkReadinessIsKnown(_ callee: ServiceID, _ field: Field) {
        let policy = (rules[callee] ?? otherRules).policy
        guard policy.choice == nil else { return }
        let name = directory.names[callee.index]
        field.fail(
            "`\(directory.names[service.index])` does not know which replicas of `\(name)` are ready",
            "add `calls: { \(name): { balancing: least-requests } }` to "
                + "`\(directory.names[service.index])`, or leave `by: replicas` out")
    }

    private func call(_ field: Field) -> CallDescription? {
        guard field.isMapping else { return shortCall(field) }
        guard let reader = ObjectReader(.call, field), var call = longCall(reader) else {
            return nil
        }
        guard let probability = reader.probability("probability") else { return nil }
        call.probability = probability
        return call
    }

    private func weightedCall(_ field: Field) -> WeightedCall? {
        guard field.isMapping else {
            return shortCall(field).map { WeightedCall(weight: 1, call: $0) }
        }
        guard let reader = ObjectReader(.weightedCall, field) else { return nil }
        let weight = reader.number("weight")
        guard let call = longCall(reader), let weight else { return nil }
        return WeightedCall(weight: weight, call: call)
    }

    /// A call whose answer nobody waits for.
    private func message(_ field: Field) -> CallDescription? {
        var call: CallDescription?
        if field.isMapping {
            guard let reader = ObjectReader(.message, field) else { return nil }
            let probability = reader.probability("probability")
            call = target(reader).map { self.call($0, timeout: nil) }
            guard let probability else { return nil }
            call?.probability = probability
        } else {
            call = directory.endpoint(field).map { self.call($0, timeout: nil) }
        }
        call?.timeout = nil
        call?.isForgotten = true
        return call
    }

    private func shortCall(_ field: Field) -> CallDescription? {
        directory.endpoint(field).map { call($0, timeout: nil) }
    }

    private func longCall(_ reader: ObjectReader) -> CallDescription? {
        let target = target(reader)
        let timeout = reader.duration("timeout")
        let isOptional = reader.boolean("optional")
        guard let target, let isOptional else { return nil }
        var call = call(target, timeout: timeout)
        call.isOptional = isOptional
        return call
    }

    private func call(
        _ target: (service: ServiceID, endpoint: Int), timeout: SimulatedDuration?
    ) -> CallDescription {
        let latency = network.latency(Network.Edge(from: service, to: target.service))
        return CallDescription(
            target: target.service, endpoint: target.endpoint, requestLatency: latency.request,
            responseLatency: latency.response,
            timeout: timeout ?? (rules[target.service] ?? otherRules).timeout)
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
