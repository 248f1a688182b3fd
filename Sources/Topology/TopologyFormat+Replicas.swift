import Model

// What replicas refuse, and how they come and go.

extension TopologyFormat {
    static let admission = FormatObject(
        .admission, "What a replica refuses at once.",
        misplaced: [
            "token": "write `bucket: { token: ... }`", "leaky": "write `bucket: { leaky: ... }`",
            "throttle": "callers throttle: write `calls: { SERVICE: { throttle: ... } }` there",
        ],
        [
            FormatKey("bucket", .object(.bucket), "A rate limit."),
            FormatKey("shedding", .object(.shedding), "Refuses requests while it is too busy."),
            FormatKey(
                "limit", .object(.adaptiveLimit),
                "A limit on its concurrency that follows measured latency."),
        ])

    static let bucket = FormatObject(
        .bucket, "A rate limit of each replica.", exactlyOneOf: ["token", "leaky"],
        [
            FormatKey(
                "token", .object(.rateLimit),
                "A request takes one of `burst` tokens, or is refused."),
            FormatKey(
                "leaky", .object(.rateLimit),
                "Requests go on evenly spaced; behind more than `burst` others one is refused."),
        ])

    static let rateLimit = FormatObject(
        .rateLimit, "A rate, and how far it may be exceeded for a moment.",
        [
            FormatKey("rate", .rate, isRequired: true, "Above zero."),
            FormatKey("burst", fromOne, defaultText: "1", "Requests."),
        ])

    static let shedding = FormatObject(
        .shedding, "Refuses requests while a replica is too busy.",
        exactlyOneOf: ["queue", "cpu", "requests"],
        [
            FormatKey("queue", fromZero, "From so many requests that wait for a thread on."),
            FormatKey(
                "cpu", .ratio(0...1),
                "From this utilisation of its cores on, averaged exponentially over `memory`."),
            FormatKey("requests", fromZero, "From so many requests in the replica on."),
            FormatKey(
                "headroom", anyRatio, defaultText: "0",
                "How much more is allowed to each more important class of requests."),
            FormatKey("memory", positive, defaultText: "1 s", "The time constant of `cpu`."),
        ])

    static let adaptiveLimit = FormatObject(
        .adaptiveLimit, "A limit on a replica's concurrency that follows measured latency.",
        exactlyOneOf: ["aimd", "vegas", "gradient"],
        [
            FormatKey(
                "aimd", .object(.aimd), "Additive increase, multiplicative decrease."),
            FormatKey("vegas", .object(.vegas), "By the queue that latency implies."),
            FormatKey("gradient", .object(.gradient), "By the trend of latency (Gradient2)."),
            FormatKey("initial", fromOne, defaultText: "20", "The limit at the start."),
            FormatKey("minimum", fromOne, defaultText: "1", "The least limit."),
            FormatKey("maximum", fromOne, defaultText: "1000", "The greatest limit."),
        ])

    static let aimd = FormatObject(
        .aimd, "Additive increase, multiplicative decrease.",
        [
            FormatKey(
                "backoff", .ratio(0.001...1), defaultText: "0.9",
                "The limit is multiplied by this when an answer is late or a request expires."),
            FormatKey("timeout", positive, defaultText: "5 s", "From when on an answer is late."),
        ])

    static let vegas = FormatObject(
        .vegas, "By the queue that latency implies.",
        [
            FormatKey(
                "alpha", fromZero,
                "Below this queue the limit grows. The default is three times its decimal logarithm, at least 3."
            ),
            FormatKey(
                "beta", fromZero,
                "Above this queue it shrinks. The default is six times its decimal logarithm, at least 6."
            ),
        ])

    static let gradient = FormatObject(
        .gradient, "By the trend of latency.",
        [
            FormatKey(
                "tolerance", .number(1...1_000, excludesLowerBound: false), defaultText: "1.5",
                "How many times its long average latency may be before the limit shrinks."),
            FormatKey(
                "smoothing", .ratio(0.001...1), defaultText: "0.2",
                "Share of the new limit in each change."),
        ])

    static let lifeCycle = FormatObject(
        .lifeCycle, "How replicas start, stop and are probed.",
        misplaced: [
            "boot": "write `start:`", "pull": "write `imagePull:`",
            "terminationGracePeriod": "write `grace:`",
        ],
        [
            FormatKey("scheduling", time, defaultText: "0 s", "Until a new replica has a node."),
            FormatKey("imagePull", time, defaultText: "0 s", "Until the node has its image."),
            FormatKey("start", time, defaultText: "1 s", "From then on until it can serve."),
            FormatKey(
                "warmUp", .object(.warmUp), "How slow it is at first. The default is not at all."),
            FormatKey(
                "readiness", .object(.probe),
                "Probe that takes it out of service while it fails. The default is none."),
            FormatKey(
                "liveness", .object(.probe),
                "Probe that restarts it when it fails. The default is none."),
            FormatKey(
                "grace", .duration(isPositive: false), defaultText: "30 s",
                "How long it may go on with its requests once it is told to stop."),
            FormatKey(
                "crashBackoff", .object(.crashBackoff),
                "How long a replica that dies waits before it starts again."),
            FormatKey(
                "discovery", .duration(isPositive: false), defaultText: "0 s",
                "How long callers go on believing what was."),
            FormatKey(
                "buffer", .count(0...ModelLimits.pool), defaultText: "0",
                "Requests that wait while no replica is ready; more are refused as unavailable."),
            FormatKey(
                "startsCold", .boolean, defaultText: "false",
                "Whether replicas are created when the run starts, instead of being ready then."),
        ])

    static let warmUp = FormatObject(
        .warmUp, "How slow a new replica is.",
        [
            FormatKey(
                "speed", .ratio(0.001...1), isRequired: true, "Its speed when it starts to serve."),
            FormatKey("time", positive, isRequired: true, "Until it has its full speed."),
        ])

    static let probe = FormatObject(
        .probe, "A request to a replica that goes through its queue.",
        misplaced: [
            "initialDelaySeconds": "write `initialDelay:` with a unit",
            "periodSeconds": "write `period:` with a unit",
            "timeoutSeconds": "write `timeout:` with a unit",
            "failureThreshold": "write `failures:`", "successThreshold": "write `successes:`",
        ],
        [
            FormatKey(
                "initialDelay", .duration(isPositive: false), defaultText: "0 s",
                "Until the first one."),
            FormatKey("period", positive, defaultText: "10 s", "From one to the next."),
            FormatKey("timeout", positive, defaultText: "1 s", "When it counts as failed."),
            FormatKey(
                "failures", .count(1...ModelLimits.attempts), defaultText: "3",
                "Failures in a row that matter."),
            FormatKey(
                "successes", .count(1...ModelLimits.attempts), defaultText: "1",
                "Successes in a row that matter."),
            FormatKey("work", time, defaultText: "0 s", "What it computes."),
        ])

    static let crashBackoff = FormatObject(
        .crashBackoff, "How long a replica that dies waits before it starts again.",
        [
            FormatKey(
                "first", .duration(isPositive: false), defaultText: "10 s",
                "The second time, the first restart being at once; each further time twice as long."
            ),
            FormatKey(
                "cap", .duration(isPositive: false), defaultText: "300 s", "At most."),
            FormatKey(
                "reset", .duration(isPositive: false), defaultText: "10 min",
                "After running so long it counts from the first again."),
        ])
}
