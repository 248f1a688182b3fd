import Kernel
import Model

/// Reads the users that call services from outside.
struct ArrivalReading {
    let companions: CompanionFiles
    let directory: ServiceDirectory
    let times: DistributionReading
    /// Until when the run goes unless the command line says otherwise; nil if that is wrong.
    let end: SimulatedDuration?

    /// Adds all streams of the file to the services they go to.
    func addArrivals(_ reader: ObjectReader, to services: inout [ServiceDescription]) {
        let entries = reader.named("arrivals", "users by name") ?? []
        let before = reader.field.log.count
        var population = 0
        var anyone = false
        for (name, field) in entries {
            guard let (service, stream) = stream(name, field) else { continue }
            anyone = anyone || stream.comesAtAll
            population += stream.population
            services[service.index].arrivals.append(stream)
        }
        if population > ModelLimits.population {
            reader["arrivals"]?.fail(
                "there are \(population) users in all",
                "write fewer `users:`; the most is \(ModelLimits.population)")
        }
        if !entries.isEmpty, !anyone, reader.field.log.count == before {
            reader["arrivals"]?.fail(
                "nobody ever arrives: every rate is zero",
                "give one of the rates a number above zero")
        }
    }

    private func stream(
        _ name: String, _ field: Field
    ) -> (service: ServiceID, stream: ArrivalDescription)? {
        guard let reader = ObjectReader(.arrivals, field) else { return nil }
        let mix = reader.has("mix") ? mixed(reader) : nil
        let target = reader.has("mix") ? mix?.target : reader["to"].flatMap(directory.endpoint)
        let process = reader.choice("process", .process)
        if let process { checkKeys(process, reader) }
        let profile = profile(process, reader)
        guard let target, let process, let profile else { return nil }
        var stream = ArrivalDescription(
            name: name, endpoint: target.endpoint, process: process, profile: profile)
        stream.timeout = reader["timeout"].flatMap(times.positiveDistribution)
        stream.mix = mix?.mix ?? []
        stream.priority = reader.count("priority") ?? 0
        readProcess(process, reader, &stream)
        if let field = reader["retries"] { readRetries(field, &stream) }
        return (target.service, stream)
    }

    // MARK: Where requests go

    /// A mix names its endpoints itself, so that `to` need not say which.
    private func mixed(
        _ reader: ObjectReader
    ) -> (target: (service: ServiceID, endpoint: Int), mix: [WeightedEndpoint])? {
        guard let field = reader["to"], let text = field.scalar(wanted: "the name of a service")
        else { return nil }
        guard !text.contains(".") else {
            field.fail(
                "an endpoint is named here and in `mix`", "write the service alone, and keep `mix`")
            return nil
        }
        let wanted = "weights by endpoint, such as `{ home: 3, order: 1 }`"
        guard let service = directory.service(field), let entries = reader.named("mix", wanted)
        else { return nil }
        var mix: [WeightedEndpoint] = []
        for (name, value) in entries {
            let weight = value.number(0...TopologyFormat.mostNumber, excludesLowerBound: false)
            let endpoint = directory.endpoint(key: name, of: service, value)
            guard let weight, let endpoint else { continue }
            mix.append(WeightedEndpoint(weight: weight, endpoint: endpoint))
        }
        guard mix.count == entries.count, let first = mix.first else { return nil }
        guard mix.contains(where: { $0.weight > 0 }) else {
            reader["mix"]?.fail(
                "all weights are zero", "give one of the endpoints a weight above zero")
            return nil
        }
        return ((service, first.endpoint), mix)
    }

    // MARK: When they come

    /// By process: the keys that it needs, and those that it may have beside the common ones.
    private static func keys(
        _ process: ArrivalDescription.Process
    ) -> (needed: [String], allowed: [String]) {
        switch process {
        case .constant, .poisson: (["rate"], [])
        case .modulated: (["rate", "states"], [])
        case .trace: (["trace"], [])
        case .closed: (["users"], ["think"])
        case .paced: (["users", "think"], [])
        case .sessions: (["rate"], ["think", "requestsPerSession"])
        }
    }

