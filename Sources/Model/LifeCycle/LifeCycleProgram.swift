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
    func phase(of kind: ProbeKind, period: SimulatedDuration, _ life: ReplicaLife) -> SimulatedInstant {
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

extension LifeCycleDescription {
    /// No time of a life cycle may be longer: 2⁵⁹ ns, 18 years.
    private static let longest = SimulatedDuration(nanoseconds: 1 << 59)

    /// What is wrong with it, as a sentence for a person; `nil` when nothing is.
    package var problem: String? {
        let times = [
            ("grace", grace), ("crash back-off", crashBackoff),
            ("longest crash back-off", crashBackoffCap), ("crash reset", crashReset),
            ("discovery", discovery), ("warm-up time", warmUp?.time ?? .zero),
        ]
        for (name, time) in times where time < .zero || time > Self.longest {
            return "The \(name) must be between 0 and 18 years."
        }
        if crashBackoff < .milliseconds(1) { return "The crash back-off must be at least 1 ms." }
        if crashBackoffCap < crashBackoff {
            return "The longest crash back-off must not be below the first."
        }
        if let warmUp, !(warmUp.speed > 0 && warmUp.speed <= 1) {
            return "The speed at the start of warm-up must be above 0 and at most 1."
        }
        if let liveness, liveness.successes != 1 {
            return "A liveness probe needs exactly 1 success."
        }
        let distributions = [scheduling, imagePull, start]
        return distributions.lazy.compactMap(\.problem).first
            ?? readiness?.problem ?? liveness?.problem
    }
}

extension ProbeDescription {
    /// What is wrong with it, as a sentence for a person; `nil` when nothing is.
    package var problem: String? {
        let longest = SimulatedDuration(nanoseconds: 1 << 59)
        if initialDelay < .zero || initialDelay > longest {
            return "The initial delay of a probe must be between 0 and 18 years."
        }
        if period < .milliseconds(1) || period > longest {
            return "The period of a probe must be between 1 ms and 18 years."
        }
        if timeout <= .zero || timeout > longest {
            return "The time-out of a probe must be above 0 and at most 18 years."
        }
        if !(1...1_000_000).contains(failures) || !(1...1_000_000).contains(successes) {
            return "The thresholds of a probe must be between 1 and 1,000,000."
        }
        return work.problem
    }
}
