import Coordination
import Kernel
import Model

// Short words for models whose every time is a whole number of milliseconds.

/// Always this many milliseconds.
func always(_ milliseconds: Double) -> Distribution {
    Distribution(.deterministic(value: milliseconds / 1000))
}

/// Holds a core for this many milliseconds.
func compute(_ milliseconds: Double) -> StepDescription { .compute(always(milliseconds)) }

/// A call to a service, `latency` milliseconds away in both directions.
func callTo(
    _ target: Int, endpoint: Int = 0, latency: Double = 1, timeout: Int64? = nil,
    probability: Double = 1, isOptional: Bool = false
) -> CallDescription {
    CallDescription(
        target: ServiceID(target), endpoint: endpoint, requestLatency: always(latency),
        responseLatency: always(latency), timeout: timeout.map { .milliseconds($0) },
        probability: probability, isOptional: isOptional)
}

/// A service with one endpoint for each list of steps.
func service(
    _ steps: [StepDescription]..., replicas: Int = 1, cores: Int = 1, threads: Int? = nil,
    holds: Bool = true, queue: Int? = nil, balancing: Balancing = .roundRobin,
    arrivals: [ArrivalDescription] = []
) -> ServiceDescription {
    ServiceDescription(
        name: "service", replicas: replicas, cores: cores, threads: threads,
        holdsThreadDuringCalls: holds, queueLimit: queue, balancing: balancing,
        endpoints: steps.map { EndpointDescription(name: "endpoint", steps: $0) },
        arrivals: arrivals)
}

/// `count` users, the first after `start` + `interval` milliseconds, then one each `interval`.
func users(
    _ count: Int, every interval: Double = 1, after start: Double = 0, endpoint: Int = 0,
    timeout: Int64? = nil
) -> ArrivalDescription {
    func point(_ milliseconds: Double, _ rate: Double) -> RateProfile.Point {
        RateProfile.Point(
            instant: .start + SimulatedDuration(seconds: milliseconds / 1000), rate: rate)
    }
    let end = point(start + interval * (Double(count) + 0.5), 0)
    let rate = 1000 / interval
    let points = start > 0 ? [point(0, 0), point(start, rate), end] : [point(0, rate), end]
    return ArrivalDescription(
        name: "users", endpoint: endpoint, process: .constant,
        profile: .steps(points), timeout: timeout.map { .milliseconds($0) })
}

/// A Poisson stream of `rate` requests a second.
func poisson(_ rate: Double, endpoint: Int = 0) -> ArrivalDescription {
    ArrivalDescription(
        name: "users", endpoint: endpoint, process: .poisson, profile: RateProfile(constant: rate))
}

/// A finished run with all its events.
struct FinishedRun {
    let outcome: RunOutcome
    let events: [EventRecord]

    init(
        _ services: [ServiceDescription], milliseconds: Int64 = 1000, seed: UInt64 = 1,
        recordsEvents: Bool = true
    ) {
        self.init(
            ModelDescription(name: "test", services: services), milliseconds: milliseconds,
            seed: seed, recordsEvents: recordsEvents)
    }

    init(
        _ model: ModelDescription, milliseconds: Int64 = 1000, seed: UInt64 = 1,
        recordsEvents: Bool = true
    ) {
        var run = SequentialRun<ServiceProcess>(
            model,
            settings: RunSettings(
                seed: seed, duration: .milliseconds(milliseconds), recordsEvents: recordsEvents))
        events = run.run(before: .never)
        outcome = run.outcome()
    }

    func counters(_ service: Int) -> ServiceCounters { outcome.processes[service].counters }

    /// By outgoing edge, then by arrival stream.
    func edges(_ service: Int) -> [EdgeCounters] { outcome.processes[service].edges }

    /// When events of this kind happened at a service, in milliseconds, in their order.
    func times(_ kind: EventKind, at service: Int) -> [Double] {
        of(kind, at: service).map { Double($0.instant.nanoseconds) / 1e6 }
    }

    func of(_ kind: EventKind, at service: Int) -> [EventRecord] {
        events.filter { $0.kind == kind.rawValue && $0.service == UInt32(service) }
    }

    /// Least and greatest time between a request and its successful answer in milliseconds, by
    /// series: the service's own answers, then its edges, then its streams.
    func latency(_ service: Int, series: Int = 0) -> [Double] {
        let histogram = outcome.processes[service].latencies[series]
        guard let least = histogram.minimum, let most = histogram.maximum else { return [] }
        return [Double(least.nanoseconds) / 1e6, Double(most.nanoseconds) / 1e6]
    }

    var isLawful: Bool { outcome.violations.isEmpty }
}
