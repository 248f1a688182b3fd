import Kernel
import Model

extension ModelDescription {
    /// The model in lines that a person can read, to understand a seed that fails.
    var text: String {
        var lines = ["model \(name), colocated \(colocated.map { $0.map(\.index) })"]
        for (index, service) in services.enumerated() {
            lines.append(
                "service \(index): \(service.replicas) replicas, \(service.cores) cores, "
                    + "threads \(service.threads.map { "\($0)" } ?? "ample") "
                    + (service.holdsThreadDuringCalls ? "(held), " : "(released), ")
                    + "queue \(service.queueLimit.map { "\($0)" } ?? "unbounded"), "
                    + "\(service.balancing)")
            for endpoint in service.endpoints {
                lines.append("  \(endpoint.name): \(endpoint.steps.map(\.text))")
            }
            for arrival in service.arrivals {
                lines.append(
                    "  \(arrival.name): \(arrival.process) to \(arrival.endpoint), "
                        + "timeout \(arrival.timeout.map { "\($0.shape)" } ?? "none"), "
                        + arrival.profile.points.map { "\($0.rate)/s at \($0.instant.seconds)" }
                        .joined(separator: ", "))
            }
            lines += service.features.map { "  \($0)" }
        }
        lines += faults.map { "fault \($0.effect) \($0.schedule)" }
        return lines.joined(separator: "\n")
    }
}

extension ServiceDescription {
    /// What the service has beyond the plain model.
    fileprivate var features: [String] {
        var lines: [String] = []
        if serving != ServingDescription() { lines.append("\(serving)") }
        if let admission { lines.append("\(admission)") }
        if let lifeCycle { lines.append("\(lifeCycle)") }
        if honoursDeadlines { lines.append("honours deadlines") }
        for endpoint in endpoints where endpoint.answersEarly {
            lines.append("\(endpoint.name) answers early")
        }
        for (callee, policy) in policies.sorted(by: { $0.key < $1.key }) {
            lines.append("calls \(callee.index) by \(policy)")
        }
        return lines
    }
}

extension StepDescription {
    fileprivate var text: String {
        switch self {
        case .compute(let time): "compute \(time.shape)"
        case .call(let calls): "call \(calls.map(\.text).joined(separator: " and "))"
        case .oneOf(let choices):
            "one of \(choices.map { "\($0.weight) \($0.call.text)" }.joined(separator: " or "))"
        case .oneByReplicas(let choices):
            "by replicas one of "
                + choices.map { "\($0.weight) \($0.call.text)" }.joined(separator: " or ")
        case .gather(let calls, let needed):
            "\(needed) of \(calls.map(\.text).joined(separator: " and "))"
        case .delay(let time): "delay \(time.shape)"
        case .fail(let probability): "fail \(probability)"
        case .maybe(let probability, let steps): "with \(probability) \(steps.map(\.text))"
        case .repeated(let times, let steps): "\(times) times \(steps.map(\.text))"
        case .cached(let cache, let steps): "cache \(cache) or \(steps.map(\.text))"
        case .locked(let lock, let steps): "lock \(lock) for \(steps.map(\.text))"
        }
    }
}

extension CallDescription {
    fileprivate var text: String {
        "\(target.index).\(endpoint) p=\(probability) timeout \(timeout.text)"
            + (isOptional ? " optional" : "") + (isForgotten ? " forgotten" : "")
            + " \(requestLatency.shape)+\(requestLatency.offset.seconds)"
            + " back \(responseLatency.shape)+\(responseLatency.offset.seconds)"
    }
}

extension SimulatedDuration? {
    fileprivate var text: String { map { "\($0.seconds)" } ?? "never" }
}
