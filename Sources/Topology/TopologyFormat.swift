import Model

/// The topology format: every mapping, key, type, default and its meaning.
enum TopologyFormat {
    /// Services and endpoints are numbered with 16 bits in messages.
    static let mostServices = 65_535
    static let mostEndpoints = 65_535
    static let mostSteps = 65_535
    static let mostArrivals = 65_535
    static let mostValues = 1_000_000
    static let mostNumber = 1e9
    static let anyCount = 1...65_535

    static let endpointName = "default"

    /// A time that varies: a plain duration, or one of the shapes.
    static let time = FormatType.anyOf([
        .duration(isPositive: false), .object(.distribution),
    ])
    /// A time above zero.
    static let positive = FormatType.duration(isPositive: true)
    /// One that varies, above zero on average.
    static let positiveTime = FormatType.anyOf([positive, .object(.distribution)])
    /// A number above zero.
    static let aboveZero = FormatType.number(0...mostNumber, excludesLowerBound: true)
    static let fromZero = FormatType.number(0...mostNumber, excludesLowerBound: false)
    static let fromOne = FormatType.number(1...mostNumber, excludesLowerBound: false)
    static let anyRatio = FormatType.ratio(0...1_000)
    static let callOrName = FormatType.anyOf([.reference, .object(.call)])
    static let rateForms = FormatType.anyOf([
        .rate, .object(.spike), .object(.rateForm),
    ])
    static let steps = FormatType.list(.object(.step), count: 0...mostSteps)

    static let topology = FormatObject(
        .topology, "A system of services and the users that call it.",
        [
            FormatKey(
                "name", .name, "What the system is called. The default is the name of the file."),
            FormatKey(
                "duration", .duration(isPositive: true), defaultText: "10 min",
                "How much time a run simulates; the command line may say otherwise."),
            FormatKey(
                "seed", .count(0...9_007_199_254_740_991),
                "Seed of all random draws; the command line may say otherwise."),
            FormatKey("network", .object(.network), "Latencies between services."),
            FormatKey(
                "zones", .count(1...ModelLimits.zones), defaultText: "1",
                "Zones that the replicas of every service are spread over in turn."),
            FormatKey(
                "keyspaces", .named(.object(.keyspace), count: 0...ModelLimits.keyspaces),
                "Sets of keys by name, which caches, locks and shards share."),
            FormatKey(
                "calls", .object(.callPolicy),
                "How services call each other, wherever a service does not say otherwise."),
            FormatKey(
                "colocate",
                .list(.list(.reference, count: 2...mostServices), count: 0...mostServices),
                "Lists of services that run in one worker process. Calls among them may have no latency."
            ),
            FormatKey(
                "services", .named(.object(.service), count: 1...mostServices), isRequired: true,
                "The services by name."),
            FormatKey(
                "queues", .named(.object(.messageQueue), count: 0...mostServices),
                "Message queues by name: services that take messages and hand them to consumers."),
            FormatKey(
                "arrivals", .named(.object(.arrivals), count: 1...mostArrivals), isRequired: true,
                "Users by name, whose requests arrive whatever the system does."),
            FormatKey("scaling", .object(.scaling), "How the number of replicas follows the load."),
            FormatKey(
                "faults", .named(.object(.fault), count: 0...ModelLimits.faults),
                "What goes wrong, or is changed, while the run goes on."),
        ])

    static let network = FormatObject(
        .network, "Latencies between services.",
        [
            FormatKey(
                "latency", time, defaultText: "0.5 ms",
                "One-way latency of every call, and of its answer. Its minimum must be above zero."),
            FormatKey(
                "edges", .list(.object(.edge), count: 0...mostValues),
                "Pairs of services with a latency of their own."),
        ])

    static let edge = FormatObject(
        .edge, "The latency of all calls from one service to another.",
        [
            FormatKey("from", .reference, isRequired: true, "The calling service."),
            FormatKey("to", .reference, isRequired: true, "The called service."),
            FormatKey(
                "latency", time, isRequired: true, "One-way latency of a call, and of its answer."),
            FormatKey(
                "responseLatency", time,
                "One-way latency of the answer, if it differs from that of the call."),
        ])
}
