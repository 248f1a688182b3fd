import Autoscalers
import Model

// What pods ask for, and who changes it.

extension TopologyFormat {
    static let verticalScaling = FormatObject(
        .verticalScaling, "A VerticalPodAutoscaler.",
        misplaced: [
            "halfLife": "write it under `vpa` of `scaling` at the top",
            "recommenderInterval": "write it under `vpa` of `scaling` at the top",
            "updaterInterval": "write it under `vpa` of `scaling` at the top",
        ],
        [
            FormatKey(
                "updateMode", .choice(Choices.updateMode.names), defaultText: "Recreate",
                "What becomes of recommendations."),
            FormatKey("minAllowed", .object(.allowedResources), "The least that is recommended."),
            FormatKey("maxAllowed", .object(.allowedResources), "The most that is recommended."),
            FormatKey(
                "controlledValues", .choice(Choices.controlledValues.names),
                defaultText: "RequestsAndLimits", "Whether limits keep their ratio to requests."),
            FormatKey(
                "controlledResources", .list(.choice(["cpu", "memory"]), count: 1...2),
                "The resources that it changes. The default is both."),
            FormatKey(
                "minReplicas", .count(1...65_535),
                "With fewer pods none is changed. The default is that of the updater."),
        ])

    static let verticalControllers = FormatObject(
        .verticalControllers, "The recommender and the updater of VerticalPodAutoscalers.",
        [
            FormatKey(
                "recommenderInterval", positive, defaultText: "1 min",
                "How often the recommender looks."),
            FormatKey(
                "updaterInterval", positive, defaultText: "1 min", "How often the updater looks."),
            FormatKey(
                "halfLife", positive, defaultText: "24 h",
                "In which the weight of a CPU sample halves."),
            FormatKey(
                "memoryHalfLife", positive, defaultText: "24 h",
                "In which the weight of a peak of memory halves."),
            FormatKey(
                "memoryInterval", positive, defaultText: "24 h",
                "The peak of each pod's memory in each of these counts."),
            FormatKey(
                "confidenceInterval", positive, defaultText: "24 h",
                "History of this length makes the upper bound twice as high."),
            FormatKey(
                "targetPercentile", .ratio(0...1), defaultText: "0.9",
                "The percentile of use that is recommended."),
            FormatKey(
                "lowerPercentile", .ratio(0...1), defaultText: "0.5",
                "That of the lower bound."),
            FormatKey(
                "upperPercentile", .ratio(0...1), defaultText: "0.95",
                "That of the upper bound."),
            FormatKey(
                "margin", .ratio(0...10), defaultText: "15%", "Is added to use, as a share of it."),
            FormatKey(
                "minCpu", .processor, defaultText: "25m", "The least CPU that is recommended."),
            FormatKey(
                "minMemory", .memory, defaultText: "250 MiB",
                "The least memory that is recommended."),
            FormatKey(
                "minReplicas", .count(1...65_535), defaultText: "2",
                "With fewer pods none is changed."),
            FormatKey(
                "evictionTolerance", .ratio(0...1), defaultText: "0.5",
                "The share of a service's pods that may be away because of updates."),
            FormatKey(
                "updateThreshold", .ratio(0...10), defaultText: "0.1",
                "Pods within the bounds are changed by no less than this share,"),
            FormatKey(
                "lifetimeThreshold", .duration(isPositive: false), defaultText: "12 h",
                "and only when they are so old."),
            FormatKey(
                "deferredTimeout", .duration(isPositive: false), defaultText: "5 min",
                "A pod whose resize has waited so long for its node is evicted."),
            FormatKey(
                "skipDisruptionBudget", .boolean, defaultText: "false",
                "Whether any number of pods may be resized at once, however few there are."),
        ])
}

extension Choices<VerticalSpec.UpdateMode> {
    static var updateMode: Self {
        Self([
            ("Off", .off), ("Initial", .initial), ("Recreate", .recreate),
            ("InPlaceOrRecreate", .inPlaceOrRecreate),
        ])
    }
}

extension Choices<Bool> {
    /// Whether limits are controlled.
    static var controlledValues: Self {
        Self([("RequestsAndLimits", true), ("RequestsOnly", false)])
    }
}
