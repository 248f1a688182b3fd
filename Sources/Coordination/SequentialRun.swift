package import ControlPlane
package import Kernel
package import Model

/// A run of the whole model in one partition, without workers: the reference for all other ways.
package struct SequentialRun<Process: LogicalProcess>: Sendable {
    package var partition: Partition<Process>
    private var ledger: Ledger
    package let settings: RunSettings
    private var control: ControlPlane?
    /// For a policy outside: nothing goes on until ``answer(_:)``.
    package private(set) var question: PolicyQuestion?
    package private(set) var now = SimulatedInstant.start
    /// How far to execute before booking: some ten thousand events.
    private var step = SimulatedDuration.milliseconds(1)

    package init(
        programs: [Process.Program], routing: PartitionRouting, seriesCounts: [Int],
        settings: RunSettings, control: ControlPlane? = nil
    ) {
        self.control = control
        partition = Partition(
            programs: programs, routing: routing, recordsEvents: settings.recordsEvents,
            traces: settings.traces)
        ledger = Ledger(
            seriesCounts: seriesCounts, sampling: settings.sampling, traces: settings.traces)
        self.settings = settings
    }

    package var isFinished: Bool { now >= settings.end }

    /// Executes and commits everything before `bound` or the end, whichever is earlier.
    ///
    /// - Returns: the events, if they are recorded.
    @discardableResult
    package mutating func run(before bound: SimulatedInstant) -> [EventRecord] {
        let bound = min(bound, settings.end)
        while now < bound, question == nil {
            if let plane = control, plane.nextInstant <= now {
                act()
                continue
            }
            let bound = min(bound, control?.nextInstant ?? .never)
            // Short steps keep what is measured in the cache until it is booked.
            let next = max(partition.nextInstant, now)
            now = min(bound, next.advanced(saturatingBy: step))
            let before = partition.eventCount
            partition.run(before: now)
            let events = partition.eventCount - before
            if events > 100_000 { step = max(step / 2, SimulatedDuration(nanoseconds: 1)) }
            if events < 20_000 { step = min(step + step, .seconds(1)) }
            ledger.commit(&partition.effects)
        }
        return ledger.takeEvents()
    }

    /// Samples that have become final since the last call, if they are streamed; the last of all once
    /// the run is finished.
    package mutating func takeSamples() -> SeriesBatch {
        guard isFinished, settings.streamsSamples else { return ledger.takeSamples() }
        let reports = partition.processes.elements.map { $0.report(at: now) }
        return ledger.takeSamples(last: reports, at: now)
    }

    /// The results so far; complete when the run is finished.
    package func outcome() -> RunOutcome {
        let reports = partition.processes.elements.enumerated().map { index, process in
            ledger.complete(process.report(at: now), of: index, at: now)
        }
        var statistics = EngineStatistics()
        statistics.windows = 1
        statistics.executions = 1
        statistics.eventsExecuted = partition.eventCount
        statistics.eventsCommitted = partition.eventCount
        return RunOutcome(
            end: now, processes: reports, statistics: statistics, control: control?.report(at: now))
    }

    // MARK: The control plane

    private mutating func act() {
        guard var plane = control else { return }
        let seen = partition.processes.indices.map { process in
            var seen = partition.processes[process].observation(
                at: now, partition.programs[process])
            if plane.wantsLatencies { seen.latencyBuckets = ledger.latencyBuckets(of: process) }
            return seen
        }
        let step = plane.act(at: now, seeing: seen)
        control = plane
        follow(step)
    }

    /// What the policy outside says to ``question``.
    ///
    /// - Throws: ``PolicyError`` with what is wrong with it; the run cannot go on after that.
    package mutating func answer(_ answer: PolicyAnswer) throws(PolicyError) {
        guard question != nil, var plane = control else { return }
        question = nil
        let step = try plane.answer(answer)
        control = plane
        follow(step)
    }

    private mutating func follow(_ step: ControlStep) {
        switch step {
        case .question(let question): self.question = question
        case .orders(let orders):
            partition.processes.prepareForChanges()
            for order in orders {
                partition.processes[order.service.index].take(order.orders, at: now)
            }
        }
    }
}

extension SequentialRun<ServiceProcess> {
    package init(
        _ model: ModelDescription, settings: RunSettings, control: ControlPlane? = nil
    ) {
        let layout = SystemLayout(model, seed: settings.seed)
        let programs = layout.services.map {
            ServiceProgram($0, checkpointInterval: settings.sampleInterval)
        }
        self.init(
            programs: programs,
            routing: layout.plan(for: model.services.indices.map { ServiceID($0) }).routing,
            seriesCounts: programs.map(\.seriesCount), settings: settings, control: control)
    }
}
