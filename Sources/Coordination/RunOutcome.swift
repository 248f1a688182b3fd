package import ControlPlane
package import Kernel
package import Model

/// What decides the results of a run, besides the model.
package struct RunSettings: Hashable, Sendable {
    package var seed: UInt64
    /// Events at this instant and later do not happen.
    package var end: SimulatedInstant
    /// Digests are noted at multiples of this, so that two runs can be compared.
    package var checkpointInterval: SimulatedDuration
    /// Time series are measured in intervals of this length; a whole number of them lies between two
    /// checkpoints.
    package var sampleInterval: SimulatedDuration
    /// Whether samples are handed out as they commit.
    package var streamsSamples: Bool
    /// Whether every event is recorded and handed out as it commits.
    package var recordsEvents: Bool
    /// Which requests are traced, and what is kept of the slowest and the failed.
    package var traces: TraceSettings

    package init(
        seed: UInt64, duration: SimulatedDuration,
        checkpointInterval: SimulatedDuration? = nil, sampleInterval: SimulatedDuration? = nil,
        streamsSamples: Bool = false, recordsEvents: Bool = false,
        traces: TraceSettings = TraceSettings()
    ) {
        self.seed = seed
        end = .start + duration
        self.checkpointInterval = checkpointInterval ?? Self.checkpointInterval(for: duration)
        self.sampleInterval = sampleInterval ?? self.checkpointInterval
        self.streamsSamples = streamsSamples
        self.recordsEvents = recordsEvents
        self.traces = traces
    }

    /// How the processes measure.
    package var sampling: Ledger.Sampling {
        Ledger.Sampling(
            interval: sampleInterval,
            factor: Int(checkpointInterval.nanoseconds / max(sampleInterval.nanoseconds, 1)),
            isStreamed: streamsSamples)
    }

    /// A whole number of seconds that cuts the run into at most 600 parts.
    package static func checkpointInterval(for duration: SimulatedDuration) -> SimulatedDuration {
        let seconds = (duration.nanoseconds - 1) / 600_000_000_000 + 1
        return .seconds(max(seconds, 1))
    }
}

/// How a run was executed; no part of its result.
package struct EngineStatistics: Hashable, Sendable {
    /// Windows committed.
    package var windows: UInt64 = 0
    /// Summed over the windows: how often the worker that executed most did.
    package var sweeps: UInt64 = 0
    /// Grants given to workers.
    package var executions: UInt64 = 0
    /// Events executed, those that were thrown away included.
    package var eventsExecuted: UInt64 = 0
    package var eventsCommitted: UInt64 = 0
    /// Messages between workers that were sent to the coordinator or by it.
    package var messages: UInt64 = 0
    /// Bytes sent to workers and received from them.
    package var bytes: UInt64 = 0
    /// Time that workers spent executing, summed over them, in nanoseconds.
    package var workerComputeTime: UInt64 = 0

    package init() {}
}

/// The results of a run.
package struct RunOutcome: Sendable {
    package var end: SimulatedInstant
    /// By service.
    package var processes: [ProcessReport]
    package var statistics: EngineStatistics
    /// What the control plane did, if there was one.
    package var control: ControlReport?

    package init(
        end: SimulatedInstant, processes: [ProcessReport], statistics: EngineStatistics,
        control: ControlReport? = nil
    ) {
        self.control = control
        self.end = end
        self.processes = processes
        self.statistics = statistics
    }

    /// The digest of the committed event streams of all services, in the order of their numbers.
    package var digest: StreamDigest { StreamDigest.combine(processes.map(\.digest)) }

    /// Violated laws, each with the number of its service (`nil`: of the whole system); empty on every
    /// correct run.
    package var violations: [(service: Int?, law: String)] {
        let own: [(service: Int?, law: String)] = processes.enumerated().flatMap { index, report in
            report.violations.map { (index, $0) }
        }
        return own + work.violations.map { (nil, $0) }
    }

    /// Where the core time of all services went.
    package var work: WorkAccount { WorkAccount(processes) }
}
