import Kernel
import Model

/// Reads what goes wrong, or is changed, while a run goes on.
struct FaultReading {
    /// Everything but the faults.
    let model: ModelDescription
    let directory: ServiceDirectory
    let times: DistributionReading

    /// All faults of the file that could be read.
    func faults(_ reader: ObjectReader) -> [FaultDescription] {
        let wanted = "faults by name, such as `crash: { kill: { service: a }, at: 60 s }`"
        return (reader.named("faults", wanted) ?? []).compactMap { name, field in
            guard let fault = ObjectReader(.fault, field), let (kind, value) = fault.chosen else {
                return nil
            }
            let effect = effect(kind, value, fault)
            let schedule = FaultScheduleReading(times: times).schedule(
                fault, isInstant: ["kill", "restart", "flush"].contains(kind), kind: kind,
                hitsOneService: effect?.conditionService != nil || effect == nil)
            guard let effect, let schedule else { return nil }
            return FaultDescription(name: name, effect: effect, schedule: schedule)
        }
    }

    private func effect(
        _ kind: String, _ field: Field, _ fault: ObjectReader
    ) -> FaultEffect? {
        switch kind {
        case "kill": target(.replicaFault, field).map { .kill($0.service, $0.replicas) }
        case "restart": target(.replicaFault, field).map { .restart($0.service, $0.replicas) }
        case "down": down(field)
        case "zoneDown":
            fault.count(kind).flatMap { zone($0, field) }.map {
                .down(model.services.indices.map { ServiceID($0) }, $0)
            }
        case "slow":
            target(.slowFault, field).flatMap { target in
                target.reader.number("factor").map {
                    .slow(target.service, target.replicas, factor: $0)
                }
            }
        case "errors":
            target(.errorFault, field).flatMap { target in
                target.reader.probability("probability").map {
                    .errors(target.service, target.replicas, probability: $0)
                }
            }
        case "latency":
            edge(.latencyFault, field).flatMap { edge in
                edge.reader["added"].flatMap(times.distribution).map {
                    .latency(from: edge.from, to: edge.to, added: $0)
                }
            }
        case "loss":
            edge(.lossFault, field).flatMap { edge in
                edge.reader.probability("probability").map {
                    .loss(from: edge.from, to: edge.to, probability: $0)
                }
            }
        case "partition": partition(field)
        case "flush": flush(field)
        case "cores":
            ObjectReader(.coresFault, field).flatMap { reader in
                let service = reader["service"].flatMap(directory.service)
                guard let cores = reader.cores("cores"), let service else { return nil }
                return .cores(service, cores)
            }
        default: change(field)
        }
    }
}

// MARK: - Replicas

extension FaultReading {
    private struct Target {
        var service: ServiceID
        var replicas: ReplicaSelection
        var reader: ObjectReader
    }

    private func target(_ name: FormatObject.Name, _ field: Field) -> Target? {
        guard let reader = ObjectReader(name, field) else { return nil }
        let service = reader["service"].flatMap(directory.service)
        let replicas = replicas(reader, of: service.map { [$0] } ?? [])
        guard let service, let replicas else { return nil }
        return Target(service: service, replicas: replicas, reader: reader)
    }

    /// `services` are those whose replicas are meant, of which the least bounds their numbers.
    private func replicas(
        _ reader: ObjectReader, of services: [ServiceID]
    ) -> ReplicaSelection? {
        guard let field = reader.valueOrDefault("replicas") else { return nil }
        let least = services.map { model.services[$0.index].replicas }.min() ?? ModelLimits.replicas
        if field.isMapping {
            guard let zone = ObjectReader(.zone, field), let number = zone.count("zone") else {
                return nil
            }
            return self.zone(number, field)
        }
        if field.isSequence {
            let wanted = "a list of replicas by number, such as `[0, 3]`"
            let items = field.items(wanted, count: 1...ModelLimits.replicas) ?? []
            let numbers = items.compactMap { $0.count(0...least - 1) }
            guard !items.isEmpty, numbers.count == items.count else { return nil }
            return .list(Set(numbers).sorted())
        }
        guard let selection = field.replicas() else { return nil }
        if case .count(let count) = selection, count > least {
            field.fail(
                "there are only \(least) replicas", "write a number from 1 to \(least), or `all`")
            return nil
        }
        return selection
    }

    private func zone(_ zone: Int, _ field: Field) -> ReplicaSelection? {
        guard zone < model.zones else {
            field.fail(
                "there is no zone \(zone)",
                model.zones == 1
                    ? "write how many zones there are, such as `zones: 3`, at the top of the file"
                    : "write a number from 0 to \(model.zones - 1)")
            return nil
        }
        return .zone(zone, of: model.zones)
    }

