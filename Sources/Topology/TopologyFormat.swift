/// The topology format: every mapping, key, type, default and its meaning.
enum TopologyFormat {
    /// Services and endpoints are numbered with 16 bits in messages.
    static let mostServices = 65_535
    static let mostEndpoints = 65_535
    static let mostSteps = 65_535
    static let mostArrivals = 65_535
    static let mostValues = 1_000_000
    private static let anyCount = 1...65_535

    static let endpointName = "default"

    static func object(_ name: FormatObject.Name) -> FormatObject {
        switch name {
        case .topology: topology
        case .network: network
        case .edge: edge
        case .service: service
        case .threads: threads
        case .step: step
        case .call: call
        case .weightedCall: weightedCall
        case .arrivals: arrivals
        case .spike: spike
        case .rateForm: rateForm
        case .ramp: ramp
        case .rateStep: rateStep
        case .distribution: distribution
        case .erlang: erlang
        case .gamma: gamma
        case .lognormal: lognormal
        case .lognormalMoments: lognormalMoments
        case .weibull: weibull
        case .pareto: pareto
        case .branch: branch
        }
    }

    /// A time that varies: a plain duration, or one of the shapes.
    private static let time = FormatType.anyOf([
        .duration(isPositive: false), .object(.distribution),
    ])
    private static let callOrName = FormatType.anyOf([.reference, .object(.call)])
    private static let rateForms = FormatType.anyOf([
        .rate, .object(.spike), .object(.rateForm),
    ])
    private static let steps = FormatType.list(.object(.step), count: 0...mostSteps)

