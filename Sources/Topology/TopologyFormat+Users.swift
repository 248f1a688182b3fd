import Model

// Who calls from outside, and how often.

extension TopologyFormat {
    static let arrivals = FormatObject(
        .arrivals, "Users whose requests come from outside.",
        misplaced: [
            "service": "write `to:`", "target": "write `to:`",
            "population": "write `users:`", "weight": "write `mix:` for endpoints of one service",
            "requestTimeout":
                "write `timeout:`, or for the server's own `services: { NAME: { requestTimeout: ... } }`",
            "csv": "write `rate: { csv: ... }` for rates, or `trace: ...` for single requests",
            "attempts": "write `retries: { attempts: ... }`", "patience": "write `timeout:`",
        ],
        [
            FormatKey(
                "to", .reference, isRequired: true,
                "The service that is called, or its endpoint as `service.endpoint`."),
            FormatKey(
                "process", .choice(Choices.process.names), defaultText: "poisson",
                "Whether requests come at random, evenly spaced, or as users do."),
            FormatKey(
                "rate", rateForms,
                "How many requests come, over time; of `sessions`, how many users."),
            FormatKey(
                "timeout", positiveTime,
                "How long a user waits for the answer; drawn anew for each. The default is for ever."
            ),
            FormatKey(
                "mix", .named(fromZero, count: 1...mostEndpoints),
                "Weights by endpoint: each request goes to one of them."),
            FormatKey(
                "priority", .count(0...ModelLimits.lowestPriority), defaultText: "0",
                "The class of the requests; 0 is the most important."),
            FormatKey(
                "states",
                .list(.object(.modulationState), count: 2...ModelLimits.modulationStates),
                "Of `modulated`: factors of the rate, in turn."),
            FormatKey(
                "trace", .file,
                "Of `trace`: a file of instants with the header `time_s`, looked for beside the topology."
            ),
            FormatKey(
                "users", .count(1...ModelLimits.population),
                "Of `closed` and `paced`: how many there are."),
            FormatKey(
                "think", time, defaultText: "0 s",
                "Of `closed`, `paced` and `sessions`: from an answer to the next request."),
            FormatKey(
                "requestsPerSession", .number(1...1_000_000, excludesLowerBound: false),
                defaultText: "1", "Of `sessions`: the mean number of requests of a user."),
            FormatKey(
                "retries", .object(.userRetries),
                "Whether a user whose request fails tries again. The default is no."),
        ])

    static let modulationState = FormatObject(
        .modulationState, "A state of a modulated process.",
        [
            FormatKey(
                "factor", .ratio(0...ModelLimits.factor), isRequired: true, "Of the rate."),
            FormatKey("stay", positive, isRequired: true, "The mean of its exponential length."),
        ])

    static let userRetries = FormatObject(
        .userRetries, "A user who tries again by hand.",
        misplaced: ["backoff": "write `delay:`", "probability": "write `persistence:`"],
        [
            FormatKey(
                "attempts", .count(1...ModelLimits.attempts), isRequired: true,
                "Attempts in all, the first included."),
            FormatKey("delay", time, defaultText: "0 s", "The wait before each retry."),
            FormatKey(
                "persistence", .probability, defaultText: "100%",
                "The probability of trying again rather than giving up."),
        ])

    static let spike = FormatObject(
        .spike, "One rate, and another between two instants.",
        [
            FormatKey("base", .rate, isRequired: true, "The rate before and after."),
            FormatKey("spike", .rate, isRequired: true, "The rate in between."),
            FormatKey(
                "from", .duration(isPositive: false), isRequired: true, "When the spike begins."),
            FormatKey(
                "until", .duration(isPositive: true), isRequired: true, "When the spike ends."),
        ])

    static let rateForm = FormatObject(
        .rateForm, "A rate that changes over time.",
        exactlyOneOf: ["ramp", "steps", "points", "diurnal", "csv"],
        [
            FormatKey("ramp", .object(.ramp), "From one rate to another in a straight line."),
            FormatKey(
                "steps", .list(.object(.rateStep), count: 1...mostValues),
                "Rates that hold from their instant to the next."),
            FormatKey(
                "points", .list(.object(.rateStep), count: 1...mostValues),
                "Rates at instants, straight lines in between; two at one instant make a jump."),
            FormatKey("diurnal", .object(.diurnal), "A wave, such as that of day and night."),
            FormatKey(
                "csv", .file,
                "A file of points with the header `time_s,rate_per_s`, looked for beside the topology."
            ),
        ])

    static let ramp = FormatObject(
        .ramp, "From one rate to another in a straight line.",
        [
            FormatKey("from", .rate, isRequired: true, "The rate until `start`."),
            FormatKey("to", .rate, isRequired: true, "The rate after `end`."),
            FormatKey(
                "start", .duration(isPositive: false), isRequired: true, "When the ramp begins."),
            FormatKey("end", .duration(isPositive: true), isRequired: true, "When the ramp ends."),
        ])

    static let rateStep = FormatObject(
        .rateStep, "A rate at an instant.",
        [
            FormatKey("at", .duration(isPositive: false), isRequired: true, "The instant."),
            FormatKey("rate", .rate, isRequired: true, "The rate."),
        ])

    static let diurnal = FormatObject(
        .diurnal, "A sine wave.",
        [
            FormatKey("mean", .rate, isRequired: true, "The rate in the middle."),
            FormatKey(
                "amplitude", .ratio(0...1), isRequired: true,
                "How far it goes above and below the mean, as a share of it."),
            FormatKey("period", positive, defaultText: "24 h", "The length of a day."),
            FormatKey(
                "phase", .duration(isPositive: false), defaultText: "0 s",
                "How far into the wave the run starts. At 0 the rate is the mean, and rises."),
        ])
}
