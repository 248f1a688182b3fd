import Kernel
import Model

/// Reads how the replicas of a service serve.
struct ServingReading {
    let times: DistributionReading

    /// Everything but the queue; what is wrong is logged and left as in a plain service.
    func serving(_ reader: ObjectReader, replicas: Int?) -> ServingDescription {
        var serving = ServingDescription()
        if let scheduling = reader.choice("scheduling", .scheduling) {
            serving.scheduling = scheduling
        }
        serving.cpuLimit = reader["cpuLimit"].flatMap(cpuLimit)
        serving.slowdown = reader["slowdown"].flatMap(slowdown)
        serving.memory = reader["memory"].flatMap(memory)
        serving.speedSpread = reader.ratio("speedSpread") ?? 0
        serving.oddReplicas = oddReplicas(reader, replicas)
        serving.requestTimeout = reader.duration("requestTimeout")
        serving.errorWork = reader["errorWork"].flatMap(times.distribution)
        return serving
    }

    // MARK: Cores

    /// Linux' shortest quota and period, and its longest period.
    private static let shortest = SimulatedDuration.milliseconds(1)
    private static let longestPeriod = SimulatedDuration.seconds(1)

    private func cpuLimit(_ field: Field) -> CPULimit? {
        var limit = CPULimit(quota: .zero)
        if field.isMapping {
            guard let reader = ObjectReader(.cpuLimit, field),
                let quota = reader.duration("quota"), let period = reader.duration("period")
            else { return nil }
            limit = CPULimit(quota: quota, period: period)
        } else {
            guard let cores = field.processor() else { return nil }
            limit.quota = SimulatedDuration(seconds: cores * limit.period.seconds)
        }
        guard limit.period >= Self.shortest, limit.period <= Self.longestPeriod else {
            field.fail(
                "the period is out of range", "write a period from 1 ms to 1 s, as Linux has")
            return nil
        }
        guard limit.quota >= Self.shortest else {
            field.fail(
                "the quota is shorter than the 1 ms that Linux allows",
                "write at least `quota: 1 ms`, which is `10m` in the usual period of 100 ms")
            return nil
        }
        return limit
    }

    private func slowdown(_ field: Field) -> Slowdown? {
        guard let reader = ObjectReader(.slowdown, field), let (name, value) = reader.chosen else {
            return nil
        }
        switch name {
        case "linear": return reader.ratio(name).map { .linear(slope: $0) }
        case "universal":
            guard let law = ObjectReader(.universal, value),
                let contention = law.ratio("contention"), let coherence = law.ratio("coherence")
            else { return nil }
            return .universal(contention: contention, coherence: coherence)
        default: return curve(reader)
        }
    }

    private func curve(_ reader: ObjectReader) -> Slowdown? {
        let wanted = "a list such as `[{ requests: 1, factor: 1 }, { requests: 100, factor: 5 }]`"
        guard let items = reader.items("curve", wanted) else { return nil }
        var points: [SlowdownPoint] = []
        for item in items {
            guard let point = ObjectReader(.slowdownPoint, item),
                let requests = point.number("requests"), let factor = point.number("factor")
            else { continue }
            if let last = points.last, requests <= last.requests {
                item.fail(
                    "this point does not come after the one before",
                    "put the points in order of `requests`, each number once")
                return nil
            }
            points.append(SlowdownPoint(requests: requests, factor: factor))
        }
        return points.count == items.count ? .curve(points) : nil
    }

    // MARK: Memory

    private func memory(_ field: Field) -> MemoryDescription? {
        guard let reader = ObjectReader(.memory, field) else { return nil }
        var memory = MemoryDescription()
        memory.base = reader.memory("base") ?? 0
        memory.perRequest = reader.memory("perRequest") ?? 0
        memory.garbagePerRequest = reader.memory("garbagePerRequest") ?? 0
        memory.heap = reader.memory("heap")
        memory.pause = reader.duration("pause") ?? .zero
        memory.pausePerByte = (reader.seconds("pausePerMiB") ?? 0) * 1e9 / 0x1p20
        memory.limit = reader.memory("limit")
        for name in ["heap", "limit"] {
            guard let bound = name == "heap" ? memory.heap : memory.limit else { continue }
            if bound <= memory.base || bound < 1 {
                reader[name]?.fail(
                    "`\(name)` is not above `base`",
                    name == "heap"
                        ? "write more, or the collector would never stop"
                        : "write more, or the replica would be killed before its first request")
            }
        }
        return memory
    }

    // MARK: Odd replicas

    private func oddReplicas(_ reader: ObjectReader, _ replicas: Int?) -> [OddReplica] {
        let wanted = "a list such as `[{ replica: 0, speed: 10% }]`"
        var odd: [OddReplica] = []
        var seen: Set<Int> = []
        for item in reader.items("oddReplicas", wanted) ?? [] {
            guard let entry = ObjectReader(.oddReplica, item), let number = entry.count("replica"),
                let speed = entry.ratio("speed"), let errors = entry.probability("errors")
            else { continue }
            if let replicas, number >= replicas {
                entry["replica"]?.fail(
                    "there is no replica \(number)",
                    "write a number from 0 to \(replicas - 1), or raise `replicas:`")
            } else if !seen.insert(number).inserted {
                entry["replica"]?.fail(
                    "replica \(number) is named twice", "put what it is like into one entry")
            }
            odd.append(OddReplica(replica: number, speed: speed, errorRate: errors))
        }
        return odd
    }
}

// MARK: - The queue

/// How requests wait for a thread.
struct QueueReading {
    var length: Int?
    var discipline = QueueDiscipline.fifo
    var wait: WaitLimit?

    /// What is wrong is logged and left as in a plain service.
    init(_ reader: ObjectReader, _ times: DistributionReading) {
        guard let field = reader["queue"] else { return }
        guard field.isMapping else {
            length = reader.plainCount("queue")
            return
        }
        guard let queue = ObjectReader(.queue, field) else { return }
        length = queue.count("length")
        discipline = queue["discipline"].flatMap(Self.discipline) ?? .fifo
        wait = queue["wait"].flatMap { Self.wait($0, times) }
    }

    private static func discipline(_ field: Field) -> QueueDiscipline? {
        if field.isMapping {
            guard let reader = ObjectReader(.adaptiveLIFO, field) else { return nil }
            return reader.count("adaptive-lifo").map { .adaptiveLIFO(threshold: $0) }
        }
        if case .scalar("adaptive-lifo", _) = field.node.content {
            field.fail(
                "`adaptive-lifo` needs a number of requests",
                "write from how many waiting requests on the last in is the first out, "
                    + "such as `{ adaptive-lifo: 50 }`")
            return nil
        }
        let choices = Choices.discipline
        return field.choice(choices.names).flatMap { choices[$0] }
    }

    private static func wait(_ field: Field, _ times: DistributionReading) -> WaitLimit? {
        guard field.isMapping, !times.isShape(field) else {
            return times.positiveDistribution(field).map { .patience($0) }
        }
        guard let reader = ObjectReader(.controlledDelay, field),
            let target = reader.duration("target"), let interval = reader.duration("interval")
        else { return nil }
        guard target <= interval else {
            field.fail("`target` is above `interval`", "write a shorter `target`")
            return nil
        }
        return .controlledDelay(target: target, interval: interval)
    }
}
