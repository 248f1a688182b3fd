import Kernel

/// A request that waits in a ``WaitingLine``.
struct LineElement: WaitingElement {
    var request: WaitingRequest
    /// Its limit of waiting, if it has one.
    var timer = TimerQueue.Handle.none
    /// When its wait began: a bucket, or a service without a ready replica, may have held it back before.
    var joined: SimulatedInstant
    var priority: UInt8

    var call: UInt64 { request.call }
    var arrived: SimulatedInstant { request.arrived }
    var deadline: SimulatedInstant { request.deadline }
    var stream: UInt64 { request.request >> 36 }
}

/// A request that a leaky bucket holds back.
struct HeldRequest: ScheduledEvent {
    var instant: SimulatedInstant
    var request: WaitingRequest
    var replica: Int32

    func precedes(_ other: Self) -> Bool {
        if instant != other.instant { return instant < other.instant }
        return request.call < other.request.call
    }
}

/// Where the request of a call is: the slot of its job, or the complement of the replica in whose
/// line it waits.
struct BegunCall: KeyedRecord {
    var key: UInt64
    var place: Int32
    static var empty: Self { Self(key: 0, place: 0) }
}

/// The load balancer learns that a replica is ready, or no longer.
struct BeliefChange: ScheduledEvent {
    var instant: SimulatedInstant
    /// Counts the changes.
    var number: UInt64
    var replica: Int32
    var isReady: Bool

    func precedes(_ other: Self) -> Bool {
        if instant != other.instant { return instant < other.instant }
        return number < other.number
    }
}

/// What the replicas of a service need beyond equal cores and queues. Parts that are not in use are
/// empty arrays.
struct HostState: Sendable {
    var traits = TrivialArray<ReplicaTraits>()
    /// By replica, with the next event of each.
    var pacers: FixedArray<Pacer>
    var paceClock: ReplicaClock
    var lives = TrivialArray<ReplicaLife>()
    var lifeClock: ReplicaClock
    /// By replica: probes of it that are among its requests.
    var probes = TrivialArray<Int32>()
    /// By replica: whether the load balancer takes it for ready.
    var believed: TrivialArray<Bool>
    var beliefChanges = EventQueue<BeliefChange>()
    var readyCount: Int
    var presence: ReplicaPresence
    var orders = EventQueue<PendingOrder>()
    var orderNumber: UInt64 = 0
    /// Requests that wait until a replica is ready, if any may: one line, or none.
    var buffers: FixedArray<WaitingLine<LineElement>>
    /// Completions in the queue of jobs that were dropped.
    var lostCompletions = 0
    /// Readiness messages sent.
    var readinessNumber: UInt64 = 0
    var lines: FixedArray<WaitingLine<LineElement>>
    var waitTimers = TimerQueue()
    /// By call: when the request's time here is over; with its alarm.
    var clocks = KeyedTable<RequestClock>()
    var clockAlarms = TimerQueue()
    var controlledDelays = TrivialArray<ControlledDelayState>()
    var buckets = TrivialArray<BucketState>()
    var held = EventQueue<HeldRequest>()
    /// By replica, where a bucket is leaky: requests that it holds back.
    var heldCounts = TrivialArray<Int32>()
    var meters = TrivialArray<UtilisationMeter>()
    var limits = TrivialArray<AdaptiveLimitState>()
    var collectors = TrivialArray<Collector>()
    var begun = KeyedTable<BegunCall>()
    var timeline: FaultTimeline
    var effects: FaultEffects

    init(_ program: ServiceProgram) {
        let host = program.host
        let count = program.replicas
        traits = TrivialArray(host.traits)
        let isPaced = program.features.contains(.pacing)
        pacers = FixedArray(
            (0..<(isPaced ? count : 0)).map { replica in
                Pacer(
                    cores: Int(program.cores), limit: host.cpuLimit,
                    speed: host.traits[replica].speed)
            })
        paceClock = ReplicaClock(count: isPaced ? count : 1)
        let isLiving = program.features.contains(.lifeCycle)
        let startsCold = host.lifeCycle.startsCold
        if isLiving {
            for replica in 0..<count {
                lives.append(
                    startsCold || replica >= program.initialReplicas
                        ? ReplicaLife(absent: replica)
                        : ReplicaLife(running: replica, host.lifeCycle))
            }
        }
        lifeClock = ReplicaClock(count: isLiving ? count : 1)
        if isLiving { probes = TrivialArray(repeating: 0, count: count) }
        let ready = isLiving ? (startsCold ? 0 : program.initialReplicas) : count
        believed = TrivialArray(repeating: true, count: count)
        for replica in ready..<count { believed[replica] = false }
        readyCount = ready
        presence = ReplicaPresence(count: isLiving ? program.initialReplicas : count)
        let hasLines = program.features.contains(.waitingLine)
        lines = FixedArray((0..<(hasLines ? count : 0)).map { _ in WaitingLine(host.discipline) })
        buffers = FixedArray(host.lifeCycle.buffer > 0 && isLiving ? [WaitingLine(.fifo)] : [])
        if host.controlledDelay != nil {
            controlledDelays = TrivialArray(repeating: ControlledDelayState(), count: count)
        }
        if host.bucket != nil { buckets = TrivialArray(repeating: BucketState(), count: count) }
        if host.bucket?.kind == .leaky { heldCounts = TrivialArray(repeating: 0, count: count) }
        if host.shedding?.signal == .cpu {
            meters = TrivialArray(repeating: UtilisationMeter(), count: count)
        }
        if host.limit != nil {
            for replica in 0..<count {
                if let limit = Self.limit(of: replica, incarnation: 0, program) {
                    limits.append(limit)
                }
            }
        }
        if host.memory != nil { collectors = TrivialArray(repeating: Collector(), count: count) }
        timeline = FaultTimeline(host.faults)
        effects = FaultEffects(timeline, host.faults)
    }

