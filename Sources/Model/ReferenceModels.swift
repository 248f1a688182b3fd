import Kernel

/// The models whose speed is measured: a tree of services in which each request goes down one path.
package enum ReferenceModels {
    /// A tree of `depth` levels, `fanOut` children each; every service computes once (exponential,
    /// mean 10 ms, on `cores` cores) and then calls one child, chosen uniformly, 0.5 ms away.
    ///
    /// `rate` is the Poisson rate of requests at the root, in requests per second.
    package static func tree(
        name: String, depth: Int, fanOut: Int, cores: Int, threads: Int?, rate: Double
    ) -> ModelDescription {
        var services: [ServiceDescription] = []
        var level = [0]
        services.append(service(named: "s0", cores: cores, threads: threads))
        services[0].arrivals = [
            ArrivalDescription(
                name: "users", process: .poisson, profile: RateProfile(constant: rate))
        ]
        for _ in 1..<depth {
            var nextLevel: [Int] = []
            for parent in level {
                let children = services.count..<services.count + fanOut
                for child in children {
                    services.append(service(named: "s\(child)", cores: cores, threads: threads))
                }
                services[parent].endpoints[0].steps.append(choice(of: children.map { $0 }))
                nextLevel += children
            }
            level = nextLevel
        }
        return ModelDescription(name: name, services: services)
    }

    /// Chain of 4 with ample threads: 4 processes, 1,280 requests/s.
    package static var r4: ModelDescription {
        tree(name: "R4", depth: 4, fanOut: 1, cores: 16, threads: nil, rate: 1_280)
    }

    /// Tree of 85 services, 12,800 requests/s.
    package static var r85: ModelDescription {
        tree(name: "R85", depth: 4, fanOut: 4, cores: 160, threads: nil, rate: 12_800)
    }

    /// R4 with 32 threads at every tier: saturated.
    package static var r4s: ModelDescription {
        tree(name: "R4S", depth: 4, fanOut: 1, cores: 16, threads: 32, rate: 1_280)
    }

    /// Services that do nothing but be there, to measure what workers themselves cost.
    package static func idle(_ count: Int) -> ModelDescription {
        var model = ModelDescription(
            name: "idle",
            services: (0..<count).map { service(named: "s\($0)", cores: 1, threads: nil) })
        model.services[0].arrivals = [
            ArrivalDescription(name: "users", process: .constant, profile: RateProfile(constant: 1))
        ]
        return model
    }

    private static func service(named name: String, cores: Int, threads: Int?) -> ServiceDescription
    {
        ServiceDescription(
            name: name, cores: cores, threads: threads,
            endpoints: [
                EndpointDescription(
                    name: "default",
                    steps: [.compute(Distribution(.exponential(mean: 0.010)))])
            ])
    }

    private static func choice(of children: [Int]) -> StepDescription {
        let latency = Distribution(.deterministic(value: 0.0005))
        let calls = children.map {
            CallDescription(
                target: ServiceID($0), requestLatency: latency, responseLatency: latency)
        }
        if calls.count == 1 { return .call(calls) }
        return .oneOf(calls.map { WeightedCall(weight: 1, call: $0) })
    }
}
