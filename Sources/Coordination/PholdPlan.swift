package import Kernel
package import Model
import Wire

extension RunPlan {
    /// A plan for the PHOLD benchmark that `configuration` belongs to; its seed is the one that counts.
    ///
    /// Everyone sends to everyone, so there is no order to sweep in: all workers have one level. O(count²).
    package init(
        phold configuration: PholdConfiguration, settings: RunSettings, groups: [[ServiceID]]
    ) {
        let layout = PholdLayout(configuration)
        let plans = groups.map { layout.plan(for: $0) }
        workers = plans.map { plan in
            WorkerPlan(
                services: plan.services, level: 0,
                welcome: {
                    Welcome(
                        kind: .phold, end: settings.end,
                        checkpointInterval: settings.checkpointInterval,
                        sampleInterval: settings.sampleInterval,
                        streamsSamples: settings.streamsSamples,
                        recordsEvents: settings.recordsEvents, routing: plan.routing,
                        receivers: plan.receivers,
                        configurations: plan.services.map {
                            layout.processes[$0.index].encoded()
                        }
                    ).encoded()
                })
        }
        channels = Self.connect(plans, lookaheads: layout.channels.map(\.lookahead))
    }

    /// So many workers with about as many processes each, for processes that are all alike.
    package static func evenGroups(of processes: Int, workers: Int) -> [[ServiceID]] {
        let workers = max(1, min(workers, processes))
        return (0..<workers).map { worker in
            (processes * worker / workers..<processes * (worker + 1) / workers).map {
                ServiceID($0)
            }
        }
    }
}

extension PholdProcess: WorkerProcess {
    package static func makeProgram(
        from reader: inout ByteReader, checkpointInterval: SimulatedDuration
    ) throws(ByteError) -> PholdProgram {
        PholdProgram(
            try PholdConfiguration(from: &reader), checkpointInterval: checkpointInterval)
    }

    package static func seriesCount(of program: PholdProgram) -> Int { program.seriesCount }

    package static func peerCount(of program: PholdProgram) -> Int { program.configuration.count }
}
