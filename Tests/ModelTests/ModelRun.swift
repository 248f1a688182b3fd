import Coordination
import Kernel
import Model

// Runs of whole models: keyspaces and faults with the services.

extension ModelDescription {
    static func of(
        _ services: [ServiceDescription], keys: [KeyspaceDescription] = [],
        faults: [FaultDescription] = []
    ) -> Self {
        var model = Self(name: "test", services: services)
        model.keyspaces = keys
        model.faults = faults
        return model
    }

    func begin(milliseconds: Int64 = 1000, seed: UInt64 = 1) -> SequentialRun<ServiceProcess> {
        SequentialRun<ServiceProcess>(
            self,
            settings: RunSettings(
                seed: seed, duration: .milliseconds(milliseconds),
                checkpointInterval: .milliseconds(97)))
    }

    func run(milliseconds: Int64 = 1000, seed: UInt64 = 1) -> RunOutcome {
        var run = begin(milliseconds: milliseconds, seed: seed)
        run.run(before: .never)
        return run.outcome()
    }
}

extension KeyspaceDescription {
    static func keys(_ count: Int, zipf exponent: Double = 0) -> Self {
        Self(name: "keys", count: count, exponent: exponent)
    }
}

extension RunOutcome {
    /// Least and greatest time between a user's request and its answer in milliseconds, of one
    /// stream of a service without calls.
    func userLatencies(_ service: Int = 0, stream: Int = 0) -> [Double] {
        let report = processes[service]
        let histogram = report.latencies[1 + report.callEdges + stream]
        guard let least = histogram.minimum, let most = histogram.maximum else { return [] }
        return [Double(least.nanoseconds) / 1e6, Double(most.nanoseconds) / 1e6]
    }
}

/// A service with an endpoint of these steps and more cores than it needs.
func store(
    _ steps: [StepDescription], replicas: Int = 1, cores: Int = 64,
    balancing: Balancing = .roundRobin, arrivals: [ArrivalDescription]
) -> ServiceDescription {
    service(
        steps, replicas: replicas, cores: cores, balancing: balancing, arrivals: arrivals)
}
