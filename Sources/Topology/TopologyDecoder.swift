import ControlPlane
import Kernel
import Model

/// Decodes a whole topology: names first, then the network, the services and the arrivals.
struct TopologyDecoder {
    let log: DiagnosticLog
    let companions: CompanionFiles

    struct Decoded {
        var name: String?
        var duration: SimulatedDuration
        var seed: UInt64?
        var model: ModelDescription
        var scaling: ScalingPlan?
    }

    /// What the file says, or nil after logging everything that is wrong with it.
    func decode(_ node: YAMLNode, defaultName: String) -> Decoded? {
        let root = Field(node: node, path: .root, log: log)
        guard let reader = ObjectReader(.topology, root) else { return nil }
        let name = name(reader)
        let duration = reader.duration("duration")
        let seed = reader.count("seed")
        let times = DistributionReading(companions: companions)

        let listed = listedServices(reader)
        let directory = ServiceDirectory(listed.all)
        let network = Network(reader["network"], root: root, directory: directory, times: times)
        let keyspaces = DataReading.keyspaces(reader)
        let rules = CallRulesReading(times: times)
        let commonRules = reader["calls"].map { rules.rules($0, over: CallRules()) } ?? CallRules()
        let reading = ServiceReading(
            directory: directory, network: network, times: times,
            keyspaces: NameList(
                kind: "keyspace", place: "`keyspaces`", names: keyspaces.map(\.name)),
            rules: commonRules)
        let queues = MessageQueueReading(directory: directory, network: network, times: times)
        var services: [ServiceDescription] = []
        for (index, entry) in listed.all.enumerated() {
            let id = ServiceID(index)
            let service =
                index < listed.services
                ? reading.service(entry.name, id, entry.value)
                : queues.service(entry.name, id, entry.value)
            // A stand-in keeps the numbers of the others right while the checks go on.
            services.append(service ?? ServiceDescription(name: entry.name, endpoints: []))
        }
        ArrivalReading(companions: companions, directory: directory, times: times, end: duration)
            .addArrivals(reader, to: &services)
        let common = ScalingReading(times: times).common(reader["scaling"], directory)
        let autoscalers = AutoscalerReading(
            companions: companions, directory: directory, common: common)
        let scalings = scalings(listed.all, times, autoscalers, &services)
        ScalingReading(times: times).check(common, scalings, listed.all.map(\.name))
        var model = ModelDescription(
            name: name ?? defaultName, services: services,
            colocated: colocated(reader, directory))
        model.keyspaces = keyspaces
        model.zones = reader.count("zones") ?? 1
        let faults = FaultReading(model: model, directory: directory, times: times)
        model.faults = faults.faults(reader)
        if !services.isEmpty {
            SemanticChecks(model: model, network: network, services: listed.all, log: log).run()
        }
        guard log.isEmpty, let duration else { return nil }
        let planning = ScalingPlanning(model: model, duration: duration)
        let isScaled = scalings.contains { $0 != nil }
        let scaling = isScaled ? planning.plan(common, scalings) : nil
        return Decoded(
            name: name, duration: duration, seed: seed.map { UInt64($0) }, model: model,
            scaling: scaling)
    }

    /// By service: what it says of its scaling. Services that scale get the room that they may need.
    private func scalings(
        _ listed: [(name: String, value: Field)], _ times: DistributionReading,
        _ autoscalers: AutoscalerReading, _ services: inout [ServiceDescription]
    ) -> [ReplicaScaling?] {
        let reading = ScalingReading(times: times)
        return services.indices.map { index in
            // Whatever else is wrong, the model has room for a replica.
            defer { services[index].replicas = max(services[index].replicas, 1) }
            guard let field = listed[index].value.child("scaling"), !field.node.isNull,
                let scaling = reading.replicaScaling(
                    field, of: (index, services[index].name),
                    // A stand-in has no endpoints.
                    replicas: services[index].endpoints.isEmpty
                        ? nil : services[index].replicas, autoscalers)
            else { return nil }
            if services[index].balancing == .byKey {
                field.fail(
                    "a service that is sharded by key cannot be scaled",
                    "remove `scaling`, or choose another `balancing`")
            }
            var cycle = services[index].lifeCycle ?? LifeCycleDescription()
            cycle.initialReplicas = services[index].replicas
            services[index].lifeCycle = cycle
            services[index].replicas = ScalingPlanning.room(for: scaling.bounds.most)
            return scaling
        }
    }

    private func name(_ reader: ObjectReader) -> String? {
        guard let field = reader["name"], let name = field.scalar(wanted: "a name") else {
            return nil
        }
        guard NameRule.accepts(name) else {
            field.fail("`\(Quantity.shortened(name))` is not a name", NameRule.words)
            return nil
        }
        return name
    }

    /// The services, then the message queues, which are services too.
    private func listedServices(
        _ reader: ObjectReader
    ) -> (all: [(name: String, value: Field)], services: Int) {
        let services = reader.named("services", "services by name") ?? []
        let wanted = "message queues by name, such as `orders: { consumers: worker }`"
        let queues = reader.named("queues", wanted) ?? []
        let names = Set(services.map(\.name))
        for (name, field) in queues where names.contains(name) {
            field.fail(
                "there is a service `\(name)` already", "give the queue a name of its own")
        }
        if services.count + queues.count > TopologyFormat.mostServices {
            reader["queues"]?.fail(
                "services and queues together are more than \(TopologyFormat.mostServices)",
                "remove some of them")
        }
        return (services + queues.filter { !names.contains($0.name) }, services.count)
    }

    private func colocated(
        _ reader: ObjectReader, _ directory: ServiceDirectory
    ) -> [[ServiceID]] {
        let wanted = "lists of services, such as `[[a, b]]`"
        var sets: [[ServiceID]] = []
        var seen: Set<ServiceID> = []
        for list in reader.items("colocate", wanted) ?? [] {
            let items = list.items("two services or more", count: 2...TopologyFormat.mostServices)
            var members: [ServiceID] = []
            for item in items ?? [] {
                guard let service = directory.service(item) else { continue }
                if !seen.insert(service).inserted {
                    item.fail(
                        "service `\(directory.names[service.index])` is named twice in `colocate`",
                        "put all services that belong together into one list, each once")
                }
                members.append(service)
            }
            sets.append(members)
        }
        return sets
    }
}

extension RateProfile {
    /// The highest rate at any time.
    var peak: Double { points.reduce(0) { max($0, $1.rate) } }
    /// The rate at the start of the run.
    var atStart: Double {
        // Of several points at the start the last holds from there on.
        points.last { $0.instant == .start }?.rate ?? points[0].rate
    }
}
