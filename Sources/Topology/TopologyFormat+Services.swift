import Model

// Services and how their replicas serve.

extension TopologyFormat {
    static let service = FormatObject(
        .service, "Equal replicas behind a load balancer.",
        exactlyOneOf: ["endpoints", "steps"],
        misplaced: [
            "call": "write it as a step: `steps: [{ call: ... }]`",
            "compute": "write it as a step: `steps: [{ compute: ... }]`",
            "script": "write `steps:`", "cpu": "write `cores:`", "pods": "write `replicas:`",
            "hpa": "write `scaling:`", "autoscaling": "write `scaling:`",
            "instances": "write `replicas:`", "numReplicas": "write `replicas:`",
            "isEntrypoint": "name the service in `arrivals: ... to:`",
            "name": "the key of the service is its name",
            "limits": "write `cpuLimit:`, or `memory: { limit: ... }`",
            "discipline": "write `queue: { discipline: ... }`",
            "timeout":
                "write it at the caller: `calls: { SERVICE: { timeout: ... } }`; the server's own is `requestTimeout:`",
            "retries": "write it for each called service: `calls: { SERVICE: { retries: ... } }`",
            "budget": "write it for each called service: `calls: { SERVICE: { budget: ... } }`",
            "hedge": "write it for each called service: `calls: { SERVICE: { hedge: ... } }`",
            "breaker": "write it for each called service: `calls: { SERVICE: { breaker: ... } }`",
            "pool": "write it for each called service: `calls: { SERVICE: { pool: ... } }`",
            "bulkhead": "write it for each called service: `calls: { SERVICE: { bulkhead: ... } }`",
            "throttle": "write it for each called service: `calls: { SERVICE: { throttle: ... } }`",
            "ejection": "write it for each called service: `calls: { SERVICE: { ejection: ... } }`",
            "bucket": "write `admission: { bucket: ... }`",
            "shedding": "write `admission: { shedding: ... }`",
            "limit": "write `admission: { limit: ... }`",
            "readiness": "write `lifeCycle: { readiness: ... }`",
            "liveness": "write `lifeCycle: { liveness: ... }`",
            "warmUp": "write `lifeCycle: { warmUp: ... }`",
            "grace": "write `lifeCycle: { grace: ... }`",
            "heap": "write `memory: { heap: ... }`", "cache": "write `caches:`",
            "lock": "write `locks:`",
            "keyspace":
                "write it at the endpoint: `endpoints: { NAME: { keyspace: ..., steps: [...] } }`",
            "answersEarly":
                "write it at the endpoint: `endpoints: { NAME: { answersEarly: true, steps: [...] } }`",
        ],
        [
            FormatKey(
                "replicas", .count(0...65_535), defaultText: "1",
                "How many there are at first; none only where `scaling` can add some."),
            FormatKey(
                "cores", .cores(1...65_535), defaultText: "1 core",
                "Cores of each replica. A compute step holds one."),
            FormatKey(
                "threads", .anyOf([.count(1...10_000_000), .object(.threads)]),
                "Requests that each replica works on at once. The default is no bound."),
            FormatKey(
                "queue", .anyOf([.count(queueLengths), .object(.queue)]),
                "Requests of each replica that may wait for a thread; more are rejected. The default is no bound."
            ),
            FormatKey(
                "balancing", .choice(Choices.balancing.names),
                defaultText: "round-robin", "Which replica takes a request."),
            FormatKey(
                "scheduling", .choice(Choices.scheduling.names),
                defaultText: "first-come-first-served",
                "How the cores of a replica are shared out among compute steps."),
            FormatKey(
                "cpuLimit", .anyOf([.processor, .object(.cpuLimit)]),
                "Core time that a replica may use in each period."),
            FormatKey(
                "slowdown", .object(.slowdown),
                "How requests that a replica is working on slow each other down."),
            FormatKey(
                "memory", .object(.memory), "Memory of each replica, and its garbage collector."),
            FormatKey(
                "speedSpread", .ratio(0...3), defaultText: "0",
                "Spread of the replicas' speeds: the standard deviation of their logarithms."),
            FormatKey(
                "oddReplicas", .list(.object(.oddReplica), count: 0...ModelLimits.replicas),
                "Replicas that are slow, or fail, from the start."),
            FormatKey(
                "errorWork", time,
                "What a request computes before it is answered with a failure. The default is nothing."
            ),
            FormatKey("admission", .object(.admission), "What a replica refuses at once."),
            FormatKey("lifeCycle", .object(.lifeCycle), "How replicas start, stop and are probed."),
            FormatKey(
                "scaling", .object(.replicaScaling),
                "How many replicas autoscalers may make of it. Without it their number stays."),
            FormatKey(
                "caches", .named(.object(.cache), count: 0...ModelLimits.caches),
                "Caches by name, which `cache` steps look into."),
            FormatKey(
                "locks", .named(.object(.lock), count: 0...ModelLimits.caches),
                "Locks by name, which `lock` steps take."),
            FormatKey(
                "replication", .object(.replication),
                "Makes replica 0 the primary for writes and the others its read replicas."),
            FormatKey(
                "honoursDeadlines", .boolean, defaultText: "false",
                "Whether requests whose deadline has passed are dropped."),
            FormatKey(
                "requestTimeout", .duration(isPositive: true),
                "How long after its arrival a request that is not answered is given up, wherever it is. The default is never."
            ),
            FormatKey(
                "calls", .named(.object(.callPolicy), count: 0...mostServices),
                "By called service: how it is called."),
            FormatKey(
                "endpoints", .named(.anyOf([steps, .object(.endpoint)]), count: 1...mostEndpoints),
                "The operations of the service by name, each a list of steps, or a mapping."),
            FormatKey(
                "steps", steps,
                "Short for a single endpoint called `default` with these steps."),
        ])

