import Model

// What endpoints do.

extension TopologyFormat {
    static let step = FormatObject(
        .step, "One thing an endpoint does; the next starts when it is done.",
        exactlyOneOf: [
            "compute", "call", "parallel", "choose", "delay", "fail", "sometimes", "repeat",
            "cache", "lock", "send",
        ],
        misplaced: [
            "timeout": "write it inside the call: `call: { service: ..., timeout: ... }`",
            "sleep": "write `delay:`", "wait": "write `delay:`", "loop": "write `repeat:`",
            "publish": "write `send:`, or `call:` to wait until the queue has the message",
            "onMiss": "write it inside: `cache: { cache: ..., onMiss: [...] }`",
            "probability":
                "write it inside the call, or `sometimes: { probability: ..., steps: [...] }`",
            "steps": "write them inside `sometimes:`, `repeat:`, `cache:` or `lock:`",
            "retries": "write `calls: { SERVICE: { retries: ... } }` at the service",
        ],
        [
            FormatKey("compute", time, "Hold one core for this long."),
            FormatKey("call", callOrName, "Call a service and wait for its answer."),
            FormatKey(
                "parallel",
                .anyOf([.list(callOrName, count: anyCount), .object(.gather)]),
                "Call all of these at once and wait for all answers, or for some of them."),
            FormatKey(
                "choose",
                .anyOf([.list(weightedCallOrName, count: anyCount), .object(.choice)]),
                "Call exactly one of these, drawn by weight, or by weight and ready replicas."),
            FormatKey("delay", time, "Wait this long with the thread, but without a core."),
            FormatKey("fail", .probability, "Fail with this probability."),
            FormatKey("sometimes", .object(.sometimes), "Do steps with a probability."),
            FormatKey("repeat", .object(.loop), "Do steps several times, one after another."),
            FormatKey(
                "cache", .object(.cached),
                "Look into a cache of the service; on a miss do steps and fill it."),
            FormatKey("lock", .object(.locked), "Do steps under a lock of the service."),
            FormatKey(
                "send", .anyOf([.reference, .object(.message)]),
                "Call a service without waiting for its answer."),
        ])

    static let endpoint = FormatObject(
        .endpoint, "An operation of a service.",
        misplaced: [
            "priority": "give it to the users in `arrivals:`",
            "timeout": "give it to the callers, in `calls:` or in `arrivals:`",
            "requestTimeout": "give it to the service, beside `endpoints:`",
        ],
        [
            FormatKey("steps", steps, isRequired: true, "What it does."),
            FormatKey(
                "keyspace", .name,
                "The keyspace that a request's key comes from, for shards and ring hashing."),
            FormatKey(
                "write", .boolean, defaultText: "false",
                "Whether it changes data: with `replication` it goes to the primary."),
            FormatKey(
                "answersEarly", .boolean, defaultText: "false",
                "Whether a request is answered as soon as it is accepted, and worked on after that."
            ),
        ])

    static let gather = FormatObject(
        .gather, "Calls that are made at once.",
        misplaced: ["wait": "write `need:`", "quorum": "write `need:`"],
        [
            FormatKey(
                "calls", .list(callOrName, count: anyCount), isRequired: true,
                "The calls, made at once."),
            FormatKey(
                "need", .anyOf([.choice(["all", "first"]), .count(anyCount)]), defaultText: "all",
                "How many must succeed before the next step; the others are then given up."),
        ])

    static let weightedCallOrName = FormatType.anyOf([.reference, .object(.weightedCall)])

    static let choice = FormatObject(
        .choice, "Calls of which exactly one is made.",
        misplaced: ["need": "exactly one is made; for several write `parallel:`"],
        [
            FormatKey(
                "calls", .list(weightedCallOrName, count: anyCount), isRequired: true,
                "The calls to choose from."),
            FormatKey(
                "by", .choice(["weight", "replicas"]), defaultText: "weight",
                "What a call is drawn by: its weight, or its weight times the ready replicas of its service."
            ),
        ])

    static let sometimes = FormatObject(
        .sometimes, "Steps that are done with a probability.",
        [
            FormatKey("probability", .probability, isRequired: true, "That they are done."),
            FormatKey("steps", steps, isRequired: true, "The steps."),
        ])

    static let loop = FormatObject(
        .loop, "Steps that are done several times.",
        misplaced: ["count": "write `times:`", "for": "write `times:`"],
        [
            FormatKey(
                "times", .count(1...ModelLimits.steps), isRequired: true,
                "How often. Written out, an endpoint may have 65535 steps."),
            FormatKey("steps", steps, isRequired: true, "The steps."),
        ])

    static let cached = FormatObject(
        .cached, "A look into a cache.",
        misplaced: ["steps": "write `onMiss:`", "name": "write `cache:`"],
        [
            FormatKey("cache", .name, isRequired: true, "A cache of this service."),
            FormatKey(
                "onMiss", steps, isRequired: true,
                "What is done when the key is not there; if it succeeds, the key is put there."),
        ])

    static let locked = FormatObject(
        .locked, "Steps under a lock.", misplaced: ["name": "write `lock:`"],
        [
            FormatKey("lock", .name, isRequired: true, "A lock of this service."),
            FormatKey("steps", steps, isRequired: true, "What is done under it."),
        ])

    static let message = FormatObject(
        .message, "A request whose answer nobody waits for.",
        misplaced: [
            "timeout": "nobody waits for the answer; to wait, write `call:`",
            "optional": "nobody waits for the answer; to wait, write `call:`",
        ],
        [
            callKeys[0], callKeys[1],
            FormatKey(
                "probability", .probability, defaultText: "100%", "That it is sent at all."),
        ])

    static let callKeys = [
        FormatKey("service", .reference, isRequired: true, "The service to call."),
        FormatKey(
            "endpoint", .name,
            "Its endpoint. The default is its only one, or the one called `default`."),
        FormatKey(
            "timeout", .duration(isPositive: true),
            "How long to wait for the answer. The default is what `calls` says, or for ever."),
        FormatKey(
            "optional", .boolean, defaultText: "false",
            "Whether the caller goes on when the call fails."),
    ]
    static let misplacedInCall = [
        "latency": "give it in `network: { edges: [{ from: ..., to: ..., latency: ... }] }`",
        "retries": "write `calls: { SERVICE: { retries: ... } }` at the calling service",
        "hedge": "write `calls: { SERVICE: { hedge: ... } }` at the calling service",
        "breaker": "write `calls: { SERVICE: { breaker: ... } }` at the calling service",
    ]

    static let call = FormatObject(
        .call, "A request to another service, and its answer.", misplaced: misplacedInCall,
        callKeys + [
            FormatKey(
                "probability", .probability, defaultText: "100%", "That the call is made at all.")
        ])

    static let weightedCall = FormatObject(
        .weightedCall, "One of several calls to choose from.",
        misplaced: misplacedInCall.merging(["probability": "write `weight:`"]) { own, _ in own },
        callKeys + [
            FormatKey(
                "weight", .number(0...1e9, excludesLowerBound: true), defaultText: "1",
                "The call is chosen with this weight over the sum of all weights.")
        ])
}
