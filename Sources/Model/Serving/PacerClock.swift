import Kernel

/// Where the cores of a replica stand in virtual time: everything of a ``Pacer`` but its jobs.
///
/// All running jobs progress at one rate, so that what a job has attained since it started is the
/// growth of one number, `attained`. Rates and attained work are integers in units of 2⁻³² (of work
/// for each nanosecond, and of nanoseconds of work): sums of them are exact, and an instant at which
/// something is attained does not depend on how often the clock was settled before it.
struct PacerClock: BitwiseCopyable, Sendable {
    /// A rate of one.
    static var one: UInt64 { 1 << 32 }
    static var mostCores: Int { 1 << 20 }
    /// 65,536 times as fast as nominal.
    static var highestSpeed: UInt64 { 1 << 48 }
    static var shortestPeriod: Int64 { 1_000 }
    static var longestPeriod: Int64 { 1 << 40 }
    static var largestQuota: Int64 { 1 << 60 }

    /// Everything is settled until here.
    var instant = SimulatedInstant.start
    var pausedUntil = SimulatedInstant.start
    /// Work that a job running since virtual time zero has attained.
    var attained: UInt128 = 0
    /// Core time that it was given: `attained` if the speed had always been one.
    var given: UInt128 = 0
    var speed = PacerClock.one
    /// Growth of `attained` in a nanosecond, unless paused or throttled.
    var rate: UInt64 = 0
    /// Growth of `given` in a nanosecond, unless paused or throttled.
    var share: UInt64 = 0
    var running: Int32 = 0
    var cores: Int32
    /// Nanoseconds; zero if there is no limit.
    var period: Int64 = 0
    var quota: Int64 = 0
    /// Core time left in this period. Below zero when several cores overran the last nanosecond.
    var quotaLeft: Int64 = 0
    /// The first multiple of `period` after `instant`.
    var periodEnd = SimulatedInstant.never
    var coreTime: UInt64 = 0
    var throttledTime: UInt64 = 0
    var pausedTime: UInt64 = 0

    init(cores: Int, limit: CPULimit?) {
        self.cores = Int32(max(0, min(cores, Self.mostCores)))
        guard let limit else { return }
        period = max(Self.shortestPeriod, min(limit.period.nanoseconds, Self.longestPeriod))
        quota = max(1, min(limit.quota.nanoseconds, Self.largestQuota))
        quotaLeft = quota
        periodEnd = SimulatedInstant(nanoseconds: period)
    }

    /// Cores in use.
    @inline(__always)
    var computing: Int64 { Int64(min(running, cores)) }
    @inline(__always)
    var isLimited: Bool { period > 0 }
    @inline(__always)
    var isPaused: Bool { instant < pausedUntil }
    @inline(__always)
    var isThrottled: Bool { isLimited && quotaLeft <= 0 && computing > 0 }
    /// Whether every period from the next on has quota enough for the jobs that run now.
    @inline(__always)
    private var hasAmpleQuota: Bool { computing &* period <= quota }

    /// Sets the rates anew after a change of the speed, the cores or the number of jobs.
    mutating func updateRates() {
        guard running > 0, cores > 0 else {
            rate = 0
            share = 0
            return
        }
        rate = speed
        share = Self.one
        guard running > cores else { return }
        let (jobs, cores) = (UInt64(running), UInt64(self.cores))
        // Neither is rounded to nothing, or else a job would never end.
        share = max(1, Self.one &* cores / jobs)
        let (fraction, _) = jobs.dividingFullWidth(speed.multipliedFullWidth(by: cores))
        rate = max(min(speed, 1), fraction)
    }

