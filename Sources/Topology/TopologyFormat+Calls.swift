import Model

// How services call each other.

extension TopologyFormat {
    /// What a policy says; those of the whole file, of a service and of a change share them.
    static let policyKeys = [
        FormatKey(
            "timeout", positive,
            "How long to wait for an answer, where the call itself does not say. The default is for ever."
        ),
        FormatKey("retries", .object(.retries), "Whether a call that fails is made again."),
        FormatKey("budget", .object(.budget), "What keeps retries from becoming the load."),
        FormatKey("hedge", .object(.hedge), "A second attempt while the first still runs."),
        FormatKey(
            "breaker", .object(.breaker), "Makes no calls for a while after too many failures."),
        FormatKey("pool", .object(.pool), "Connections that calls need."),
        FormatKey("bulkhead", .object(.bulkhead), "A bound on calls at a time."),
        FormatKey(
            "throttle", .object(.throttle),
            "Refuses calls by itself when the callee refuses too many."),
        FormatKey("ejection", .object(.ejection), "Leaves out replicas that fail."),
        FormatKey(
            "balancing",
            .anyOf([.choice(Choices.callerBalancing.names), .object(.callerBalancing)]),
            "How the caller chooses a replica. The default leaves that to the callee's `balancing`."
        ),
        FormatKey(
            "propagateDeadline", .boolean,
            "Whether a call says by when its answer is of use. The default is no."),
        FormatKey(
            "cancel", .boolean,
            "Whether the callee is told when the caller gives up. The default is no."),
    ]
    static let misplacedInPolicy = [
        "retry": "write `retries:`", "attempts": "write `retries: { attempts: ... }`",
        "backoff": "write `retries: { backoff: ... }`",
        "latency": "give it in `network: { edges: [{ from: ..., to: ..., latency: ... }] }`",
        "circuitBreaker": "write `breaker:`", "deadline": "write `propagateDeadline:`",
        "optional": "write it inside the call: `call: { service: ..., optional: true }`",
        "requestTimeout":
            "write `timeout:`, or for the server's own `services: { NAME: { requestTimeout: ... } }`",
        "outlierDetection": "write `ejection:`", "connections": "write `pool: { size: ... }`",
    ]

    static let callPolicy = FormatObject(
        .callPolicy, "How a service calls another.", misplaced: misplacedInPolicy, policyKeys)

    static let retries = FormatObject(
        .retries, "Whether a call that fails is made again.",
        misplaced: [
            "count": "write `attempts:`, which counts the first one too",
            "max": "write `attempts:`, which counts the first one too",
            "timeout": "write it beside `retries:`; it holds for each attempt",
            "jitter": "write `backoff: { jitter: ... }`",
        ],
        [
            FormatKey(
                "attempts", .count(1...ModelLimits.attempts), isRequired: true,
                "Attempts in all, the first included."),
            FormatKey(
                "backoff", .object(.backoff), "The wait between attempts. The default is none."),
            FormatKey(
                "on", .list(.choice(Choices.failure.names), count: 1...Choices.failure.names.count),
                "Failures that are tried again. The default is all but `refused`."),
            FormatKey(
                "within", positive,
                "No attempt starts later than this after the first. The default is no bound."),
        ])

    static let backoff = FormatObject(
        .backoff, "The wait between attempts.",
        [
            FormatKey("base", positive, isRequired: true, "The wait before the first retry."),
            FormatKey(
                "factor", .number(1...1_000, excludesLowerBound: false), defaultText: "2",
                "Each further wait is so many times as long."),
            FormatKey("cap", positive, defaultText: "60 s", "The longest wait."),
            FormatKey(
                "jitter", .choice(Choices.jitter.names), defaultText: "full",
                "How chance changes the wait."),
        ])

    static let budget = FormatObject(
        .budget, "What keeps retries from becoming the load.",
        exactlyOneOf: ["ratio", "tokens", "bucket", "concurrent", "share"],
        [
            FormatKey("ratio", .object(.ratioBudget), "A share of the calls, and a minimum."),
            FormatKey(
                "tokens", .object(.tokenBudget), "A failure takes a token; none at half or less."),
            FormatKey("bucket", .object(.bucketBudget), "A retry takes a token."),
            FormatKey(
                "concurrent", .count(0...ModelLimits.pool), "So many retries at a time."),
            FormatKey("share", .object(.shareBudget), "A share of all attempts."),
        ])

    static let ratioBudget = FormatObject(
        .ratioBudget, "Retries as a share of the calls, and a minimum.",
        [
            FormatKey("ratio", anyRatio, defaultText: "20%", "Retries for each call."),
            FormatKey(
                "minimum", .rate, defaultText: "10 req/s", "Retries that are always allowed."),
            FormatKey("window", positive, defaultText: "10 s", "How long calls count."),
        ])

    static let tokenBudget = FormatObject(
        .tokenBudget, "Tokens that failures take.",
        [
            FormatKey("maximum", aboveZero, defaultText: "10", "Tokens at most, and at the start."),
            FormatKey("ratio", anyRatio, defaultText: "0.1", "Tokens that a success returns."),
        ])

