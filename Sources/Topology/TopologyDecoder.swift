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
    }

    /// What the file says, or nil after logging everything that is wrong with it.
    func decode(_ node: YAMLNode, defaultName: String) -> Decoded? {
        let root = Field(node: node, path: .root, log: log)
        guard let reader = ObjectReader(.topology, root) else { return nil }
        let name = name(reader)
        let duration = reader.duration("duration")
        let seed = reader.count("seed")
        let times = DistributionReading(companions: companions)

        let listed = reader.named("services", "services by name") ?? []
        let directory = ServiceDirectory(listed)
        let network = Network(reader["network"], root: root, directory: directory, times: times)
        let reading = ServiceReading(directory: directory, network: network, times: times)
        var services: [ServiceDescription] = []
        for (index, entry) in listed.enumerated() {
            let service = reading.service(entry.name, ServiceID(index), entry.value)
            // A stand-in keeps the numbers of the others right while the checks go on.
            services.append(service ?? ServiceDescription(name: entry.name, endpoints: []))
        }
        addArrivals(reader, directory, &services)
        let colocated = colocated(reader, directory)
        let model = ModelDescription(
            name: name ?? defaultName, services: services, colocated: colocated)
        if !services.isEmpty {
            SemanticChecks(model: model, network: network, services: listed, log: log).run()
        }
        guard log.isEmpty, let duration else { return nil }
        return Decoded(
            name: name, duration: duration, seed: seed.map { UInt64($0) }, model: model)
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

    private func addArrivals(
        _ reader: ObjectReader, _ directory: ServiceDirectory,
        _ services: inout [ServiceDescription]
    ) {
        let rates = RateReading(companions: companions)
        let entries = reader.named("arrivals", "users by name") ?? []
        let before = log.count
        var anyone = false
        for (name, field) in entries {
            guard let arrivals = ObjectReader(.arrivals, field) else { continue }
            let target = arrivals["to"].flatMap(directory.endpoint)
            let process: ArrivalDescription.Process? =
                switch arrivals.choice("process") {
                case "constant": .constant
                case "poisson": .poisson
                default: nil
                }
            let profile = arrivals["rate"].flatMap(rates.profile)
            let timeout = arrivals.duration("timeout")
            guard let target, let process, let profile else { continue }
            anyone = anyone || profile.peak > 0
            services[target.service.index].arrivals.append(
                ArrivalDescription(
                    name: name, endpoint: target.endpoint, process: process, profile: profile,
                    timeout: timeout))
        }
        if !entries.isEmpty, !anyone, log.count == before {
            reader["arrivals"]?.fail(
                "nobody ever arrives: every rate is zero",
                "give one of the rates a number above zero")
        }
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
