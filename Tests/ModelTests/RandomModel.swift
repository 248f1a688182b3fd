import Kernel
import Model
import RandomModels

/// A small model in which everything that can vary does.
func randomModel(seed: UInt64) -> ModelDescription {
    var generator = ModelGenerator(numbers: RandomNumbers(seed: seed))
    return generator.model().widened(
        by: RandomSource(seed: seed, purpose: 8), time: 0.003, duration: 0.3)
}

private struct ModelGenerator {
    var numbers: RandomNumbers

    mutating func model() -> ModelDescription {
        let count = Int.random(in: 1...7, using: &numbers)
        let endpoints = (0..<count).map { _ in Int.random(in: 1...2, using: &numbers) }
        let latencies = (0..<count * count).map { _ in distribution(mean: 0.001, least: 100_000) }
        var services: [ServiceDescription] = []
        for index in 0..<count {
            var steps: [[StepDescription]] = []
            for _ in 0..<endpoints[index] {
                steps.append(self.steps(of: index, latencies: latencies, endpoints: endpoints))
            }
            services.append(service(endpoints: steps, isEntry: index == 0 || chance(0.2)))
        }
        return ModelDescription(name: "random", services: services)
    }

    private mutating func service(
        endpoints: [[StepDescription]], isEntry: Bool
    ) -> ServiceDescription {
        let threads = chance(0.7) ? Int.random(in: 1...6, using: &numbers) : nil
        var arrivals: [ArrivalDescription] = []
        for _ in 0..<(isEntry ? Int.random(in: 1...2, using: &numbers) : 0) {
            arrivals.append(
                ArrivalDescription(
                    name: "users", endpoint: Int.random(in: 0..<endpoints.count, using: &numbers),
                    process: chance(0.7) ? .poisson : .constant,
                    profile: .spike(
                        base: Double.random(in: 50...400, using: &numbers), peak: 1500,
                        from: .start + .milliseconds(100), until: .start + .milliseconds(160)),
                    timeout: chance(0.4) ? timeout() : nil))
        }
        return ServiceDescription(
            name: "service", replicas: Int.random(in: 1...3, using: &numbers),
            cores: Int.random(in: 1...3, using: &numbers), threads: threads,
            holdsThreadDuringCalls: chance(0.5),
            queueLimit: chance(0.5) ? Int.random(in: 0...20, using: &numbers) : nil,
            balancing: [.roundRobin, .random, .leastRequests].randomElement(using: &numbers)
                ?? .random,
            endpoints: endpoints.map { EndpointDescription(name: "endpoint", steps: $0) },
            arrivals: arrivals)
    }

    /// Calls go to later services, and now and then, improbably, anywhere.
    private mutating func steps(
        of index: Int, latencies: [Distribution], endpoints: [Int]
    ) -> [StepDescription] {
        var steps: [StepDescription] = []
        for _ in 0..<Int.random(in: 0...3, using: &numbers) {
            var calls: [CallDescription] = []
            for _ in 0..<Int.random(in: 1...3, using: &numbers) {
                let isBackward = index + 1 == endpoints.count || chance(0.15)
                let target = Int.random(
                    in: isBackward ? 0...index : index + 1...endpoints.count - 1, using: &numbers)
                calls.append(
                    CallDescription(
                        target: ServiceID(target),
                        endpoint: Int.random(in: 0..<endpoints[target], using: &numbers),
                        requestLatency: latencies[index * endpoints.count + target],
                        responseLatency: latencies[target * endpoints.count + index],
                        timeout: chance(0.4) ? timeout() : nil,
                        probability: isBackward ? 0.1 : chance(0.5) ? 1 : 0.4,
                        isOptional: chance(0.3)))
            }
            if chance(0.5) { steps.append(.compute(distribution(mean: 0.003, least: 0))) }
            if chance(0.25), calls.allSatisfy({ $0.target.index > index }) {
                steps.append(.oneOf(calls.map { WeightedCall(weight: 1, call: $0) }))
            } else if chance(0.8) {
                steps.append(.call(calls))
            }
        }
        return steps
    }

    private mutating func distribution(mean: Double, least: Int64) -> Distribution {
        let shapes: [Distribution.Shape] = [
            .deterministic(value: mean), .exponential(mean: mean),
            .uniform(low: 0, high: 2 * mean), .erlang(shape: 3, mean: mean),
            .lognormal(median: mean, sigma: 1), .deterministic(value: 0),
        ]
        return Distribution(
            shapes.randomElement(using: &numbers) ?? .exponential(mean: mean),
            offset: SimulatedDuration(nanoseconds: least))
    }

    private mutating func timeout() -> SimulatedDuration {
        .milliseconds(Int64.random(in: 1...30, using: &numbers))
    }

    private mutating func chance(_ probability: Double) -> Bool {
        numbers.isTrue(withProbability: probability)
    }
}