    static let bucketBudget = FormatObject(
        .bucketBudget, "Tokens that retries take.",
        [
            FormatKey(
                "capacity", aboveZero, defaultText: "100", "Tokens at most, and at the start."),
            FormatKey("ratio", anyRatio, defaultText: "0.1", "Tokens that a success returns."),
        ])

    static let shareBudget = FormatObject(
        .shareBudget, "Retries as a share of all attempts.",
        [
            FormatKey("share", .ratio(0...1), defaultText: "10%", "Retries for each attempt."),
            FormatKey("window", positive, defaultText: "2 min", "How long attempts count."),
        ])

    static let hedge = FormatObject(
        .hedge, "Further attempts while the first still runs.",
        exactlyOneOf: ["after", "quantile"],
        misplaced: ["delay": "write `after:`", "attempts": "write `most:`"],
        [
            FormatKey(
                "after", .duration(isPositive: false), "When it has not been answered for so long."),
            FormatKey(
                "quantile", .ratio(0...0.999_999),
                "When it takes longer than this share of the calls before."),
            FormatKey(
                "most", .count(1...14), defaultText: "1", "Further attempts of a call at most."),
            FormatKey(
                "cap", .ratio(0...1), defaultText: "100%", "Further attempts for each call at most."
            ),
        ])

    static let breaker = FormatObject(
        .breaker, "Makes no calls for a while after too many failures.",
        exactlyOneOf: ["consecutive", "rate"],
        [
            FormatKey(
                "consecutive", .count(1...ModelLimits.pool), "It opens after so many in a row."),
            FormatKey("rate", .object(.failureRate), "It opens at a share of failures."),
            FormatKey(
                "openFor", positive, isRequired: true, "How long it stays open before it probes."),
            FormatKey(
                "probes", .count(1...ModelLimits.pool), defaultText: "1",
                "Calls that must succeed before it closes."),
        ])

    static let failureRate = FormatObject(
        .failureRate, "A share of failures in a sliding window.",
        [
            FormatKey(
                "share", .ratio(0.000_001...1), defaultText: "50%", "Failures for each call."),
            FormatKey("window", positive, defaultText: "10 s", "How long calls count."),
            FormatKey(
                "minimum", .count(1...ModelLimits.pool), defaultText: "20",
                "Calls in the window before it may open."),
        ])

    private static let boundKeys = [
        FormatKey(
            "size", .count(1...ModelLimits.pool), isRequired: true,
            "Calls that each replica of the caller makes at a time."),
        FormatKey(
            "queue", .count(0...ModelLimits.pool),
            "Calls that may wait for a place; more are refused. The default is no bound."),
        FormatKey(
            "wait", .duration(isPositive: false),
            "How long a call may wait for a place. The default is for ever."),
    ]

    static let pool = FormatObject(
        .pool, "Connections that calls need, one each.", misplaced: ["max": "write `size:`"],
        boundKeys + [
            FormatKey("setup", time, defaultText: "0 s", "What a new connection takes."),
            FormatKey(
                "idle", positive, "When an idle connection closes. The default is never."),
            FormatKey(
                "order", .choice(Choices.poolOrder.names), defaultText: "most-recent",
                "Which idle connection is used first."),
            FormatKey(
                "pinned", .boolean, defaultText: "false",
                "Whether a connection stays with the replica that it was made to."),
        ])

    static let bulkhead = FormatObject(
        .bulkhead, "A bound on calls at a time.",
        misplaced: [
            "max": "write `size:`", "setup": "connections are a `pool:`",
            "idle": "connections are a `pool:`", "order": "connections are a `pool:`",
            "pinned": "connections are a `pool:`",
        ], boundKeys)

    static let throttle = FormatObject(
        .throttle, "Refuses calls by itself when the callee refuses too many.",
        misplaced: ["K": "write `multiplier:`", "k": "write `multiplier:`"],
        [
            FormatKey(
                "multiplier", .number(1...1_000_000, excludesLowerBound: false), defaultText: "2",
                "Calls that are let through for each one accepted."),
            FormatKey("window", positive, defaultText: "2 min", "How long calls count."),
        ])

    static let ejection = FormatObject(
        .ejection, "Leaves out replicas that fail.",
        misplaced: ["maxEjectionPercent": "write `most:`", "baseEjectionTime": "write `base:`"],
        [
            FormatKey(
                "consecutive", .count(1...ModelLimits.pool), defaultText: "5",
                "Failures in a row that eject."),
            FormatKey(
                "base", positive, defaultText: "30 s", "The n-th time it lasts n times this."),
            FormatKey("cap", positive, defaultText: "300 s", "The longest it lasts."),
            FormatKey(
                "most", .ratio(0...1), defaultText: "10%",
                "Share of the replicas that may be out at once; one always may."),
            FormatKey(
                "panic", .ratio(0...1), defaultText: "50%",
                "When less than this share is left, all are called again."),
        ])

    static let callerBalancing = FormatObject(
        .callerBalancing, "Choices of a replica that need a number.",
        exactlyOneOf: ["weighted", "subset"],
        [
            FormatKey(
                "weighted", .list(fromZero, count: 1...ModelLimits.replicas),
                "A weight for each replica of the callee."),
            FormatKey(
                "subset", .count(1...ModelLimits.replicas), "Round robin over so many of them."),
        ])
}