    private static let topology = FormatObject(
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
                "colocate",
                .list(.list(.reference, count: 2...mostServices), count: 0...mostServices),
                "Lists of services that run in one worker process. Calls among them may have no latency."
            ),
            FormatKey(
                "services", .named(.object(.service), count: 1...mostServices), isRequired: true,
                "The services by name."),
            FormatKey(
                "arrivals", .named(.object(.arrivals), count: 1...mostArrivals), isRequired: true,
                "Users by name, whose requests arrive whatever the system does."),
        ])

    private static let network = FormatObject(
        .network, "Latencies between services.",
        [
            FormatKey(
                "latency", time, defaultText: "0.5 ms",
                "One-way latency of every call, and of its answer. Its minimum must be above zero."),
            FormatKey(
                "edges", .list(.object(.edge), count: 0...mostValues),
                "Pairs of services with a latency of their own."),
        ])

    private static let edge = FormatObject(
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

    private static let service = FormatObject(
        .service, "Equal replicas behind a load balancer.",
        exactlyOneOf: ["endpoints", "steps"],
        misplaced: [
            "call": "write it as a step: `steps: [{ call: ... }]`",
            "compute": "write it as a step: `steps: [{ compute: ... }]`",
            "script": "write `steps:`", "cpu": "write `cores:`", "pods": "write `replicas:`",
            "instances": "write `replicas:`", "numReplicas": "write `replicas:`",
            "isEntrypoint": "name the service in `arrivals: ... to:`",
            "name": "the key of the service is its name",
        ],
        [
            FormatKey("replicas", .count(1...65_535), defaultText: "1", "How many there are."),
            FormatKey(
                "cores", .cores(1...65_535), defaultText: "1 core",
                "Cores of each replica. A compute step holds one."),
            FormatKey(
                "threads", .anyOf([.count(1...10_000_000), .object(.threads)]),
                "Requests that each replica works on at once. The default is no bound."),
            FormatKey(
                "queue", .count(0...1_000_000_000),
                "Requests of each replica that may wait for a thread; more are rejected. The default is no bound."
            ),
            FormatKey(
                "balancing", .choice(["round-robin", "random", "least-requests"]),
                defaultText: "round-robin", "Which replica takes a request."),
            FormatKey(
                "endpoints", .named(steps, count: 1...mostEndpoints),
                "The operations of the service by name, each a list of steps."),
            FormatKey(
                "steps", steps,
                "Short for a single endpoint called `default` with these steps."),
        ])

    private static let threads = FormatObject(
        .threads, "The thread pool of each replica.",
        [
            FormatKey(
                "count", .count(1...10_000_000), isRequired: true,
                "Requests that each replica works on at once."),
            FormatKey(
                "heldDuringCalls", .boolean, defaultText: "true",
                "Whether a request keeps its thread while it waits for the services it calls."),
        ])

    private static let step = FormatObject(
        .step, "One thing an endpoint does; the next starts when it is done.",
        exactlyOneOf: ["compute", "call", "parallel", "choose"],
        misplaced: ["timeout": "write it inside the call: `call: { service: ..., timeout: ... }`"],
        [
            FormatKey("compute", time, "Hold one core for this long."),
            FormatKey("call", callOrName, "Call a service and wait for its answer."),
            FormatKey(
                "parallel", .list(callOrName, count: anyCount),
                "Call all of these at once and wait for all answers."),
            FormatKey(
                "choose",
                .list(.anyOf([.reference, .object(.weightedCall)]), count: anyCount),
                "Call exactly one of these, drawn by weight."),
        ])

    private static let callKeys = [
        FormatKey("service", .reference, isRequired: true, "The service to call."),
        FormatKey(
            "endpoint", .name,
            "Its endpoint. The default is its only one, or the one called `default`."),
        FormatKey(
            "timeout", .duration(isPositive: true),
            "How long to wait for the answer. The default is for ever."),
        FormatKey(
            "optional", .boolean, defaultText: "false",
            "Whether the caller goes on when the call fails."),
    ]
    private static let misplacedInCall = [
        "latency": "give it in `network: { edges: [{ from: ..., to: ..., latency: ... }] }`"
    ]

    private static let call = FormatObject(
        .call, "A request to another service, and its answer.", misplaced: misplacedInCall,
        callKeys + [
            FormatKey(
                "probability", .probability, defaultText: "100%", "That the call is made at all.")
        ])

    private static let weightedCall = FormatObject(
        .weightedCall, "One of several calls to choose from.",
        misplaced: misplacedInCall.merging(["probability": "write `weight:`"]) { own, _ in own },
        callKeys + [
            FormatKey(
                "weight", .number(0...1e9, excludesLowerBound: true), defaultText: "1",
                "The call is chosen with this weight over the sum of all weights.")
        ])

    private static let arrivals = FormatObject(
        .arrivals, "Users whose requests come from outside.",
        misplaced: ["service": "write `to:`", "target": "write `to:`"],
        [
            FormatKey(
                "to", .reference, isRequired: true,
                "The service that is called, or its endpoint as `service.endpoint`."),
            FormatKey(
                "process", .choice(["poisson", "constant"]), defaultText: "poisson",
                "Whether requests come at random or evenly spaced."),
            FormatKey("rate", rateForms, isRequired: true, "How many requests come, over time."),
            FormatKey(
                "timeout", .duration(isPositive: true),
                "How long a user waits for the answer. The default is for ever."),
        ])

    private static let spike = FormatObject(
        .spike, "One rate, and another between two instants.",
        [
            FormatKey("base", .rate, isRequired: true, "The rate before and after."),
            FormatKey("spike", .rate, isRequired: true, "The rate in between."),
            FormatKey(
                "from", .duration(isPositive: false), isRequired: true, "When the spike begins."),
            FormatKey(
                "until", .duration(isPositive: true), isRequired: true, "When the spike ends."),
        ])

    private static let rateForm = FormatObject(
        .rateForm, "A rate that changes over time.",
        exactlyOneOf: ["ramp", "steps", "points", "csv"],
        [
            FormatKey("ramp", .object(.ramp), "From one rate to another in a straight line."),
            FormatKey(
                "steps", .list(.object(.rateStep), count: 1...mostValues),
                "Rates that hold from their instant to the next."),
            FormatKey(
                "points", .list(.object(.rateStep), count: 1...mostValues),
                "Rates at instants, straight lines in between; two at one instant make a jump."),
            FormatKey(
                "csv", .file,
                "A file of points with the header `time_s,rate_per_s`, looked for beside the topology."
            ),
        ])

    private static let ramp = FormatObject(
        .ramp, "From one rate to another in a straight line.",
        [
            FormatKey("from", .rate, isRequired: true, "The rate until `start`."),
            FormatKey("to", .rate, isRequired: true, "The rate after `end`."),
            FormatKey(
                "start", .duration(isPositive: false), isRequired: true, "When the ramp begins."),
            FormatKey("end", .duration(isPositive: true), isRequired: true, "When the ramp ends."),
        ])

    private static let rateStep = FormatObject(
        .rateStep, "A rate at an instant.",
        [
            FormatKey("at", .duration(isPositive: false), isRequired: true, "The instant."),
            FormatKey("rate", .rate, isRequired: true, "The rate."),
        ])
}

