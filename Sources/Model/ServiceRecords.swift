import Kernel

/// A request that a replica is serving.
struct Job: BitwiseCopyable, Sendable {
    /// What it is doing.
    enum Phase: UInt8, BitwiseCopyable {
        /// Being carried through its steps at this very instant.
        case moving = 0
        case waitsForCore, computes, delays, awaitsCalls, waitsForThread, waitsForLock
        /// Its wait for a row or a fetch is over, and it goes on before this event ends.
        case woken
    }
    var call: UInt64
    var request: UInt64
    var arrived: SimulatedInstant
    /// When the present phase began; while it computes without a ``Pacer`` or delays, when that ends, if
    /// the service may drop requests.
    var since: SimulatedInstant
    /// When its answer is of no more use to anyone, or never.
    var deadline: SimulatedInstant
    /// Core time spent on it, here and by the services that it called.
    var work: UInt64 = 0
    /// The message's origin, `clientOrigin | stream` for a user's own request, or one of the others.
    var origin: UInt32
    /// Index into the program's steps.
    var step: Int32
    /// The job behind this one in the queue that it stands in; while calls are awaited, the first of
    /// its managed calls.
    var next: Int32 = -1
    var replica: UInt16
    /// Calls of the present step that have not been answered, and how many of them must succeed.
    var awaited: UInt16 = 0
    var needed: UInt16 = 0
    var route: UInt16
    var outcome: Outcome = .success
    /// The phase, and in the topmost bit whether it has a thread.
    private var state: UInt8 = 0x80
    /// As of ``WaitingRequest/inFlight``.
    var inFlight: UInt16

    init(_ request: WaitingRequest, step: Int32, replica: Int, at now: SimulatedInstant) {
        call = request.call
        self.request = request.request
        arrived = request.arrived
        since = now
        deadline = request.deadline
        origin = request.origin
        self.step = step
        self.replica = UInt16(truncatingIfNeeded: replica)
        route = request.route
        inFlight = request.inFlight
    }

    var hasThread: Bool {
        get { state & 0x80 != 0 }
        set { state = newValue ? state | 0x80 : state & 0x7F }
    }
    var phase: Phase {
        get { Phase(rawValue: state & 0x7F) ?? .moving }
        set { state = state & 0x80 | newValue.rawValue }
    }

    static var clientOrigin: UInt32 { 0x8000_0000 }
    /// Answered already, or never to be answered: nobody is told of its end.
    static var silentOrigin: UInt32 { 0x4000_0000 }
    /// A probe of the replica's life; the lowest bit tells liveness from readiness.
    static var probeOrigin: UInt32 { 0x2000_0000 }
    /// A write that a read replica applies.
    static var applyOrigin: UInt32 { 0x1000_0000 }
    /// What made the request of this origin: see ``ServiceCounters/causes``.
    static func cause(of origin: UInt32) -> UInt8 {
        UInt8(truncatingIfNeeded: (origin & clientOrigin != 0 ? origin >> 8 : origin) & 0xF)
    }
}

/// A request that waits for a thread.
struct WaitingRequest: BitwiseCopyable, Sendable {
    var call: UInt64
    var request: UInt64
    var arrived: SimulatedInstant
    var origin: UInt32
    var endpoint: UInt16
    var route: UInt16
    /// As of the message, until ``inFlight`` takes the replica's place.
    var extra: UInt64 = 0

    /// Where a limit follows latency, once the request is let in: the requests in its replica then, itself
    /// included. 65,535 and more count as that.
    var inFlight: UInt16 {
        get { UInt16(truncatingIfNeeded: extra) }
        set { extra = extra & ~0xFFFF | UInt64(newValue) }
    }

    var deadline: SimulatedInstant {
        let span = Int64(extra >> 16)
        return span == 0
            ? .never : arrived.advanced(saturatingBy: SimulatedDuration(nanoseconds: span))
    }
}

/// A queue of jobs threaded through their `next` fields; -1 is no job.
struct JobList: BitwiseCopyable, Sendable {
    var head: Int32 = -1
    var tail: Int32 = -1

    var isEmpty: Bool { head < 0 }

    mutating func append(_ slot: Int32, in jobs: inout SlotTable<Job>) {
        jobs[slot].next = -1
        if tail < 0 { head = slot } else { jobs[tail].next = slot }
        tail = slot
    }

    mutating func removeFirst(in jobs: borrowing SlotTable<Job>) -> Int32 {
        let slot = head
        head = jobs[slot].next
        if head < 0 { tail = -1 }
        return slot
    }
}

/// One pod of the service.
struct Replica: BitwiseCopyable, Sendable {
    var busyCores: Int32 = 0
    var busyThreads: Int32 = 0
    /// Requests admitted or waiting.
    var requests: Int32 = 0
    /// Jobs with a thread that wait for a core.
    var coreQueue = JobList()
    /// Jobs whose calls are answered and that wait for a thread to go on.
    var resumeQueue = JobList()
    /// Length of the replica's admission queue.
    var waiting: Int32 = 0
    /// Core time of the compute steps begun in it, in nanoseconds; without a ``Pacer``, which knows.
    var coreTime: UInt64 = 0
    /// Requests that were sent to it and not refused at its door.
    var taken: UInt64 = 0

    /// Whether anything waits for a thread.
    var hasQueue: Bool { waiting > 0 || !resumeQueue.isEmpty }
}

/// The end of a compute step.
struct Completion: ScheduledEvent {
    var instant: SimulatedInstant
    var call: UInt64
    var job: Int32

    func precedes(_ other: Completion) -> Bool {
        if instant != other.instant { return instant < other.instant }
        return call < other.call
    }
}

/// A call that has been sent and neither answered nor given up; or a user's request with a time-out.
struct OutstandingCall: KeyedRecord {
    var key: UInt64
    var sent: SimulatedInstant
    /// The job that waits for it; `user`, `nobody`, or ``forgotten(by:)``.
    var job: Int32
    /// Index into the edge counters.
    var edge: Int32
    var timer: TimerQueue.Handle
    var isOptional: Bool

    static var user: Int32 { -1 }
    /// Of a call whose answer nobody waits for.
    static var nobody: Int32 { -2 }
    /// The same, with the replica that made the call; at most `nobody`.
    static func forgotten(by replica: Int) -> Int32 { nobody &- Int32(truncatingIfNeeded: replica) }

    static var empty: Self {
        Self(key: 0, sent: .start, job: -1, edge: 0, timer: .none, isOptional: false)
    }
}

/// Where an arrival stream stands.
struct StreamState: BitwiseCopyable, Sendable {
    var next: SimulatedInstant
    /// Arrivals so far, and the number of the next.
    var number: UInt64 = 0
    /// The profile's segment that `next` lies in.
    var segment: Int = 0
}