    /// What bounds the requests in a replica whose container has just begun, if anything does.
    private static func limit(
        of replica: Int, incarnation: UInt32, _ program: ServiceProgram
    ) -> AdaptiveLimitState? {
        guard let limit = program.host.limit else { return nil }
        let key = DrawKey(
            seed: program.seed, identity: UInt64(replica) | UInt64(incarnation) << 32,
            purpose: .controlPlane, service: program.service.rawValue)
        return AdaptiveLimitState(limit, draw: key.uniform())
    }

    /// A replica's new container has not seen what the one before had admitted and measured.
    mutating func forgetAdmission(of replica: Int, _ program: ServiceProgram) {
        if buckets.count > 0 { buckets[replica] = BucketState() }
        if meters.count > 0 { meters[replica] = UtilisationMeter() }
        if let limit = Self.limit(
            of: replica, incarnation: lives[replica].incarnation, program)
        {
            limits[replica] = limit
        }
    }

    /// A replica's bucket holds a request back.
    mutating func hold(
        _ request: WaitingRequest, by replica: Int, until instant: SimulatedInstant
    ) {
        heldCounts[replica] += 1
        held.insert(HeldRequest(instant: instant, request: request, replica: Int32(replica)))
    }

    mutating func prepareForChanges() {
        traits.prepareForChanges()
        pacers.prepareForChanges()
        paceClock.prepareForChanges()
        lives.prepareForChanges()
        lifeClock.prepareForChanges()
        probes.prepareForChanges()
        believed.prepareForChanges()
        beliefChanges.prepareForChanges()
        buffers.prepareForChanges()
        lines.prepareForChanges()
        waitTimers.prepareForChanges()
        clocks.prepareForChanges()
        clockAlarms.prepareForChanges()
        controlledDelays.prepareForChanges()
        buckets.prepareForChanges()
        held.prepareForChanges()
        heldCounts.prepareForChanges()
        meters.prepareForChanges()
        limits.prepareForChanges()
        collectors.prepareForChanges()
        begun.prepareForChanges()
        timeline.prepareForChanges()
        orders.prepareForChanges()
    }

    /// Requests that wait until a replica is ready.
    var buffered: Int { buffers.count == 0 ? 0 : buffers[0].count }

    /// When ``ServiceProcess/actRarely(at:_:_:)`` is due.
    // Inlined, since a call would first copy the whole value.
    @inline(__always)
    var nextInstant: SimulatedInstant {
        min(
            min(min(timeline.nextInstant, paceClock.earliest), lifeClock.earliest),
            min(
                min(min(waitTimers.nextInstant, clockAlarms.nextInstant), held.nextInstant),
                min(beliefChanges.nextInstant, orders.nextInstant)))
    }
}

/// The parts of a program that ``HostState`` runs by.
struct HostProgram: Sendable {
    let traits: [ReplicaTraits]
    let cpuLimit: CPULimit?
    let isShared: Bool
    let curve: SlowdownCurve?
    let lifeCycle: LifeCycleProgram
    let discipline: QueueDiscipline
    /// Requests wait no longer than this, drawn with `waitTables`.
    let waitLimit: Sampler?
    let requestTimeout: SimulatedDuration?
    let waitTables: SamplerTables
    let controlledDelay: (target: SimulatedDuration, interval: SimulatedDuration)?
    let bucket: BucketDescription?
    let shedding: SheddingDescription?
    let limit: AdaptiveLimitDescription?
    let memory: MemoryProgram?
    let faults: FaultProgram
    /// By fault: the policy that it puts into force, an index into the program's; -1 for others.
    let faultPolicies: [Int32]
    /// By replica: the probability that it fails a request at once, faults left out.
    let honoursDeadlines: Bool
    /// Classes of priority among the users of the model.
    let classes: Int

    init(_ configuration: ServiceConfiguration, faultPolicies: [Int32]) {
        let description = configuration.description
        let serving = description.serving
        traits = (0..<description.replicas).map {
            ReplicaTraits(
                of: $0, serving: serving, seed: configuration.seed,
                service: configuration.id.rawValue)
        }
        cpuLimit = serving.cpuLimit
        isShared = serving.scheduling == .processorSharing
        curve = serving.slowdown.map { SlowdownCurve($0) }
        lifeCycle = LifeCycleProgram(
            description.lifeCycle, seed: configuration.seed, service: configuration.id)
        discipline = serving.discipline
        var tables = SamplerTables()
        switch serving.waitLimit {
        case .patience(let limit)?:
            waitLimit = Sampler(limit, tables: &tables)
            controlledDelay = nil
        case .controlledDelay(let target, let interval)?:
            waitLimit = nil
            controlledDelay = (target, interval)
        case nil:
            waitLimit = nil
            controlledDelay = nil
        }
        waitTables = tables
        requestTimeout = serving.requestTimeout
        bucket = description.admission?.bucket
        shedding = description.admission?.shedding
        limit = description.admission?.limit
        memory = serving.memory.map { MemoryProgram($0) }
        faults = FaultProgram(
            configuration.context.faults, seed: configuration.seed, service: configuration.id,
            replicas: description.replicas, cores: description.cores, peers: configuration.peers)
        self.faultPolicies = faultPolicies
        honoursDeadlines = description.honoursDeadlines
        classes = (configuration.context.priorities.map(\.priority).max() ?? 0) + 1
    }
}
