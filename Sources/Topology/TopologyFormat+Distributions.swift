// How times vary.

extension TopologyFormat {
    static let distribution = FormatObject(
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

    static let erlang = FormatObject(
        .erlang, "Sum of `shape` exponentials.",
        [
            FormatKey("shape", .count(1...10_000), isRequired: true, "How many are added."),
            FormatKey("mean", positive, isRequired: true, "The mean of the sum."),
        ])

    static let gamma = FormatObject(
        .gamma, "Gamma.",
        [
            FormatKey(
                "shape", .number(0.001...1e6, excludesLowerBound: false), isRequired: true,
                "1 is exponential, more is narrower."),
            FormatKey("mean", positive, isRequired: true, "The mean."),
        ])

    static let lognormal = FormatObject(
        .lognormal, "Lognormal by its median.",
        [
            FormatKey("median", positive, isRequired: true, "Half of the values are below."),
            FormatKey(
                "sigma", .number(0...10, excludesLowerBound: false), isRequired: true,
                "Standard deviation of the logarithm."),
        ])

    static let lognormalMoments = FormatObject(
        .lognormalMoments, "Lognormal by its mean.",
        [
            FormatKey("mean", positive, isRequired: true, "The mean."),
            FormatKey(
                "cv", .number(0...1_000, excludesLowerBound: false), isRequired: true,
                "Standard deviation over mean."),
        ])

    static let weibull = FormatObject(
        .weibull, "Weibull.",
        [
            FormatKey(
                "shape", .number(0.05...1_000, excludesLowerBound: false), isRequired: true,
                "1 is exponential, less has a longer tail."),
            FormatKey("scale", positive, isRequired: true, "63% of the values are below."),
        ])

    static let pareto = FormatObject(
        .pareto, "Pareto between two times.",
        [
            FormatKey(
                "shape", .number(0.001...1_000, excludesLowerBound: false), isRequired: true,
                "Tail index: less has a longer tail."),
            FormatKey("low", positive, isRequired: true, "The smallest value."),
            FormatKey("high", positive, isRequired: true, "The largest value."),
        ])

    static let branch = FormatObject(
        .branch, "One exponential of several.",
        [
            FormatKey("probability", .probability, isRequired: true, "That it is this one."),
            FormatKey("mean", positive, isRequired: true, "Its mean."),
        ])
}