    /// Lets time pass until `target`; does nothing when that is not later.
    ///
    /// O(1), and O(periods) when jobs run under a quota that they use up and the events on the way
    /// were not fired.
    mutating func settle(to target: SimulatedInstant) {
        while instant < target {
            if isPaused {
                let end = min(target, pausedUntil)
                pausedTime &+= duration(until: end)
                pass(to: end)
            } else if computing == 0 {
                pass(to: target)
            } else if !isLimited {
                progress(to: target)
                instant = target
            } else if quotaLeft <= 0 {
                let end = min(target, periodEnd)
                throttledTime &+= duration(until: end)
                pass(to: end)
            } else {
                settleLimited(to: target)
            }
        }
    }

    private mutating func settleLimited(to target: SimulatedInstant) {
        let exhausted = exhaustion
        if exhausted >= periodEnd && hasAmpleQuota {
            progress(to: target)
            if target < periodEnd {
                quotaLeft -= computing * (target - instant).nanoseconds
                instant = target
            } else {
                pass(to: target)
                quotaLeft = quota - computing * (target.nanoseconds % period)
            }
        } else {
            let end = min(target, min(exhausted, periodEnd))
            progress(to: end)
            quotaLeft -= computing * (end - instant).nanoseconds
            pass(to: end)
        }
    }

    /// When the quota is used up if nothing changes. Only while jobs run under a limit.
    private var exhaustion: SimulatedInstant {
        let left = (quotaLeft - 1) / computing + 1
        return instant.advanced(saturatingBy: SimulatedDuration(nanoseconds: left))
    }

    @inline(__always)
    private func duration(until end: SimulatedInstant) -> UInt64 {
        UInt64((end - instant).nanoseconds)
    }

    /// Grants what the jobs get until `end`, without going there.
    @inline(__always)
    private mutating func progress(to end: SimulatedInstant) {
        let elapsed = duration(until: end)
        let (high, low) = rate.multipliedFullWidth(by: elapsed)
        attained &+= UInt128(high) << 64 | UInt128(low)
        let given = share.multipliedFullWidth(by: elapsed)
        self.given &+= UInt128(given.high) << 64 | UInt128(given.low)
        coreTime &+= UInt64(computing) &* elapsed
    }

    /// Goes to `end` and refills the quota if a period ended on the way.
    private mutating func pass(to end: SimulatedInstant) {
        instant = end
        guard isLimited, end >= periodEnd else { return }
        let old = periodEnd
        updatePeriodEnd()
        // What was overrun is paid back in the next period.
        let isNext = end - old < SimulatedDuration(nanoseconds: period)
        quotaLeft = quota + (isNext ? min(quotaLeft, 0) : 0)
    }

    mutating func updatePeriodEnd() {
        guard isLimited else { return }
        let (end, overflow) = period.multipliedReportingOverflow(
            by: instant.nanoseconds / period + 1)
        periodEnd = overflow ? .never : SimulatedInstant(nanoseconds: end)
    }

    /// When something happens next by itself if the job that ends first ends at `finish` of
    /// `attained`: it ends, or the quota is used up or refilled, or the pause is over.
    func nextEvent(finish: UInt128) -> SimulatedInstant {
        if finish <= attained { return instant }
        if isPaused { return pausedUntil }
        if computing == 0 { return .never }
        if isThrottled { return periodEnd }
        let end = whenAttained(finish)
        guard isLimited else { return end }
        let exhausted = exhaustion
        if exhausted < periodEnd { return min(end, exhausted) }
        return hasAmpleQuota ? end : min(end, periodEnd)
    }

    /// The first instant at which `attained` is not less than `finish`, at the present rate.
    private func whenAttained(_ finish: UInt128) -> SimulatedInstant {
        guard rate > 0 else { return .never }
        let missing = finish - attained
        let nanoseconds: Int64
        if missing >> 64 == 0 {
            nanoseconds = Int64(clamping: (UInt64(truncatingIfNeeded: missing) - 1) / rate + 1)
        } else {
            nanoseconds = Int64(clamping: (missing - 1) / UInt128(rate) + 1)
        }
        return instant.advanced(saturatingBy: SimulatedDuration(nanoseconds: nanoseconds))
    }
}