    private func down(_ field: Field) -> FaultEffect? {
        guard let reader = ObjectReader(.downFault, field), let value = reader["services"] else {
            return nil
        }
        var services = model.services.indices.map { ServiceID($0) }
        if case .scalar = value.node.content {
            guard value.choice(["all"]) != nil else { return nil }
        } else {
            guard let own = self.services(reader, "services") else { return nil }
            services = own
        }
        return replicas(reader, of: services).map { .down(services, $0) }
    }

    /// The services of a list, each once, ascending.
    private func services(_ reader: ObjectReader, _ name: String) -> [ServiceID]? {
        guard let items = reader.items(name, "a list of services, such as `[a, b]`") else {
            return nil
        }
        let services = items.compactMap(directory.service)
        return services.count == items.count ? Set(services).sorted() : nil
    }

    private func flush(_ field: Field) -> FaultEffect? {
        guard let reader = ObjectReader(.flushFault, field),
            let service = reader["service"].flatMap(directory.service)
        else { return nil }
        let caches = model.services[service.index].caches
        guard !caches.isEmpty else {
            reader["service"]?.fail(
                "service `\(directory.names[service.index])` has no caches",
                "add `caches:` to it, or name another service")
            return nil
        }
        guard let name = reader["cache"] else { return .flush(service, cache: nil) }
        let list = NameList(
            kind: "cache", place: "`caches` of the service", names: caches.map(\.name))
        return list.index(name).map { .flush(service, cache: $0) }
    }
}

// MARK: - Edges

extension FaultReading {
    private struct Edge {
        var from: ServiceID
        var to: ServiceID
        var reader: ObjectReader
    }

    /// Two services, the first of which calls the second.
    private func edge(_ name: FormatObject.Name, _ field: Field) -> Edge? {
        guard let reader = ObjectReader(name, field) else { return nil }
        let from = reader["from"].flatMap(directory.service)
        let to = reader["to"].flatMap(directory.service)
        guard let from, let to else { return nil }
        guard calls(from, to) else {
            let names = (directory.names[from.index], directory.names[to.index])
            field.fail(
                "`\(names.0)` never calls `\(names.1)`",
                calls(to, from)
                    ? "write `from: \(names.1), to: \(names.0)`: it is the caller"
                    : "correct `from` and `to`\(calledBy(from))")
            return nil
        }
        return Edge(from: from, to: to, reader: reader)
    }

    private func calls(_ from: ServiceID, _ to: ServiceID) -> Bool {
        let service = model.services[from.index]
        // A service that could not be read has no endpoints, and may call anyone.
        return service.endpoints.isEmpty
            || service.endpoints.contains { endpoint in
                endpoint.calls.contains { $0.target == to }
            }
    }

    private func calledBy(_ service: ServiceID) -> String {
        let called = Set(model.services[service.index].endpoints.flatMap(\.calls).map(\.target))
        guard !called.isEmpty, called.count <= 12 else { return "" }
        let names = called.sorted().map { "`\(directory.names[$0.index])`" }
        return "; `\(directory.names[service.index])` calls \(names.joined(separator: ", "))"
    }

    private func partition(_ field: Field) -> FaultEffect? {
        guard let reader = ObjectReader(.partitionFault, field) else { return nil }
        let one = services(reader, "between")
        let other = services(reader, "and")
        guard let one, let other else { return nil }
        if let both = one.first(where: other.contains) {
            field.fail(
                "`\(directory.names[both.index])` is on both sides", "name each service once")
            return nil
        }
        let areConnected = one.contains { from in
            other.contains { calls(from, $0) || calls($0, from) }
        }
        guard areConnected else {
            field.fail(
                "no service of one side calls one of the other",
                "name services that call each other, or remove the fault")
            return nil
        }
        return .partition(one, other)
    }

    private func change(_ field: Field) -> FaultEffect? {
        guard let edge = edge(.change, field), let calls = edge.reader["calls"] else { return nil }
        let service = model.services[edge.from.index]
        let before = CallRules(policy: service.policies[edge.to] ?? CallPolicy())
        let after = CallRulesReading(times: times).rules(calls, over: before)
        guard after != before || !calls.log.isEmpty else {
            calls.fail(
                "this changes nothing", "write what is other than before, such as `timeout: 2 s`")
            return nil
        }
        let callee = model.services[edge.to.index]
        if let problem = after.policy.problem(from: service, to: callee) {
            calls.fail(problem.message, problem.remedy)
            return nil
        }
        return .policy(from: edge.from, to: edge.to, after.policy, timeout: after.timeout)
    }
}

extension FaultEffect {
    /// The one service at which a condition can be looked at.
    fileprivate var conditionService: ServiceID? {
        switch self {
        case .kill(let service, _), .restart(let service, _), .slow(let service, _, _),
            .errors(let service, _, _), .flush(let service, _), .cores(let service, _),
            .policy(let service, _, _, _):
            service
        case .down(let services, _): services.count == 1 ? services[0] : nil
        case .latency, .loss, .partition: nil
        }
    }
}
