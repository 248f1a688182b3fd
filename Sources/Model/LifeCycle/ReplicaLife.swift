package import Kernel

/// What the owner of a ``ReplicaLife`` has to do after a change, in this order.
package struct ReplicaActions: OptionSet, BitwiseCopyable, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Callers and the load balancer may be told: no more requests.
    package static let becameUnready = Self(rawValue: 1 << 0)
    /// Everything the replica has is lost: requests, probes, what it waits for.
    package static let requestsDie = Self(rawValue: 1 << 1)
    /// No new requests; once it has none, ``ReplicaLife/becameIdle(at:_:)`` is due (now, if it has
    /// none now). Probes on their way do not count: nobody asks how a replica is that is to end.
    package static let drains = Self(rawValue: 1 << 2)
    /// The replica is gone for good.
    package static let ended = Self(rawValue: 1 << 3)
    /// A new container serves: its caches are cold and it has no connections.
    package static let beganServing = Self(rawValue: 1 << 4)
    /// ``ReplicaLife/speed`` has changed.
    package static let speedChanged = Self(rawValue: 1 << 5)
    /// Callers and the load balancer may be told: requests are welcome.
    package static let becameReady = Self(rawValue: 1 << 6)
    /// A probe goes into the replica's queue; its end is told with the state's number.
    package static let sendsReadinessProbe = Self(rawValue: 1 << 7)
    package static let sendsLivenessProbe = Self(rawValue: 1 << 8)
    /// With `requestsDie`: it was told to stop, and only what nobody outside waits for is left.
    package static let finished = Self(rawValue: 1 << 9)
}

/// The life of one replica, as the kubelet conducts it: a state machine without surroundings.
///
/// Inputs are what happens to the replica, with the instant; the answer is what its owner has to do.
/// Each input takes one step; when ``nextAlarm`` comes (it may be the present instant, again and
/// again for stages that take no time), ``alarm(at:_:)`` takes the next.
///
/// - A pod is created, waits for a node, pulls its image; its container starts, and serves.
/// - A container that crashes (out of memory), or that is told to stop because its liveness probe
///   has failed too often, is started again in place after ``CrashBackoff``.
/// - A pod that is killed is lost and another takes its place: it is scheduled, pulls, and starts,
///   and the crashes of the one before are forgotten.
/// - A replica that is held down by a fault is lost, and created again when it is released.
///
/// Probes are due at the container's start + initial delay + k periods, in a replica that runs from
/// the start of the run at a drawn phase. While the container starts they fail at once; so a
/// liveness probe that comes too early stops a container that starts slowly, again and again.
/// Without a readiness probe a replica is ready when it serves.
///
/// A replica may be a job: each of its containers takes so many requests and no more, and the pod is gone for good
/// once the container has done all that it took.
package struct ReplicaLife: BitwiseCopyable, Hashable, Sendable {
    package enum Phase: UInt8, BitwiseCopyable, Hashable, Sendable, CaseIterable {
        /// There is none.
        case absent
        /// A fault keeps it from being created.
        case down
        /// Waits for a node.
        case pending
        /// Pulls its image.
        case pulling
        /// The container runs and cannot serve yet.
        case starting
        case running
        /// Told to stop: finishes what it has, within the grace period.
        case terminating
        /// The container has ended and will be started again in place.
        case backingOff
    }

    /// What follows when the container has ended; the later outranks.
    enum Sequel: UInt8, BitwiseCopyable, CaseIterable { case inPlace, anew, nothing }

    package let replica: UInt32
    /// Containers that the replica has had, but for the one that ran at the start of the run. Keys
    /// its draws.
    package internal(set) var incarnation: UInt32 = 0
    /// Containers of the present pod that were started again in place.
    package internal(set) var restarts: UInt32 = 0
    package internal(set) var phase = Phase.absent
    /// Whether it should get requests.
    package internal(set) var isReady = false
    /// Whether a fault holds it down.
    package internal(set) var isHeld = false
    /// Of its compute steps: below one while it warms up.
    package internal(set) var speed = 1.0
    /// When ``alarm(at:_:)`` is due.
    package internal(set) var nextAlarm = SimulatedInstant.never
    var sequel = Sequel.inPlace
    /// Steps of warm-up taken, of ``warmUpSteps``.
    var warmUpStep: UInt8 = 0
    var phaseEnd = SimulatedInstant.never
    var servesSince = SimulatedInstant.start
    var nextWarmUp = SimulatedInstant.never
    /// Requests that each container of a job takes; 0 for what is no job.
    package internal(set) var fill: UInt16 = 0
    /// Of those, the ones that are yet to be taken.
    package internal(set) var fillLeft: UInt16 = 0
    package internal(set) var history = ReplicaHistory()
    var backoff = CrashBackoff()
    var readiness = ProbeState()
    var liveness = ProbeState()

    static var warmUpSteps: UInt8 { 16 }

    /// A replica that is not there.
    package init(absent replica: Int) { self.replica = UInt32(replica) }

    /// A replica that has been running for long when the run starts: warm and ready.
    package init(running replica: Int, _ program: LifeCycleProgram) {
        self.init(absent: replica)
        phase = .running
        isReady = true
        for kind in ProbeKind.allCases {
            guard let probe = program.probe(kind) else { continue }
            let first = program.phase(of: kind, period: probe.period, self)
            changeProbe(kind) { $0.begin(at: first) }
        }
        refreshAlarm()
    }

    /// Whether its container can compute.
    package var isServing: Bool { phase == .running || phase == .terminating }

    /// Whether a request that reaches it is taken; a replica that is told to stop takes none.
    package var takesRequests: Bool { phase == .running && !hasItsFill }

    /// Whether it is a job that takes no more requests.
    var hasItsFill: Bool { fill > 0 && fillLeft == 0 }

    /// Whether it is a job that has taken something, so that it is over once it has nothing left to do.
    package var hasBegun: Bool { phase == .running && fillLeft < fill }

    /// Whether its pod waits for a node that an order will name.
    package var isUnbound: Bool { phase == .pending && phaseEnd == .never }

    package func probe(_ kind: ProbeKind) -> ProbeState {
        kind == .readiness ? readiness : liveness
    }

    mutating func changeProbe(_ kind: ProbeKind, _ change: (inout ProbeState) -> Void) {
        if kind == .readiness { change(&readiness) } else { change(&liveness) }
    }

    mutating func refreshAlarm() {
        nextAlarm = min(
            min(phaseEnd, nextWarmUp), min(readiness.nextAlarm, liveness.nextAlarm))
    }
}

