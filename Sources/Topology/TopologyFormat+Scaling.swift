import Model

// How the number of replicas follows the load.

extension TopologyFormat {
    static let scaling = FormatObject(
        .scaling, "How the number of replicas follows the load.",
        [
            FormatKey(
                "policy", .name, defaultText: "hpa",
                "The name of a policy: one of `policies`, or a built-in one: \(ScalingPolicies.words)."
            ),
            FormatKey("sync", positive, defaultText: "15 s", "How often autoscalers look."),
            FormatKey(
                "metrics", .object(.metricsPipeline),
                "The way from what services do to what autoscalers see."),
            FormatKey(
                "policies", .named(.object(.scalingPolicy), count: 0...1_000),
                "Policies of your own by name."),
            FormatKey(
                "signals", .named(.name, count: 0...1_000),
                "By name of a metric in a manifest: the signal that it stands for, such as `queue` or `orders.queue`."
            ),
            FormatKey(
                "startsAt", .name,
                "Day and time (UTC) at which the run begins, such as `Mon 08:00` or `2026-03-29 00:30`, for cron triggers."
            ),
            FormatKey(
                "controller", .object(.controller), "How the HPA controller is set up."),
            FormatKey(
                "vpa", .object(.verticalControllers),
                "How the recommender and the updater of VerticalPodAutoscalers are set up."),
            FormatKey(
                "quotas", .named(.object(.quota), count: 0...1_000),
                "By namespace: its ResourceQuota."),
            FormatKey(
                "cluster", .object(.cluster),
                "Nodes that pods need. The default is that there is always room."),
        ])

    static let controller = FormatObject(
        .controller, "How Kubernetes' controller of HorizontalPodAutoscalers is set up.",
        [
            FormatKey(
                "tolerance", .ratio(0...1), defaultText: "0.1",
                "How far the ratio to the target may be from one."),
            FormatKey(
                "cpuInitialization", .duration(isPositive: false), defaultText: "5 min",
                "For so long after its start the CPU of a pod may be left out."),
            FormatKey(
                "readinessDelay", .duration(isPositive: false), defaultText: "30 s",
                "For so long after its start a pod that is not ready has never been."),
            FormatKey(
                "downscaleStabilisation", .duration(isPositive: false), defaultText: "5 min",
                "Services shrink to the most that was wanted in this time."),
            FormatKey(
                "scaleToZero", .boolean, defaultText: "false",
                "The feature gate HPAScaleToZero."),
        ])

    static let metricsPipeline = FormatObject(
        .metricsPipeline, "The way from what services do to what autoscalers see.",
        [
            FormatKey("scrape", positive, defaultText: "15 s", "Between two readings."),
            FormatKey(
                "window", positive, defaultText: "60 s",
                "Rates other than those of CPU are averages over this."),
            FormatKey(
                "delay", .duration(isPositive: false), defaultText: "0 s",
                "From a reading until autoscalers can see it."),
            FormatKey(
                "loss", .probability, defaultText: "0",
                "Probability that one pod's part of a reading is lost."),
        ])

    static let scalingPolicy = FormatObject(
        .scalingPolicy, "A way of scaling.",
        exactlyOneOf: ["builtIn", "coordinated", "forecast", "oracle"],
        [
            FormatKey("builtIn", .choice(ScalingPolicies.names), "A built-in policy as it is."),
            FormatKey(
                "coordinated", .object(.coordination),
                "All services at once, by what the call graph makes of the users' load."),
            FormatKey(
                "forecast", .object(.forecast), "Every service by a forecast of its own load."),
            FormatKey(
                "oracle", .object(.oracle),
                "All services at once, by the users' load as it is going to be."),
        ])

    static let coordination = FormatObject(
        .coordination, "How the load of services is predicted from that of the entries.",
        [
            FormatKey(
                "graph", .object(.graph),
                "Where calls per request come from. The default is this topology."),
            FormatKey(
                "cappedByCallers", .boolean, defaultText: "true",
                "Whether a service gets no more load than its callers' replicas pass on."),
            FormatKey(
                "respectsFixed", .boolean, defaultText: "true",
                "Whether those above a service that cannot grow get only what it bears."),
            FormatKey(
                "feedback", .boolean, defaultText: "true",
                "Whether a service's own HorizontalPodAutoscaler may ask for more."),
            FormatKey(
                "hopDelay", .duration(isPositive: false), defaultText: "0 s",
                "How long a signal travels from a caller to those it calls; 0 s: all learn at once."
            ),
            FormatKey(
                "criticalPathFirst", .boolean, defaultText: "false",
                "Whether only services on the slowest path grow at a time."),
            FormatKey("forecast", .object(.forecast), "Continues the users' load into the future."),
            FormatKey(
                "stabilisation", .duration(isPositive: false), defaultText: "5 min",
                "Services shrink to the most that was wanted in this time."),
        ])

