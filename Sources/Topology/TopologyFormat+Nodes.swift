import Model

// Nodes, and what may be asked of them.

extension TopologyFormat {
    static let cluster = FormatObject(
        .cluster, "Nodes, and how pods come to them.",
        [
            FormatKey(
                "pools", .named(.object(.nodePool), count: 1...1_000), isRequired: true,
                "Pools of equal nodes by name."),
            FormatKey(
                "scoring", .choice(Choices.nodeScoring.names), defaultText: "least-allocated",
                "Which of the nodes that fit a pod goes to."),
            FormatKey(
                "spread", .boolean, defaultText: "true",
                "Whether pods of one service prefer nodes with fewer of them."),
            FormatKey(
                "autoscaler", .object(.clusterAutoscaler),
                "Kubernetes' Cluster Autoscaler. Without it pools keep their size."),
            FormatKey(
                "placeholders", .object(.placeholders),
                "Pods of the lowest priority that keep room for others."),
            FormatKey(
                "provisioningRequests", .named(.object(.provisioningRequest), count: 0...1_000),
                "ProvisioningRequests by name, which the autoscaler answers."),
        ])

    static let nodePool = FormatObject(
        .nodePool, "Equal nodes.",
        [
            FormatKey("cpu", .processor, isRequired: true, "What a node has for pods."),
            FormatKey("memory", .memory, defaultText: "1000 GB", "What a node has for pods."),
            FormatKey("nodes", .count(0...100_000), isRequired: true, "Nodes at first."),
            FormatKey("min", .count(0...100_000), "The least. The default is `nodes`."),
            FormatKey("max", .count(0...100_000), "The most. The default is `nodes`."),
            FormatKey("boot", time, defaultText: "60 s", "From the request until a node is ready."),
            FormatKey(
                "failures", .probability, defaultText: "0",
                "Probability that a node which is asked for never comes."),
            FormatKey("price", fromZero, defaultText: "0", "Of a node for an hour."),
        ])

    static let clusterAutoscaler = FormatObject(
        .clusterAutoscaler, "Kubernetes' Cluster Autoscaler.",
        [
            FormatKey("scan", positive, defaultText: "10 s", "How often it looks."),
            FormatKey(
                "expander", .choice(Choices.expander.names), defaultText: "least-waste",
                "Which pool grows."),
            FormatKey(
                "unneededTime", positive, defaultText: "10 min",
                "How long a node must not be needed before it goes."),
            FormatKey(
                "utilisationThreshold", .ratio(0...1), defaultText: "0.5",
                "Nodes with less than this requested may go."),
            FormatKey(
                "delayAfterAdd", .duration(isPositive: false), defaultText: "10 min",
                "No node goes so long after one was added."),
            FormatKey(
                "provisionLimit", positive, defaultText: "15 min",
                "After this a node that has not come is given up."),
            FormatKey(
                "backoff", positive, defaultText: "5 min",
                "A pool rests so long after a failure, doubling up to six times that."),
            FormatKey(
                "atomic", .boolean, defaultText: "false",
                "Whether nodes are only added if all pods that wait fit on them (best-effort-atomic)."
            ),
            FormatKey(
                "bookingTime", positive, defaultText: "10 min",
                "Capacity that was found for a provisioning request is booked for so long."),
            FormatKey(
                "requestBackoff", positive, defaultText: "1 min",
                "A provisioning request that found nothing is asked again after this, doubling"),
            FormatKey(
                "requestBackoffLimit", positive, defaultText: "10 min", "up to this."),
        ])

    static let placeholders = FormatObject(
        .placeholders, "Pods of the lowest priority that keep room for others.",
        [
            FormatKey("count", .count(1...100_000), isRequired: true, "How many."),
            FormatKey("cpu", .processor, isRequired: true, "Each asks for this."),
            FormatKey("memory", .memory, defaultText: "0 B", "Each asks for this."),
        ])

    static let provisioningRequest = FormatObject(
        .provisioningRequest, "Asks whether so many pods would find room.",
        exactlyOneOf: ["service", "cpu"],
        [
            FormatKey(
                "class", .choice(ProvisioningClass.names), defaultText: ProvisioningClass.names[0],
                "The provisioning class."),
            FormatKey(
                "at", .duration(isPositive: false), defaultText: "0 s", "When it is created."),
            FormatKey("count", .count(1...65_535), isRequired: true, "How many pods."),
            FormatKey(
                "service", .reference,
                "The service whose pods they are. It has none until room is found."),
            FormatKey("cpu", .processor, "What each pod asks for, if they are of no service."),
            FormatKey("memory", .memory, defaultText: "0 B", "What each pod asks for besides."),
            FormatKey(
                "noRetry", .boolean, defaultText: "false",
                "Whether it has failed when there is no room, instead of asking again."),
        ])

    static let quota = FormatObject(
        .quota, "What the pods of a namespace may have together.",
        [
            FormatKey(
                "requests", .object(.allowedResources), "What they may ask for together."),
            FormatKey("pods", .count(0...65_535), "How many there may be."),
        ])

    static let allowedResources = FormatObject(
        .allowedResources, "A bound of each resource; what is missing has none.",
        [
            FormatKey("cpu", .processor, "CPU."),
            FormatKey("memory", .memory, "Memory."),
        ])
}

/// Classes of ProvisioningRequests.
enum ProvisioningClass {
    static let names = ["check-capacity.autoscaling.x-k8s.io"]
}
