package import Kernel

/// Who calls whom in a model, and through which channels requests and answers travel.
package struct SystemLayout: Sendable {
    /// By service: everything its logical process needs to know.
    package let services: [ServiceConfiguration]
    /// Who exchanges messages with whom, and how soon they can arrive.
    package let connections: ChannelLayout
    package var channels: [Channel] { connections.channels }

    /// O(services + calls · log calls).
    package init(_ model: ModelDescription, seed: UInt64) {
        var edges = model.services.map { Self.edges(of: $0) }
        var callers = [[IncomingEdge]](repeating: [], count: model.services.count)
        for source in edges.indices {
            for index in edges[source].indices {
                let target = edges[source][index].target.index
                edges[source][index].route = UInt16(callers[target].count)
                callers[target].append(
                    IncomingEdge(
                        source: ServiceID(source),
                        responseLatency: edges[source][index].responseLatency,
                        policies: model.policies(
                            from: ServiceID(source), to: edges[source][index].target)))
            }
        }
        var lookaheads: [[ServiceID: SimulatedDuration]] = Array(
            repeating: [:], count: model.services.count)
        func note(_ source: ServiceID, _ destination: ServiceID, _ minimum: SimulatedDuration) {
            guard source != destination else { return }
            let known = lookaheads[source.index][destination]
            lookaheads[source.index][destination] = min(known ?? minimum, minimum)
        }
        for source in edges.indices {
            for edge in edges[source] {
                note(ServiceID(source), edge.target, edge.requestLatency.minimum)
                note(edge.target, ServiceID(source), edge.responseLatency.minimum)
            }
        }
        let contexts = ServiceContext.all(of: model)
        services = model.services.indices.map { index in
            let outgoing = edges[index]
            let incoming = callers[index]
            let peers = Set(outgoing.map(\.target) + incoming.map(\.source)).sorted()
            return ServiceConfiguration(
                id: ServiceID(index), seed: seed, description: model.services[index],
                outgoing: outgoing.map {
                    OutgoingEdge(
                        target: $0.target, route: $0.route,
                        replicas: model.services[$0.target.index].replicas,
                        readyReplicas: model.services[$0.target.index].replicasReadyAtFirst,
                        keyspaces: model.services[$0.target.index].endpoints.map(\.keyspace))
                },
                incoming: incoming, peers: peers, context: contexts[index])
        }
        var channels: [Channel] = []
        for source in lookaheads.indices {
            for (destination, lookahead) in lookaheads[source].sorted(by: { $0.key < $1.key }) {
                channels.append(
                    Channel(
                        source: ServiceID(source), destination: destination, lookahead: lookahead))
            }
        }
        connections = ChannelLayout(peers: services.map(\.peers), channels: channels)
    }

    /// The wiring of a worker that runs these services; see ``ChannelLayout/plan(for:)``.
    package func plan(for members: [ServiceID]) -> PartitionPlan { connections.plan(for: members) }

    private struct Edge {
        var target: ServiceID
        var requestLatency: Distribution
        var responseLatency: Distribution
        var route: UInt16 = 0
    }

    /// The distinct services that `service` calls, in ascending order.
    private static func edges(of service: ServiceDescription) -> [Edge] {
        var byTarget: [ServiceID: Edge] = [:]
        for call in service.endpoints.flatMap(\.calls) where byTarget[call.target] == nil {
            byTarget[call.target] = Edge(
                target: call.target, requestLatency: call.requestLatency,
                responseLatency: call.responseLatency)
        }
        return byTarget.values.sorted { $0.target < $1.target }
    }
}

extension ModelDescription {
    /// Every policy by which one service calls another, now or once a fault comes.
    func policies(from source: ServiceID, to target: ServiceID) -> [CallPolicy] {
        let usual = services[source.index].policies[target].map { [$0] } ?? []
        return usual
            + faults.compactMap { fault in
                guard case .policy(let from, let to, let policy, _) = fault.effect, from == source,
                    to == target
                else { return nil }
                return policy
            }
    }
}

/// One service, and its place among the others: what a worker needs to simulate it.
package struct ServiceConfiguration: Hashable, Sendable {
    package var id: ServiceID
    package var seed: UInt64
    package var description: ServiceDescription
    /// The services it calls, ascending.
    package var outgoing: [OutgoingEdge]
    /// The services that call it, ascending; a request's `route` is an index into this.
    package var incoming: [IncomingEdge]
    /// Everyone it exchanges messages with (itself, if it calls itself), ascending.
    package var peers: [ServiceID]
    package var context: ServiceContext

    package init(
        id: ServiceID, seed: UInt64, description: ServiceDescription, outgoing: [OutgoingEdge],
        incoming: [IncomingEdge], peers: [ServiceID], context: ServiceContext = ServiceContext()
    ) {
        self.context = context
        self.id = id
        self.seed = seed
        self.description = description
        self.outgoing = outgoing
        self.incoming = incoming
        self.peers = peers
    }
}

/// A service that this one calls.
package struct OutgoingEdge: Hashable, Sendable {
    package var target: ServiceID
    /// This service's index among the target's callers.
    package var route: UInt16
    /// Replicas of the target.
    package var replicas: Int
    /// Of these, how many are ready when the run starts: the first so many.
    package var readyReplicas: Int
    /// By endpoint of the target: the keyspace of its key. Empty if none has one.
    package private(set) var keyspaces: [Int?]

    package init(
        target: ServiceID, route: UInt16, replicas: Int = 1, readyReplicas: Int? = nil,
        keyspaces: [Int?] = []
    ) {
        self.readyReplicas = readyReplicas ?? replicas
        self.target = target
        self.route = route
        self.replicas = replicas
        self.keyspaces = keyspaces.allSatisfy { $0 == nil } ? [] : keyspaces
    }

    /// The keyspace of an endpoint's key, or `nil`.
    func keyspace(of endpoint: Int) -> Int? {
        endpoint < keyspaces.count ? keyspaces[endpoint] : nil
    }
}

/// A service that calls this one.
package struct IncomingEdge: Hashable, Sendable {
    package var source: ServiceID
    /// Latency of the answers to it.
    package var responseLatency: Distribution
    /// Whether it says so when it no longer waits for an answer.
    package var cancels: Bool
    /// Whether it chooses the replica itself, and so has to know which are ready.
    package var choosesReplica: Bool

    package init(
        source: ServiceID, responseLatency: Distribution, policies: [CallPolicy] = []
    ) {
        self.source = source
        self.responseLatency = responseLatency
        cancels = policies.contains(where: \.cancels)
        choosesReplica = policies.contains { $0.choice != nil }
    }
}
