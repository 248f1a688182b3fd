package import Kernel

/// What a service has to know of the model around it, besides its peers.
package struct ServiceContext: Hashable, Sendable {
    /// The least number of calls, plus one, by which a user's request gets here: 1 for entry services.
    package var tier = 1
    package var zones = 1
    package var keyspaces: [KeyspaceDescription] = []
    /// Streams of users whose class is not 0, ascending by service and stream.
    package var priorities: [StreamPriority] = []
    /// The model's faults that this service takes part in.
    package var faults: [ServiceFault] = []

    package init() {}
}

package struct StreamPriority: Hashable, Sendable {
    package var service: ServiceID
    package var stream: Int
    /// In 1...15.
    package var priority: Int
    package init(service: ServiceID, stream: Int, priority: Int) {
        self.service = service
        self.stream = stream
        self.priority = priority
    }
}

extension ServiceContext {
    /// By service. O(services + calls).
    static func all(of model: ModelDescription) -> [Self] {
        var shared = Self()
        shared.zones = model.zones
        shared.keyspaces = model.keyspaces
        for (service, description) in model.services.enumerated() {
            for (stream, arrival) in description.arrivals.enumerated() where arrival.priority > 0 {
                shared.priorities.append(
                    StreamPriority(
                        service: ServiceID(service), stream: stream, priority: arrival.priority))
            }
        }
        return tiers(of: model).enumerated().map { service, tier in
            var context = shared
            context.tier = tier
            context.faults = ServiceFaults.share(of: ServiceID(service), in: model)
            return context
        }
    }

    /// Breadth first from the services that users call; those that no request reaches are 1.
    private static func tiers(of model: ModelDescription) -> [Int] {
        var tiers = [Int](repeating: 0, count: model.services.count)
        var frontier = model.services.indices.filter { !model.services[$0].arrivals.isEmpty }
        var tier = 1
        while !frontier.isEmpty {
            for service in frontier { tiers[service] = tier }
            tier += 1
            var next: Set<Int> = []
            for service in frontier {
                for call in model.services[service].endpoints.flatMap(\.calls)
                where tiers[call.target.index] == 0 {
                    next.insert(call.target.index)
                }
            }
            frontier = next.sorted()
        }
        return tiers.map { max($0, 1) }
    }
}
