package import Kernel

/// A request that a replica is serving.
struct Job: BitwiseCopyable, Sendable {
    var call: UInt64
    var request: UInt64
    var arrived: SimulatedInstant
    /// The message's origin, or `clientOrigin | stream` for a user's own request.
    var origin: UInt32
    /// Index into the program's steps.
    var step: Int32
    /// The job behind this one in the queue that it stands in.
    var next: Int32
    var replica: Int32
    /// Calls of the present step that have not been answered.
    var awaited: UInt16
    var route: UInt16
    var outcome: Outcome
    var hasThread: Bool

    static var clientOrigin: UInt32 { 0x8000_0000 }
    var isFromClient: Bool { origin & Job.clientOrigin != 0 }
    var stream: Int { Int(origin & ~Job.clientOrigin) }
}

/// A request that waits for a thread.
struct WaitingRequest: BitwiseCopyable, Sendable {
    var call: UInt64
    var request: UInt64
    var arrived: SimulatedInstant
    var origin: UInt32
    var endpoint: UInt16
    var route: UInt16
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
    /// The job that waits for it; -1 for a user.
    var job: Int32
    /// Index into the edge counters.
    var edge: Int32
    var timer: TimerQueue.Handle
    var isOptional: Bool

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

/// What became of the requests that reached a service.
package struct ServiceCounters: BitwiseCopyable, Hashable, Sendable {
    package var arrived: UInt64 = 0
    package var succeeded: UInt64 = 0
    package var rejected: UInt64 = 0
    package var failed: UInt64 = 0
    /// Requests that have arrived and are not answered.
    package var inSystem: UInt64 = 0
    /// ∫ inSystem dt in nanoseconds, modulo 2⁶⁴ (differences stay exact).
    package var inSystemArea: UInt64 = 0
    package var areaUntil = SimulatedInstant.start
    /// Sum of the times in system of all answered requests in nanoseconds, modulo 2⁶⁴.
    package var sojournSum: UInt64 = 0
    /// Core time of all compute steps begun, in nanoseconds.
    package var computeTime: UInt64 = 0

    package init() {}

    mutating func changeInSystem(by change: Int64, at now: SimulatedInstant) {
        inSystemArea &+= inSystem &* UInt64(bitPattern: (now - areaUntil).nanoseconds)
        areaUntil = now
        inSystem = UInt64(bitPattern: Int64(bitPattern: inSystem) &+ change)
    }
}

/// What became of the requests that one caller (or one stream of users) sent to one service.
package struct EdgeCounters: BitwiseCopyable, Hashable, Sendable {
    package var requests: UInt64 = 0
    package var successes: UInt64 = 0
    package var timeouts: UInt64 = 0
    package var rejected: UInt64 = 0
    package var failed: UInt64 = 0
    /// Answers that came after the caller had given up.
    package var lateAnswers: UInt64 = 0

    package init() {}

    package var failures: UInt64 { timeouts &+ rejected &+ failed }
    package var inFlight: UInt64 { requests - successes - failures }

    mutating func count(_ outcome: Outcome) {
        switch outcome {
        case .success: successes += 1
        case .rejected: rejected += 1
        case .failed: failed += 1
        }
    }
}
