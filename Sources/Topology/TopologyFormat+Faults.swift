import Model

// What goes wrong, or is changed, while a run goes on.

extension TopologyFormat {
    static let fault = FormatObject(
        .fault, "Something that goes wrong, or is changed, while the run goes on.",
        exactlyOneOf: faultKinds,
        misplaced: [
            "start": "write `from:`", "end": "write `until:`", "to": "write `until:`",
            "duration": "write `until:`", "lasting": "write it inside `every:` or `when:`",
            "nodeDown": "write `down: { services: [...], replicas: [...] }` with what the node has",
            "policy": "write `change: { from: ..., to: ..., calls: ... }`",
        ],
        [
            FormatKey(
                "kill", .object(.replicaFault), "Replicas die with all they do, and start again."),
            FormatKey(
                "restart", .object(.replicaFault),
                "Replicas are told to stop, and start again."),
            FormatKey("down", .object(.downFault), "Replicas are gone for as long as it lasts."),
            FormatKey(
                "zoneDown", .count(0...ModelLimits.zones - 1),
                "The replicas of all services in this zone are gone for as long as it lasts."),
            FormatKey("slow", .object(.slowFault), "Replicas compute more slowly."),
            FormatKey("errors", .object(.errorFault), "Replicas fail requests at once."),
            FormatKey("latency", .object(.latencyFault), "Messages take longer, both ways."),
            FormatKey("loss", .object(.lossFault), "Messages are lost, both ways."),
            FormatKey(
                "partition", .object(.partitionFault), "No message passes between two sets."),
            FormatKey("flush", .object(.flushFault), "Caches are emptied."),
            FormatKey("cores", .object(.coresFault), "Replicas have other numbers of cores."),
            FormatKey("change", .object(.change), "A service calls another in another way."),
            FormatKey(
                "at", .duration(isPositive: false),
                "When it happens, for what happens at an instant."),
            FormatKey("from", .duration(isPositive: false), "When it begins."),
            FormatKey("until", positive, "When it ends. The default is never."),
            FormatKey("every", .object(.randomSchedule), "Again and again, at random."),
            FormatKey("when", .object(.condition), "When something holds at the service it hits."),
        ])

    static let faultKinds = [
        "kill", "restart", "down", "zoneDown", "slow", "errors", "latency", "loss", "partition",
        "flush", "cores", "change",
    ]

    private static let replicasKey = FormatKey(
        "replicas",
        .anyOf([
            .replicas, .object(.zone),
            .list(.count(0...ModelLimits.replicas - 1), count: 1...ModelLimits.replicas),
        ]),
        defaultText: "all",
        "`all`, the first so many, a share of them, those of a zone, or a list of numbers from 0.")
    private static let serviceKey = FormatKey(
        "service", .reference, isRequired: true, "The service.")
    private static let edgeKeys = [
        FormatKey("from", .reference, isRequired: true, "The calling service."),
        FormatKey("to", .reference, isRequired: true, "The called service."),
    ]

    static let replicaFault = FormatObject(
        .replicaFault, "Replicas of a service.", [serviceKey, replicasKey])

    static let zone = FormatObject(
        .zone, "The replicas in one zone.",
        [
            FormatKey(
                "zone", .count(0...ModelLimits.zones - 1), isRequired: true,
                "Replica r is in zone r modulo `zones`.")
        ])

    static let slowFault = FormatObject(
        .slowFault, "Replicas compute more slowly.", misplaced: ["speed": "write `factor:`"],
        [
            serviceKey, replicasKey,
            FormatKey(
                "factor", .number(0.001...1_000_000, excludesLowerBound: false), isRequired: true,
                "Compute steps take so many times as long."),
        ])

    static let errorFault = FormatObject(
        .errorFault, "Replicas fail requests at once.",
        [
            serviceKey, replicasKey,
            FormatKey("probability", .probability, defaultText: "100%", "That a request fails."),
        ])

    static let downFault = FormatObject(
        .downFault, "Replicas are gone.", misplaced: ["service": "write `services:`"],
        [
            FormatKey(
                "services",
                .anyOf([.choice(["all"]), .list(.reference, count: 1...mostServices)]),
                isRequired: true, "Services, or `all`."),
            replicasKey,
        ])

    static let latencyFault = FormatObject(
        .latencyFault, "Messages take longer.",
        edgeKeys + [FormatKey("added", time, isRequired: true, "By how much, each way.")])

    static let lossFault = FormatObject(
        .lossFault, "Messages are lost.",
        edgeKeys + [
            FormatKey("probability", .probability, isRequired: true, "That a message is lost.")
        ])

    static let partitionFault = FormatObject(
        .partitionFault, "No message passes between two sets of services.",
        [
            FormatKey(
                "between", .list(.reference, count: 1...mostServices), isRequired: true,
                "One set of services."),
            FormatKey(
                "and", .list(.reference, count: 1...mostServices), isRequired: true,
                "The other set."),
        ])

    static let flushFault = FormatObject(
        .flushFault, "Caches are emptied.",
        [
            serviceKey,
            FormatKey("cache", .name, "A cache of the service. The default is all of them."),
        ])

    static let coresFault = FormatObject(
        .coresFault, "Replicas have another number of cores.",
        [
            serviceKey,
            FormatKey(
                "cores", .cores(0...65_535), isRequired: true, "Cores of each replica."),
        ])

    static let change = FormatObject(
        .change, "A service calls another in another way.",
        edgeKeys + [
            FormatKey(
                "calls", .object(.callPolicy), isRequired: true,
                "What is other than before; the rest stays.")
        ])

    static let randomSchedule = FormatObject(
        .randomSchedule, "Again and again: a wait, then the fault for a while.",
        [
            FormatKey("wait", time, isRequired: true, "From the end of one to the next."),
            FormatKey(
                "lasting", time,
                "How long it lasts; required for what does not happen at an instant."),
        ])

    static let condition = FormatObject(
        .condition, "A condition on the service that the fault hits.",
        exactlyOneOf: ["above", "below"],
        [
            FormatKey(
                "metric", .choice(Choices.metric.names), isRequired: true, "What is looked at."),
            FormatKey("above", fromZero, "It must be more than this."),
            FormatKey("below", fromZero, "It must be less than this."),
            FormatKey(
                "holding", .duration(isPositive: false), defaultText: "0 s",
                "For how long it must hold before the fault begins."),
            FormatKey("lasting", positive, "How long it lasts. The default is until the end."),
        ])
}
