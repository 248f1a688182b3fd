import Model

// Keys, caches, locks, replicas of data, and message queues.

extension TopologyFormat {
    static let keyspace = FormatObject(
        .keyspace, "A set of keys of which some are asked for more often than others.",
        misplaced: ["count": "write `keys:`", "exponent": "write `zipf:`"],
        [
            FormatKey("keys", .count(1...ModelLimits.keys), isRequired: true, "How many."),
            FormatKey(
                "zipf", .number(0...10, excludesLowerBound: false), defaultText: "0",
                "Zipf's exponent: the k-th key is asked for in proportion to 1/k to this power."),
        ])

    static let cache = FormatObject(
        .cache, "A cache that steps look into.",
        misplaced: ["size": "write `capacity:`", "timeToLive": "write `ttl:`"],
        [
            FormatKey("keyspace", .name, isRequired: true, "Where its keys come from."),
            FormatKey(
                "capacity", .count(1...ModelLimits.keys), isRequired: true,
                "Keys that it holds at most."),
            FormatKey(
                "ttl", positive,
                "How long a key stays after it was put in. The default is for ever."),
            FormatKey(
                "eviction", .choice(Choices.eviction.names), defaultText: "lru",
                "Which key goes when it is full: the least recently or the least frequently used."),
            FormatKey(
                "shared", .boolean, defaultText: "true",
                "Whether all replicas share one, or each has its own."),
            FormatKey(
                "singleFlight", .boolean, defaultText: "false",
                "Whether requests that miss a key wait for the one that fetches it already."),
            FormatKey(
                "warm", .ratio(0...1), defaultText: "0%",
                "Share of it that holds the most popular keys at the start."),
        ])

    static let lock = FormatObject(
        .lock, "Rows that requests contend for, one set for all replicas.",
        misplaced: ["timeout": "write `wait:`", "lockTimeout": "write `wait:`"],
        [
            FormatKey("keyspace", .name, isRequired: true, "Where the rows' keys come from."),
            FormatKey(
                "mode", .choice(Choices.lockMode.names), defaultText: "exclusive",
                "Whether others wait, or fail at the end if the row was changed meanwhile."),
            FormatKey(
                "wait", positive,
                "Of `exclusive`: how long a request may wait for a row; then it fails. The default is for ever."
            ),
        ])

    static let replication = FormatObject(
        .replication, "A primary, replica 0, and read replicas.",
        [
            FormatKey("lag", time, isRequired: true, "From a write until the others have it."),
            FormatKey("apply", time, "Core time it costs each of them. The default is nothing."),
            FormatKey(
                "keyspace", .name, "Keys by which stale reads are told. The default tells none."),
        ])

    static let messageQueue = FormatObject(
        .messageQueue, "A service that takes messages and hands them to consumers.",
        misplaced: [
            "consumer": "write `consumers:`", "to": "write `consumers:`",
            "visibilityTimeout": "write `ackTimeout:`", "prefetch": "write `inFlight:`",
        ],
        [
            FormatKey(
                "consumers", .reference, isRequired: true, "The service that works on the messages."
            ),
            FormatKey(
                "inFlight", .count(1...10_000_000), defaultText: "1",
                "Messages that are with consumers at once."),
            FormatKey(
                "length", .count(queueLengths),
                "Messages that may wait; more are rejected. The default is no bound."),
            FormatKey(
                "ackTimeout", positive, defaultText: "30 s",
                "When a message that was not answered is delivered again."),
            FormatKey(
                "maxDeliveries", .count(1...ModelLimits.attempts), defaultText: "5",
                "Deliveries of a message before it is dead."),
            FormatKey(
                "backoff", .object(.backoff),
                "The wait before a message is delivered again. The default is none."),
        ])
}
