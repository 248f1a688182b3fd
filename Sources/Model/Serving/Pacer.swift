package import Kernel

/// The cores of one replica when time does not simply run at full speed: shared evenly among the
/// jobs that compute, slow or sped up, stopped by a garbage collector, throttled by a CPU limit.
///
/// A fluid server. Each of *n* jobs progresses at `speed` · min(1, cores / *n*): with at most
/// ``cores`` jobs every one has a core of its own (first come first served, the owner keeping the
/// others waiting); with more they share (processor sharing). While *m* = min(*n*, cores) cores
/// compute, a ``CPULimit`` is used up by *m* core seconds a second, whatever the speed; then all
/// stand still until the next multiple of the period. A pause stops everything and costs no quota.
///
/// Whenever ``nextEvent`` is reached, call ``fire(at:)`` until it returns `nil`. What happens depends
/// only on the calls that change something and their instants: all arithmetic is in integers (work
/// and core time in 2⁻³² ns), a job ends at the first nanosecond at which its work is done, and jobs
/// that end at one instant do so in the order of what they needed, then of their calls. An instant
/// before that of an earlier call counts as that one.
///
/// Copies need no preparation before they are changed. Memory: 48 bytes a job.
package struct Pacer: Sendable {
    /// A job that has done its work, or that was taken away before.
    package struct Departure: BitwiseCopyable, Hashable, Sendable {
        package var job: Int32
        package var call: UInt64
        /// What is left of its work; zero if it has ended.
        package var remaining: SimulatedDuration
        /// The core time it was given, rounded down to nanoseconds.
        package var coreTime: SimulatedDuration
    }

    /// Sums since the start of the run, in nanoseconds modulo 2⁶⁴.
    package struct Usage: BitwiseCopyable, Hashable, Sendable {
        /// By all cores together, exactly.
        package var coreTime: UInt64 = 0
        /// How long jobs stood still since their quota was used up.
        package var throttledTime: UInt64 = 0
        package var pausedTime: UInt64 = 0

        package init() {}
    }

    struct Running: HeapElement {
        /// Of ``PacerClock/attained``.
        var finish: UInt128
        /// ``PacerClock/given`` when it started.
        var start: UInt128
        var call: UInt64
        var job: Int32

        @inline(__always)
        func precedes(_ other: Self) -> Bool {
            if finish != other.finish { return finish < other.finish }
            return call < other.call
        }
    }

    /// More work than a draw can ask for is cut to this.
    static var mostWork: Int64 { 1 << 60 }

    var clock: PacerClock
    var jobs = Heap<TrivialArray<Running>>()
    /// When ``fire(at:)`` is to be called; ``SimulatedInstant/never`` when nothing will happen by
    /// itself.
    package internal(set) var nextEvent = SimulatedInstant.never

    /// Idle cores at time zero. `cores` >= 0 (at most 2²⁰ count), `speed` as in ``setSpeed(_:at:)``;
    /// a limit's period counts as 1 µs at least and 2⁴⁰ ns at most.
    package init(cores: Int, limit: CPULimit? = nil, speed: Double = 1) {
        clock = PacerClock(cores: cores, limit: limit)
        clock.speed = Self.fixed(speed)
    }

    /// Jobs that compute, whether or not they progress just now.
    package var count: Int { jobs.count }
    package var cores: Int { Int(clock.cores) }
    /// Cores that have a job, at most ``cores``.
    package var busyCores: Int { Int(clock.computing) }
    package var hasFreeCore: Bool { clock.running < clock.cores }
    /// Whether the jobs stand still until the quota is refilled, as of the last change or event.
    package var isThrottled: Bool { clock.isThrottled }
    package func isPaused(at now: SimulatedInstant) -> Bool { now < clock.pausedUntil }

    /// The job slots and calls that compute, in no useful order: to check them against other state.
    package var running: [(job: Int32, call: UInt64)] {
        jobs.storage.elements.map { ($0.job, $0.call) }
    }

    /// What was used until `now`, which changes nothing.
    package func usage(at now: SimulatedInstant) -> Usage {
        var clock = clock
        clock.settle(to: now)
        var usage = Usage()
        usage.coreTime = clock.coreTime
        usage.throttledTime = clock.throttledTime
        usage.pausedTime = clock.pausedTime
        return usage
    }

    /// Starts a job that needs `work` >= 0 of a core at speed one; cut to 2⁶⁰ ns. O(log *n*).
    ///
    /// `call` is that of no other running job.
    package mutating func start(
        job: Int32, call: UInt64, work: SimulatedDuration, at now: SimulatedInstant
    ) {
        clock.settle(to: now)
        let needed = UInt128(max(0, min(work.nanoseconds, Self.mostWork))) << 32
        jobs.storage.prepareForChanges()
        jobs.insert(
            Running(
                finish: clock.attained &+ needed, start: clock.given, call: call, job: job))
        updateCount()
    }

    /// Takes what is due at `now`: a job that has ended, if any, and whatever else happens then.
    ///
    /// Call it again until it returns `nil`. O(log *n*).
    package mutating func fire(at now: SimulatedInstant) -> Departure? {
        clock.settle(to: now)
        guard let first = jobs.first, first.finish <= clock.attained else {
            updateNextEvent()
            return nil
        }
        jobs.storage.prepareForChanges()
        return depart(jobs.remove(at: 0))
    }

    /// Takes the job of `call` away, if it runs. O(*n*).
    package mutating func remove(call: UInt64, at now: SimulatedInstant) -> Departure? {
        guard let index = jobs.storage.elements.firstIndex(where: { $0.call == call }) else {
            return nil
        }
        clock.settle(to: now)
        jobs.storage.prepareForChanges()
        return depart(jobs.remove(at: index))
    }

    /// Takes all jobs away, in no useful order. O(*n*).
    package mutating func removeAll(at now: SimulatedInstant) -> [Departure] {
        clock.settle(to: now)
        let departures = jobs.storage.elements.map { departure(of: $0) }
        jobs = Heap()
        updateCount()
        return departures
    }

    /// The replica dies: all jobs are gone, and a pause is over. O(1).
    package mutating func clear(at now: SimulatedInstant) {
        clock.settle(to: now)
        clock.pausedUntil = min(clock.pausedUntil, clock.instant)
        jobs = Heap()
        updateCount()
    }

    /// Sets how much work of a job is done in a second on a core of its own; 0 stops all, and 65,536
    /// is the most. The product of all that makes a replica slow or fast. O(1).
    package mutating func setSpeed(_ speed: Double, at now: SimulatedInstant) {
        let fixed = Self.fixed(speed)
        guard fixed != clock.speed else { return }
        clock.settle(to: now)
        clock.speed = fixed
        clock.updateRates()
        updateNextEvent()
    }

    /// Sets the number of cores, >= 0. Jobs beyond it share what is left. O(1).
    package mutating func setCores(_ cores: Int, at now: SimulatedInstant) {
        let bounded = Int32(max(0, min(cores, PacerClock.mostCores)))
        guard bounded != clock.cores else { return }
        clock.settle(to: now)
        clock.cores = bounded
        clock.updateRates()
        updateNextEvent()
    }

    /// Sets the core time that a limit leaves in a period, > 0; nothing changes without a limit, or if it is the
    /// same. O(1).
    ///
    /// As Linux does it when `cpu.max` is written (`tg_set_cfs_bandwidth`): the new quota counts from now on for the
    /// rest of the period, whatever was used of the old one, and jobs that stood still go on.
    package mutating func setQuota(_ quota: SimulatedDuration, at now: SimulatedInstant) {
        let bounded = max(1, min(quota.nanoseconds, PacerClock.largestQuota))
        guard clock.isLimited, bounded != clock.quota else { return }
        clock.settle(to: now)
        clock.quota = bounded
        clock.quotaLeft = bounded
        updateNextEvent()
    }

    /// Stops all computing for `duration`. During a pause: for so much longer. O(1).
    package mutating func pause(for duration: SimulatedDuration, at now: SimulatedInstant) {
        guard duration > .zero else { return }
        clock.settle(to: now)
        clock.pausedUntil = max(clock.pausedUntil, clock.instant)
            .advanced(saturatingBy: duration)
        updateNextEvent()
    }

    private mutating func depart(_ running: Running) -> Departure {
        let departure = departure(of: running)
        updateCount()
        return departure
    }

    private func departure(of running: Running) -> Departure {
        let missing = running.finish > clock.attained ? running.finish - clock.attained : 0
        let given = clock.given - running.start
        return Departure(
            job: running.job, call: running.call,
            remaining: SimulatedDuration(
                nanoseconds: Int64(clamping: (missing &+ 0xFFFF_FFFF) >> 32)),
            coreTime: SimulatedDuration(nanoseconds: Int64(clamping: given >> 32)))
    }

    private mutating func updateCount() {
        clock.running = Int32(truncatingIfNeeded: jobs.count)
        if jobs.count == 0 {
            // Virtual time starts afresh, so that it stays small and states stay alike.
            clock.attained = 0
            clock.given = 0
        }
        clock.updateRates()
        updateNextEvent()
    }

    @inline(__always)
    mutating func updateNextEvent() {
        nextEvent = jobs.count == 0 ? .never : clock.nextEvent(finish: jobs.storage[0].finish)
    }

    /// A speed in units of 2⁻³², not zero unless `speed` is. NaN and less than zero count as zero.
    private static func fixed(_ speed: Double) -> UInt64 {
        guard speed > 0 else { return 0 }
        guard speed < 65_536 else { return PacerClock.highestSpeed }
        return max(1, UInt64(speed * 0x1p32 + 0.5))
    }
}
