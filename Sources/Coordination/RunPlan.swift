package import Kernel
package import Model
import Wire

/// Who the workers of a run are, what each runs, and how they are connected.
package struct RunPlan: Sendable {
    package var workers: [WorkerPlan]
    package var channels: [ChannelEnds]

    /// A plan for a model of services.
    ///
    /// - Precondition: services that exchange messages without latency are in one group.
    package init(_ model: ModelDescription, settings: RunSettings, groups: [[ServiceID]]) {
        let layout = SystemLayout(model, seed: settings.seed)
        let levels = CallGraph(model).levels
        let plans = groups.map { layout.plan(for: $0) }
        workers = plans.map { plan in
            WorkerPlan(
                services: plan.services,
                level: plan.services.map { levels[$0.index] }.min() ?? 0,
                welcome: {
                    Welcome(
                        kind: .service, end: settings.end,
                        checkpointInterval: settings.checkpointInterval,
                        sampleInterval: settings.sampleInterval,
                        streamsSamples: settings.streamsSamples,
                        recordsEvents: settings.recordsEvents, routing: plan.routing,
                        receivers: plan.receivers,
                        configurations: plan.services.map {
                            layout.services[$0.index].encoded()
                        }, traces: settings.traces
                    ).encoded()
                })
        }
        channels = Self.connect(plans, lookaheads: layout.channels.map(\.lookahead))
    }

    /// Matches the ends of all channels between different workers.
    static func connect(
        _ plans: [PartitionPlan], lookaheads: [SimulatedDuration]
    ) -> [ChannelEnds] {
        var sources = [(worker: Int, number: Int)?](repeating: nil, count: lookaheads.count)
        for (worker, plan) in plans.enumerated() {
            for (number, channel) in plan.outgoing.enumerated() {
                sources[channel] = (worker, number)
            }
        }
        var ends: [ChannelEnds] = []
        for (worker, plan) in plans.enumerated() {
            for (number, channel) in plan.incoming.enumerated() {
                guard let source = sources[channel] else { continue }
                ends.append(
                    ChannelEnds(
                        source: source.worker, destination: worker,
                        sourceNumber: source.number, destinationNumber: number,
                        lookahead: lookaheads[channel]))
            }
        }
        return ends
    }
}
