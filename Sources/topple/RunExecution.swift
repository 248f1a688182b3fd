import ControlPlane
import Coordination
import Execution
import Kernel
import Model
import Policies
import Processes

/// Everything that a run needs, whatever it runs on.
struct RunJob {
    /// What is to be simulated.
    enum Subject {
        case services(ModelDescription, scaling: ScalingPlan? = nil)
        case phold(PholdConfiguration)
    }

    var subject: Subject
    var settings: RunSettings
    var placement: PlacementArgument.Choice
    var synchronisation: Synchronisation
    /// How long a worker may take to answer.
    var workerTimeout: Duration
    /// Who decides when the scaling asks somebody outside.
    var policy: PolicySession? = nil
    /// Receives what has committed, as far as it is recorded.
    var record: (CommittedRecords) throws -> Void = { _ in }

    /// What scales the services, if anything does.
    var controlPlane: ControlPlane? {
        guard case .services(_, let plan?) = subject else { return nil }
        return ControlPlane(plan, seed: settings.seed)
    }
}

/// How far a run has come.
struct RunProgress {
    var workersReady: Int
    var workers: Int
    var simulated: SimulatedInstant
    var end: SimulatedInstant
    var events: UInt64
    var wall: Duration
}

/// What a run gave, and how long it took.
struct RunResult {
    var outcome: RunOutcome
    var workers: Int
    var start = Duration.zero
    var wall = Duration.zero
    var computing = Duration.zero
    var waiting = Duration.zero
    var transport = Duration.zero
}

/// Runs a job to its end.
///
/// - Parameters:
///   - job: what to run, and on what.
///   - signals: where requests to stop arrive.
///   - observe: called about five times a second.
/// - Returns: the results, and how long it took.
/// - Throws: ``RunFailure`` and whatever `record` throws.
func execute(
    _ job: RunJob, signals: SignalLatch?, observe: (RunProgress) -> Void
) throws -> RunResult {
    if job.placement == .inProcess {
        switch job.subject {
        case .services(let model, _):
            return try executeInProcess(
                SequentialRun<ServiceProcess>(
                    model, settings: job.settings, control: job.controlPlane),
                job, signals, observe)
        case .phold(let phold):
            return try executeInProcess(
                SequentialRun<PholdProcess>(phold, settings: job.settings), job, signals, observe)
        }
    }
    return try executeOverWorkers(job, signals, observe)
}

private func executeInProcess<Process: LogicalProcess>(
    _ run: consuming SequentialRun<Process>, _ job: RunJob, _ signals: SignalLatch?,
    _ observe: (RunProgress) -> Void
) throws -> RunResult {
    let clock = ContinuousClock()
    let started = clock.now
    var run = run
    var step = SimulatedDuration.milliseconds(1)
    while !run.isFinished {
        let before = clock.now
        let events = run.run(before: run.now.advanced(saturatingBy: step))
        let records = CommittedRecords(
            committed: run.now, events: events, samples: run.takeSamples())
        if !records.isEmpty { try job.record(records) }
        let took = clock.now - before
        if let question = run.question, let policy = job.policy {
            try run.answer(try policy.decide(question, while: {}))
        }
        // About ten looks a second: twice as far if that was quick, half as far if it was slow.
        if took < .milliseconds(60) { step = step + step }
        if took > .milliseconds(200) { step = max(step / 2, .milliseconds(1)) }
        if let request = signals?.take().first { throw RunFailure.interrupted(request) }
        observe(
            RunProgress(
                workersReady: 0, workers: 0, simulated: run.now, end: job.settings.end,
                events: run.partition.eventCount, wall: clock.now - started))
    }
    let wall = clock.now - started
    return RunResult(
        outcome: run.outcome(), workers: 0, wall: wall,
        computing: wall - (job.policy?.waited ?? .zero))
}

private func executeOverWorkers(
    _ job: RunJob, _ signals: SignalLatch?, _ observe: (RunProgress) -> Void
) throws -> RunResult {
    let executable: String
    do { executable = try locateWorkerExecutable() } catch { throw RunFailure.process(error) }
    let (plan, names) = try makePlan(job)
    let run = DistributedRun(
        plan: plan, names: names, settings: job.settings, synchronisation: job.synchronisation,
        control: job.controlPlane,
        policy: job.policy.map { policy in { try policy.decide($0, while: $1) } },
        executable: executable, limit: job.workerTimeout)
    let clock = ContinuousClock()
    var running: ContinuousClock.Instant?
    let outcome = try run.run(
        signals: signals,
        observe: { observation in
            if running == nil, observation.workersReady == observation.workers {
                running = clock.now
            }
            observe(
                RunProgress(
                    workersReady: observation.workersReady, workers: observation.workers,
                    simulated: observation.committed, end: job.settings.end,
                    events: observation.eventsExecuted,
                    wall: running.map { clock.now - $0 } ?? .zero))
        },
        record: job.record)
    return RunResult(
        outcome: outcome, workers: names.count, start: run.timing.start, wall: run.timing.wall,
        computing: .nanoseconds(Int64(clamping: outcome.statistics.workerComputeTime)),
        waiting: run.timing.waiting, transport: run.timing.transport)
}

/// Who runs what, and what people call it.
private func makePlan(_ job: RunJob) throws -> (RunPlan, names: [String]) {
    let placement: Placement =
        switch job.placement {
        case .service: .service
        case .packed(let count): .packed(count)
        case .inProcess: .inProcess
        }
    switch job.subject {
    case .services(let model, _):
        let groups = placement.groups(of: model)
        let names = groups.map { group in
            let first = model.services[group[0].index].name
            return group.count == 1 ? first : "\(first) and \(group.count - 1) more"
        }
        return (RunPlan(model, settings: job.settings, groups: groups), names)
    case .phold(let phold):
        let count =
            switch placement {
            case .packed(let workers): workers
            case .service, .inProcess: phold.count
            }
        let groups = RunPlan.evenGroups(of: phold.count, workers: count)
        return (
            RunPlan(phold: phold, settings: job.settings, groups: groups),
            groups.map { "process \($0[0].index)" }
        )
    }
}
