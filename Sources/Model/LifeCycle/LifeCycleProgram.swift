package import Kernel

/// A ``LifeCycleDescription`` made ready for ``ReplicaLife``.
package struct LifeCycleProgram: Sendable {
    /// One kind of probe, compiled.
    package struct Probe: Sendable {
        let initialDelay: SimulatedDuration
        let period: SimulatedDuration
        let timeout: SimulatedDuration
        let failures: UInt32
        let successes: UInt32
        let work: Sampler
    }

    /// What a draw of a replica's life is for; the step of its key.
    enum Stage: UInt16 {
        case scheduling, imagePull, start, firstReadinessProbe, firstLivenessProbe
    }

    package let readiness: Probe?
    package let liveness: Probe?
    package let startsCold: Bool
    /// Requests that may wait while no replica is ready.
    package let buffer: Int
    /// How long callers and the load balancer go on believing what was.
    package let discovery: SimulatedDuration
    let grace: SimulatedDuration
    let crashBackoff: SimulatedDuration
    let crashBackoffCap: SimulatedDuration
    let crashReset: SimulatedDuration
    let warmUp: WarmUpDescription?
    private let scheduling: Sampler
    private let imagePull: Sampler
    private let start: Sampler
    private let tables: SamplerTables
    private let seed: UInt64
    private let service: ServiceID

    /// `nil`: the life of replicas of a service that says nothing of it, which is the default one.
    ///
    /// Periods and the base of the back-off are at least a millisecond, so that time goes on.
    package init(_ description: LifeCycleDescription?, seed: UInt64, service: ServiceID) {
        let description = description ?? LifeCycleDescription()
        var tables = SamplerTables()
        scheduling = Sampler(description.scheduling, tables: &tables)
        imagePull = Sampler(description.imagePull, tables: &tables)
        start = Sampler(description.start, tables: &tables)
        readiness = description.readiness.map { Self.compile($0, &tables) }
        liveness = description.liveness.map { Self.compile($0, &tables) }
        self.tables = tables
        self.seed = seed
        self.service = service
        warmUp = description.warmUp
        grace = description.grace
        crashBackoff = max(description.crashBackoff, .milliseconds(1))
        crashBackoffCap = max(description.crashBackoffCap, .milliseconds(1))
        crashReset = description.crashReset
        discovery = description.discovery
        startsCold = description.startsCold
        buffer = description.buffer
    }

    private static func compile(
        _ probe: ProbeDescription, _ tables: inout SamplerTables
    ) -> Probe {
        Probe(
            initialDelay: probe.initialDelay, period: max(probe.period, .milliseconds(1)),
            timeout: probe.timeout, failures: UInt32(clamping: probe.failures),
            successes: UInt32(clamping: probe.successes),
            work: Sampler(probe.work, tables: &tables))
    }

    func probe(_ kind: ProbeKind) -> Probe? { kind == .readiness ? readiness : liveness }

    private func key(_ life: ReplicaLife, _ purpose: DrawPurpose, step: UInt16) -> DrawKey {
        DrawKey(
            seed: seed, identity: UInt64(life.replica) << 32 | UInt64(life.incarnation),
            purpose: purpose, service: service.rawValue, step: step)
    }

    /// How long this replica's `stage` takes this time; of the first two and the start.
    func duration(_ stage: Stage, of life: ReplicaLife) -> SimulatedDuration {
        let sampler =
            switch stage {
            case .scheduling: scheduling
            case .imagePull: imagePull
            default: start
            }
        return sampler.sample(key(life, .lifeCycle, step: stage.rawValue), tables)
    }

    /// When in its period a replica that has been running for long is probed first.
    func phase(of kind: ProbeKind, period: SimulatedDuration, _ life: ReplicaLife)
        -> SimulatedInstant
    {
        let stage: Stage = kind == .readiness ? .firstReadinessProbe : .firstLivenessProbe
        let uniform = key(life, .lifeCycle, step: stage.rawValue).uniform()
        return .start + SimulatedDuration(seconds: uniform * period.seconds)
    }

    /// How long the probe that a replica has sent last holds a core.
    package func work(of kind: ProbeKind, _ life: ReplicaLife) -> SimulatedDuration {
        guard let probe = probe(kind) else { return .zero }
        let number = UInt16(truncatingIfNeeded: life.probe(kind).number)
        let step = number << 1 | UInt16(kind.rawValue)
        return probe.work.sample(key(life, .probe, step: step), tables)
    }
}