// MARK: - Distributions

extension TopologyFormat {
    private static let positive = FormatType.duration(isPositive: true)

    fileprivate static let distribution = FormatObject(
        .distribution, "How a time varies.",
        exactlyOneOf: [
            "constant", "exponential", "uniform", "erlang", "gamma", "lognormal", "weibull",
            "pareto", "hyperexponential", "empirical",
        ],
        misplaced: [
            "normal": "times cannot be negative; use `lognormal`", "min": "write `atLeast:`",
            "mean": "name the shape: `{ exponential: 20 ms }` has the mean 20 ms",
        ],
        [
            FormatKey("constant", .duration(isPositive: false), "Always this."),
            FormatKey("exponential", positive, "Exponential with this mean. Its minimum is zero."),
            FormatKey(
                "uniform", .list(.duration(isPositive: false), count: 2...2),
                "Even between two times: `[1 ms, 5 ms]`."),
            FormatKey("erlang", .object(.erlang), "Sum of `shape` exponentials with this mean."),
            FormatKey("gamma", .object(.gamma), "Gamma with this shape and mean."),
            FormatKey(
                "lognormal", .anyOf([.object(.lognormal), .object(.lognormalMoments)]),
                "Lognormal, by median and sigma or by mean and coefficient of variation."),
            FormatKey("weibull", .object(.weibull), "Weibull with this shape and scale."),
            FormatKey("pareto", .object(.pareto), "Pareto between two times."),
            FormatKey(
                "hyperexponential", .list(.object(.branch), count: 1...1_000),
                "One of several exponentials, each with its probability; they add up to 100%."),
            FormatKey(
                "empirical",
                .anyOf([.list(.duration(isPositive: false), count: 1...mostValues), .file]),
                "One of these values, each equally likely; or a file of one column with the header `seconds`, `ms`, `us` or `ns`."
            ),
            FormatKey(
                "atLeast", .duration(isPositive: false), defaultText: "0 s",
                "Added to every value: the shape varies on top of it."),
        ])

    fileprivate static let erlang = FormatObject(
        .erlang, "Sum of `shape` exponentials.",
        [
            FormatKey("shape", .count(1...10_000), isRequired: true, "How many are added."),
            FormatKey("mean", positive, isRequired: true, "The mean of the sum."),
        ])

    fileprivate static let gamma = FormatObject(
        .gamma, "Gamma.",
        [
            FormatKey(
                "shape", .number(0.001...1e6, excludesLowerBound: false), isRequired: true,
                "1 is exponential, more is narrower."),
            FormatKey("mean", positive, isRequired: true, "The mean."),
        ])

    fileprivate static let lognormal = FormatObject(
        .lognormal, "Lognormal by its median.",
        [
            FormatKey("median", positive, isRequired: true, "Half of the values are below."),
            FormatKey(
                "sigma", .number(0...10, excludesLowerBound: false), isRequired: true,
                "Standard deviation of the logarithm."),
        ])

    fileprivate static let lognormalMoments = FormatObject(
        .lognormalMoments, "Lognormal by its mean.",
        [
            FormatKey("mean", positive, isRequired: true, "The mean."),
            FormatKey(
                "cv", .number(0...1_000, excludesLowerBound: false), isRequired: true,
                "Standard deviation over mean."),
        ])

    fileprivate static let weibull = FormatObject(
        .weibull, "Weibull.",
        [
            FormatKey(
                "shape", .number(0.05...1_000, excludesLowerBound: false), isRequired: true,
                "1 is exponential, less has a longer tail."),
            FormatKey("scale", positive, isRequired: true, "63% of the values are below."),
        ])

    fileprivate static let pareto = FormatObject(
        .pareto, "Pareto between two times.",
        [
            FormatKey(
                "shape", .number(0.001...1_000, excludesLowerBound: false), isRequired: true,
                "Tail index: less has a longer tail."),
            FormatKey("low", positive, isRequired: true, "The smallest value."),
            FormatKey("high", positive, isRequired: true, "The largest value."),
        ])

    fileprivate static let branch = FormatObject(
        .branch, "One exponential of several.",
        [
            FormatKey("probability", .probability, isRequired: true, "That it is this one."),
            FormatKey("mean", positive, isRequired: true, "Its mean."),
        ])
}