    private func checkKeys(_ process: ArrivalDescription.Process, _ reader: ObjectReader) {
        let (needed, allowed) = Self.keys(process)
        let name = Choices.process.name(of: process) ?? ""
        for key in needed where !reader.has(key) {
            let summary = TopologyFormat.object(.arrivals).key(key)?.summary ?? ""
            reader.field.fail("`\(key)` is missing", "add `\(key):` (\(summary))")
        }
        let special = ["rate", "states", "trace", "users", "think", "requestsPerSession"]
        for key in special where reader.has(key) && !(needed + allowed).contains(key) {
            let owners = Choices.process.names.filter { name in
                guard let process = Choices.process[name] else { return false }
                let keys = Self.keys(process)
                return (keys.needed + keys.allowed).contains(key)
            }
            let shown = owners.map { "`process: \($0)`" }.joined(separator: " or ")
            reader[key]?.fail(
                "`\(key)` means nothing to the process `\(name)`", "remove it, or write \(shown)")
        }
    }

    private func profile(
        _ process: ArrivalDescription.Process?, _ reader: ObjectReader
    ) -> RateProfile? {
        switch process {
        case .trace, .closed, .paced: RateProfile(constant: 0)
        default: reader["rate"].flatMap(RateReading(companions: companions, end: end).profile)
        }
    }

    private func readProcess(
        _ process: ArrivalDescription.Process, _ reader: ObjectReader,
        _ stream: inout ArrivalDescription
    ) {
        switch process {
        case .constant, .poisson: break
        case .modulated: stream.states = states(reader)
        case .trace:
            if let field = reader["trace"] {
                stream.trace = companions.trace(field, instants) ?? []
            }
        case .closed, .paced:
            stream.population = reader.count("users") ?? 0
            readThinkTime(reader, &stream)
            if process == .paced, reader.has("think"), stream.think.mean == 0 {
                reader["think"]?.fail(
                    "the time from request to request is zero", "write a time above zero")
            }
        case .sessions:
            stream.requestsPerSession = reader.number("requestsPerSession") ?? 1
            readThinkTime(reader, &stream)
        }
    }

    private func readThinkTime(_ reader: ObjectReader, _ stream: inout ArrivalDescription) {
        if let think = reader.valueOrDefault("think").flatMap(times.distribution) {
            stream.think = think
        }
    }

    private func states(_ reader: ObjectReader) -> [ModulationState] {
        let wanted = "a list such as `[{ factor: 1, stay: 60 s }, { factor: 5, stay: 5 s }]`"
        var states: [ModulationState] = []
        for item in reader.items("states", wanted) ?? [] {
            guard let state = ObjectReader(.modulationState, item),
                let factor = state.ratio("factor"), let stay = state.duration("stay")
            else { continue }
            states.append(ModulationState(factor: factor, stay: stay))
        }
        if states.count > 1, states.allSatisfy({ $0.factor == 0 }) {
            reader["states"]?.fail(
                "every factor is zero", "give one of the states a factor above zero")
        }
        return states
    }

    private func instants(
        _ name: String, _ text: String, _ log: DiagnosticLog
    ) -> [SimulatedInstant]? {
        let table = NumberTable(file: name, log: log)
        let rows = table.rows(of: text, columns: 1, header: "`time_s`") { $0 == "time_s" }
        guard let rows else { return nil }
        var instants: [SimulatedInstant] = []
        for row in rows {
            guard row.values[0] <= Quantity.longestSeconds else {
                table.fail(row.line, "the time is too large", "write at most 36000000 s")
                return nil
            }
            let instant = .start + SimulatedDuration(seconds: row.values[0])
            if let last = instants.last, instant < last {
                table.fail(
                    row.line, "this instant is before the one above",
                    "put the rows in order of time")
                return nil
            }
            instants.append(instant)
        }
        return instants
    }

    // MARK: Trying again

    private func readRetries(_ field: Field, _ stream: inout ArrivalDescription) {
        guard let reader = ObjectReader(.userRetries, field),
            let attempts = reader.count("attempts"),
            let delay = reader.valueOrDefault("delay").flatMap(times.distribution),
            let persistence = reader.probability("persistence")
        else { return }
        stream.retries = attempts - 1
        stream.retryDelay = delay
        stream.persistence = persistence
    }
}

extension ArrivalDescription {
    /// Whether there can be a request at all.
    fileprivate var comesAtAll: Bool {
        switch process {
        case .constant, .poisson, .modulated, .sessions: profile.peak > 0
        case .trace: !trace.isEmpty
        case .closed, .paced: population > 0
        }
    }
}
