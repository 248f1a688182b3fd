package import Kernel

/// Which services run together in one worker, and how that worker is wired to the others.
///
/// Channels are numbered per worker: its outgoing ones in the order of ``outgoing``, its incoming
/// ones in the order of ``incoming``.
package struct PartitionPlan: Sendable {
    /// Ascending; the position of a service here is the position of its process.
    package var services: [ServiceID]
    package var routing: PartitionRouting
    /// By outgoing channel: its index among the layout's channels.
    package var outgoing: [Int]
    /// By incoming channel: its index among the layout's channels.
    package var incoming: [Int]
    /// By incoming channel: the position of the process that receives.
    package var receivers: [Int]
}

extension ChannelLayout {
    /// The wiring of a worker that runs these services.
    ///
    /// O(peers of the services · log channels).
    package func plan(for members: [ServiceID]) -> PartitionPlan {
        let services = members.sorted()
        var position: [ServiceID: Int] = [:]
        for (index, service) in services.enumerated() { position[service] = index }
        var outgoing: [Int] = []
        var incoming: [(channel: Int, receiver: Int)] = []
        var lookahead: SimulatedDuration?
        var routes: [[PartitionRouting.Route]] = []
        for (index, service) in services.enumerated() {
            var own: [PartitionRouting.Route] = []
            for peer in peers[service.index] {
                if let target = position[peer] {
                    own.append(.local(target))
                    if peer != service, let channel = channelIndex(from: service, to: peer) {
                        let latency = channels[channel].lookahead
                        lookahead = min(lookahead ?? latency, latency)
                    }
                    continue
                }
                own.append(.outside(outgoing.count))
                if let channel = channelIndex(from: service, to: peer) { outgoing.append(channel) }
                if let channel = channelIndex(from: peer, to: service) {
                    incoming.append((channel, index))
                }
            }
            routes.append(own)
        }
        incoming.sort { $0.channel < $1.channel }
        return PartitionPlan(
            services: services,
            routing: PartitionRouting(
                routes: routes, lookahead: lookahead, outgoingCount: outgoing.count),
            outgoing: outgoing, incoming: incoming.map(\.channel),
            receivers: incoming.map(\.receiver))
    }
}
