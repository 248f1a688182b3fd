package import Kernel

// The calls that endpoints and steps make.

extension EndpointDescription {
    /// Every call that may be made here, in the order of the steps.
    package var calls: [CallDescription] { steps.flatMap(\.calls) }
}

extension StepDescription {
    /// Every call that the step may make, those of the steps inside it included.
    package var calls: [CallDescription] {
        switch self {
        case .compute, .delay, .fail: []
        case .call(let calls), .gather(let calls, _): calls
        case .oneOf(let choices), .oneByReplicas(let choices): choices.map(\.call)
        case .maybe(_, let steps), .repeated(_, let steps), .cached(_, let steps),
            .locked(_, let steps):
            steps.flatMap(\.calls)
        }
    }
}

extension StepDescription {
    /// All calls this step may make, with the expected number of each; `replicas` are those of a service.
    package func expectedCalls(
        _ replicas: (ServiceID) -> Int
    ) -> [(call: CallDescription, count: Double)] {
        switch self {
        case .compute, .delay, .fail: return []
        case .call(let calls), .gather(let calls, _): return calls.map { ($0, $0.probability) }
        case .oneOf(let weighted):
            let sum = weighted.reduce(0) { $0 + $1.weight }
            return weighted.map { ($0.call, $0.weight / sum) }
        case .oneByReplicas(let weighted):
            let weights = weighted.map { $0.weight * Double(replicas($0.call.target)) }
            let sum = weights.reduce(0, +)
            guard sum > 0 else { return Self.oneOf(weighted).expectedCalls(replicas) }
            return zip(weighted, weights).map { ($0.call, $1 / sum) }
        case .maybe(let probability, let steps):
            return steps.flatMap { $0.expectedCalls(replicas) }
                .map { ($0.call, $0.count * probability) }
        case .repeated(let times, let steps):
            return steps.flatMap { $0.expectedCalls(replicas) }
                .map { ($0.call, $0.count * Double(times)) }
        case .cached(_, let steps), .locked(_, let steps):
            return steps.flatMap { $0.expectedCalls(replicas) }
        }
    }
}