    static let threads = FormatObject(
        .threads, "The thread pool of each replica.",
        [
            FormatKey(
                "count", .count(1...10_000_000), isRequired: true,
                "Requests that each replica works on at once."),
            FormatKey(
                "heldDuringCalls", .boolean, defaultText: "true",
                "Whether a request keeps its thread while it waits for the services it calls."),
        ])

    static let queueLengths = 0...1_000_000_000

    static let queue = FormatObject(
        .queue, "Where the requests of each replica wait for a thread.",
        misplaced: [
            "limit": "write `length:`", "codel": "write `wait: { target: ..., interval: ... }`",
            "patience": "write `wait:`", "timeout": "write `wait:`",
        ],
        [
            FormatKey(
                "length", .count(queueLengths),
                "Requests that may wait; more are rejected. The default is no bound."),
            FormatKey(
                "discipline",
                .anyOf([.choice(Choices.discipline.names), .object(.adaptiveLIFO)]),
                defaultText: "fifo", "Which of them begins next."),
            FormatKey(
                "wait", .anyOf([positive, .object(.controlledDelay), .object(.distribution)]),
                "How long a request may wait, drawn for each; then it is dropped. The default is for ever."
            ),
        ])

    static let adaptiveLIFO = FormatObject(
        .adaptiveLIFO, "Last in first out under a backlog.",
        [
            FormatKey(
                "adaptive-lifo", .count(1...1_000_000_000), isRequired: true,
                "From so many waiting requests on, the last in is the first out.")
        ])

    static let controlledDelay = FormatObject(
        .controlledDelay, "Controlled delay for requests.",
        [
            FormatKey(
                "target", positive, defaultText: "5 ms",
                "The most a request may wait once the queue has not been empty for `interval`."),
            FormatKey(
                "interval", positive, defaultText: "100 ms",
                "The most a request may wait otherwise."),
        ])

    static let cpuLimit = FormatObject(
        .cpuLimit, "Core time that a replica may use in each period.",
        [
            FormatKey("quota", positive, isRequired: true, "Core time in a period; at least 1 ms."),
            FormatKey("period", positive, defaultText: "100 ms", "From 1 ms to 1 s."),
        ])

    static let slowdown = FormatObject(
        .slowdown, "How requests that a replica is working on slow each other down.",
        exactlyOneOf: ["linear", "universal", "curve"],
        [
            FormatKey(
                "linear", anyRatio, "Each further request makes all take this much longer."),
            FormatKey("universal", .object(.universal), "Gunther's universal scalability law."),
            FormatKey(
                "curve", .list(.object(.slowdownPoint), count: 1...ModelLimits.slowdownPoints),
                "Factors by the number of requests, straight lines in between."),
        ])

    static let universal = FormatObject(
        .universal, "Gunther's universal scalability law.",
        [
            FormatKey(
                "contention", anyRatio, isRequired: true, "What requests wait for each other."),
            FormatKey(
                "coherence", anyRatio, defaultText: "0",
                "What every pair of requests costs to keep them consistent."),
        ])

    static let slowdownPoint = FormatObject(
        .slowdownPoint, "A factor at a number of requests.",
        [
            FormatKey(
                "requests", fromZero, isRequired: true, "Requests that the replica is working on."),
            FormatKey(
                "factor", .number(0.001...1_000_000, excludesLowerBound: false), isRequired: true,
                "How much longer each takes."),
        ])

    static let memory = FormatObject(
        .memory, "Memory of each replica, and its garbage collector.",
        [
            FormatKey("base", .memory, defaultText: "0 B", "Memory in use without any request."),
            FormatKey(
                "perRequest", .memory, defaultText: "0 B",
                "Memory of each request that is in the replica."),
            FormatKey(
                "garbagePerRequest", .memory, defaultText: "0 B",
                "Garbage that each request leaves behind."),
            FormatKey(
                "heap", .memory,
                "At so much live memory and garbage the collector runs. The default is no collector."
            ),
            FormatKey(
                "pause", .duration(isPositive: false), defaultText: "0 s",
                "How long the collector stops the replica, at least."),
            FormatKey(
                "pausePerMiB", .duration(isPositive: false), defaultText: "0 s",
                "How much longer for each MiB of live memory."),
            FormatKey(
                "limit", .memory,
                "At more live memory than this the replica is killed. The default is no limit."),
        ])

    static let oddReplica = FormatObject(
        .oddReplica, "A replica that is unlike the others.",
        [
            FormatKey(
                "replica", .count(0...ModelLimits.replicas - 1), isRequired: true,
                "Its number, from 0."),
            FormatKey(
                "speed", .ratio(0.001...1_000), defaultText: "100%",
                "Its speed over that of the others."),
            FormatKey(
                "errors", .probability, defaultText: "0%",
                "The probability that it fails a request at once."),
        ])
}