    static let graph = FormatObject(
        .graph, "Where calls per request come from.", exactlyOneOf: ["learned", "calls"],
        [
            FormatKey("learned", .object(.learnedGraph), "What was seen of the traffic."),
            FormatKey(
                "calls",
                .named(
                    .named(
                        .number(0...1_000, excludesLowerBound: false),
                        count: 0...mostServices), count: 0...mostServices),
                "By caller, by called service: calls for each request."),
        ])

    static let learnedGraph = FormatObject(
        .learnedGraph, "A call graph that is learnt from the traffic.",
        [
            FormatKey("window", positive, defaultText: "60 s", "What was seen in this time,"),
            FormatKey(
                "lag", .duration(isPositive: false), defaultText: "60 s",
                "which ended so long ago: until traces are gathered and evaluated."),
        ])

    static let forecast = FormatObject(
        .forecast, "How a load is continued into the future.",
        exactlyOneOf: ["linear", "holtWinters"],
        [
            FormatKey("linear", .object(.linearForecast), "A straight line."),
            FormatKey("holtWinters", .object(.holtWinters), "Exponential smoothing."),
            FormatKey(
                "horizon", .duration(isPositive: false), defaultText: "60 s",
                "How far ahead: what a new replica takes to be ready."),
        ])

    static let linearForecast = FormatObject(
        .linearForecast, "The least-squares line through the last readings.",
        [FormatKey("window", positive, defaultText: "2 min", "Readings no older than this.")])

    static let holtWinters = FormatObject(
        .holtWinters, "Exponential smoothing of level, trend and season (Holt 1957, Winters 1960).",
        [
            FormatKey("level", .ratio(0...1), defaultText: "0.5", "Weight of the latest reading."),
            FormatKey("trend", .ratio(0...1), defaultText: "0.3", "Weight of the latest rise."),
            FormatKey(
                "season", .ratio(0...1), defaultText: "0.1", "Weight of the latest season."),
            FormatKey("period", positive, "Length of a season. The default is that there is none."),
        ])

    static let oracle = FormatObject(
        .oracle, "All services at once, by the users' load as it is going to be.",
        [
            FormatKey(
                "lead", .duration(isPositive: false), defaultText: "60 s",
                "How long before the load comes.")
        ])

    static let replicaScaling = FormatObject(
        .replicaScaling, "How many replicas autoscalers may make of a service.",
        misplaced: [
            "minReplicas": "write `min:`", "maxReplicas": "write `max:`",
            "targetCPUUtilizationPercentage": "write `target:` with a per cent sign",
        ],
        [
            FormatKey("min", .count(0...65_535), defaultText: "1", "The least."),
            FormatKey(
                "max", .count(1...65_535),
                "The most. Required unless there is a `manifest`, or a `vpa` and the number stays."),
            FormatKey(
                "manifest", .name,
                "A file with the service's HorizontalPodAutoscaler, ScaledObject or ScaledJob."),
            FormatKey(
                "metric", .choice(Choices.scalingMetric.names), defaultText: "cpu",
                "What its own autoscaler looks at."),
            FormatKey(
                "target", .ratio(0.01...1), defaultText: "80%",
                "The utilisation that is wanted: of the CPU that pods request, and of `capacity`."),
            FormatKey(
                "each", aboveZero,
                "For metrics other than `cpu`: how much of it each replica shall have."),
            FormatKey(
                "capacity", .rate,
                "Requests that a replica carries. The default is its cores over the mean work of a request."
            ),
            FormatKey(
                "requests", .object(.podRequests), "What a pod asks of its node."),
            FormatKey(
                "startUp", .object(.startUp), "CPU that a container burns while it starts."),
            FormatKey(
                "priority", .count(0...1_000_000), defaultText: "0",
                "Pods of a higher priority push others off full nodes."),
            FormatKey(
                "namespace", .name, defaultText: "default",
                "The namespace, whose quota the pods count against."),
            FormatKey(
                "vpa", .object(.verticalScaling),
                "A VerticalPodAutoscaler, which changes what pods ask for and their CPU limit."),
        ])

    static let podRequests = FormatObject(
        .podRequests, "What a pod asks of its node.",
        [
            FormatKey(
                "cpu", .processor,
                "The default is the replica's cores; with a `vpa`, its `cpuLimit` if it has one."),
            FormatKey("memory", .memory, defaultText: "0 B", "Memory."),
        ])

    static let startUp = FormatObject(
        .startUp, "CPU that a container burns while it starts, which autoscalers take for load.",
        [
            FormatKey("cpu", .processor, isRequired: true, "How much."),
            FormatKey("time", positive, isRequired: true, "For how long from its start on."),
        ])
}