// What happens to a replica. Inputs that make no sense in its phase change nothing.
extension ReplicaLife {
    /// The replica is wanted. Does nothing if it is there.
    ///
    /// Unless its pod `isBound` to a node already, it waits for ``bind(at:_:)``. With a `fill` above 0 it is a job.
    package mutating func create(
        at now: SimulatedInstant, isBound: Bool = true, fill: UInt16 = 0,
        _ program: LifeCycleProgram
    ) -> ReplicaActions {
        guard phase == .absent else { return [] }
        defer { refreshAlarm() }
        self.fill = fill
        fillLeft = fill
        createPod(at: now, program)
        if !isBound, phase == .pending {
            phaseEnd = .never
            history.bound = .never
        }
        return []
    }

    /// The pod that waits for a node has one.
    package mutating func bind(
        at now: SimulatedInstant, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        guard isUnbound else { return [] }
        defer { refreshAlarm() }
        bindPod(at: now, program)
        return []
    }

    /// The pod is gone at once and for good.
    package mutating func remove(
        at now: SimulatedInstant, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        guard phase != .absent else { return [] }
        defer { refreshAlarm() }
        return end(at: now, then: .nothing, program)
    }

    /// The replica is killed from outside (a fault): its pod is lost, and another takes its place.
    package mutating func kill(
        at now: SimulatedInstant, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        guard phase != .absent, phase != .down else { return [] }
        defer { refreshAlarm() }
        let next: Sequel = phase == .terminating && sequel == .nothing ? .nothing : .anew
        return end(at: now, then: next, program)
    }

    /// Its container dies (out of memory) and is started again in place.
    package mutating func crash(
        at now: SimulatedInstant, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        switch phase {
        case .starting, .running:
            defer { refreshAlarm() }
            return end(at: now, then: .inPlace, program)
        case .terminating:
            defer { refreshAlarm() }
            return end(at: now, then: sequel, program)
        default: return []
        }
    }

    /// The replica is told to stop, and, if `restarts`, another takes its place after that.
    package mutating func stop(
        at now: SimulatedInstant, restarts: Bool, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        defer { refreshAlarm() }
        return terminate(at: now, then: restarts ? .anew : .nothing, program)
    }

    /// A replica that drains, or a job that has begun, has no requests left; it has
    /// ``ReplicaActions/finished``, unless it is one that was not live.
    package mutating func becameIdle(
        at now: SimulatedInstant, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        guard phase == .terminating || hasBegun else { return [] }
        defer { refreshAlarm() }
        let wasHealthy = phase != .terminating || sequel != .inPlace
        return end(at: now, then: phase == .terminating ? sequel : .nothing, program)
            .union(wasHealthy ? .finished : [])
    }

    /// It is given a request. A job with its fill is not ready for more.
    package mutating func take(at now: SimulatedInstant) -> ReplicaActions {
        guard fillLeft > 0 else { return [] }
        fillLeft -= 1
        guard fillLeft == 0, isReady else { return [] }
        isReady = false
        history.readinessChanged = now
        return .becameUnready
    }

    /// A fault begins that keeps the replica down (its node is gone). One at a time: of several, tell
    /// the first beginning and the last end.
    package mutating func hold(
        at now: SimulatedInstant, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        guard !isHeld else { return [] }
        defer { refreshAlarm() }
        isHeld = true
        if phase == .absent { return [] }
        let isLeaving = phase == .terminating && sequel == .nothing
        return end(at: now, then: isLeaving ? .nothing : .anew, program)
    }

    /// That fault ends: the replica is created again.
    package mutating func release(
        at now: SimulatedInstant, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        guard isHeld else { return [] }
        defer { refreshAlarm() }
        isHeld = false
        if phase == .down { createPod(at: now, program) }
        return []
    }

    /// A probe was answered, or refused. Late answers, and those to a container before, do not count.
    package mutating func probeEnded(
        _ kind: ProbeKind, number: UInt32, succeeded: Bool, at now: SimulatedInstant,
        _ program: LifeCycleProgram
    ) -> ReplicaActions {
        let state = probe(kind)
        guard state.number == number, state.deadline != .never else { return [] }
        defer { refreshAlarm() }
        return noteProbe(kind, succeeded: succeeded, at: now, program)
    }

    /// ``nextAlarm`` has come. Takes one step: call it again while the alarm is not later than `now`.
    package mutating func alarm(
        at now: SimulatedInstant, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        defer { refreshAlarm() }
        if phaseEnd <= now { return endPhase(at: now, program) }
        if nextWarmUp <= now { return warmUpFurther(program) }
        for kind in ProbeKind.allCases {
            if probe(kind).deadline <= now {
                return noteProbe(kind, succeeded: false, at: now, program)
            }
            if probe(kind).nextDue <= now { return sendProbe(kind, at: now, program) }
        }
        return []
    }
}
