package import Kernel

/// What became of the requests that reached a service, and where their time and its work went.
///
/// Sums are modulo 2⁶⁴ (differences stay exact); times and work are in nanoseconds.
package struct ServiceCounters: OutcomeCounters, BitwiseCopyable, Hashable, Sendable {
    package var arrived: UInt64 = 0
    package var succeeded: UInt64 = 0
    package var rejected: UInt64 = 0
    package var failed: UInt64 = 0
    package var shed: UInt64 = 0
    package var expired: UInt64 = 0
    package var unavailable: UInt64 = 0
    package var errors: UInt64 = 0
    package var conflicts: UInt64 = 0
    /// Requests that were stopped because their caller no longer waited; they have no answer.
    package var cancelled: UInt64 = 0
    /// Requests that have arrived and are not answered.
    package var inSystem: UInt64 = 0
    /// ∫ inSystem dt.
    package var inSystemArea: UInt64 = 0
    package var areaUntil = SimulatedInstant.start
    /// Sum of the times in system of all requests that have left.
    package var sojournSum: UInt64 = 0

    /// Core time of all compute steps begun.
    package var computeTime: UInt64 = 0
    /// Where requests that have begun spent their time. Together with the ages of those that wait to
    /// begin, the sum over all requests is the sum of their times in system.
    package var times = StateTimes()

    /// Core time that answers told of: spent here and, in time, by those called.
    package var workAnswered: UInt64 = 0
    /// Core time of requests that were dropped without an answer that tells of it.
    package var workDropped: UInt64 = 0
    /// Core time of requests whose end nobody waits for: messages taken from a queue, calls that are
    /// sent and forgotten.
    package var workBackground: UInt64 = 0

    /// Requests by what made them: 0 the first attempt of every call on the way from the user, k in
    /// 1...14 a retry made at tier k, 15 a hedge.
    package var causes = InlineArray<16, UInt64>(repeating: 0)

    /// Probes, and writes to be applied, that have entered the service, and those that have left it.
    package var probes: UInt64 = 0
    package var probesEnded: UInt64 = 0
    /// Answers that the network lost.
    package var answersLost: UInt64 = 0

    /// Replicas that died: crashed, killed, lost with their node, or out of grace with requests left.
    package var kills: UInt64 = 0
    /// Replicas that were told to stop and ended once their requests had.
    package var drained: UInt64 = 0
    /// Replicas that died by themselves: out of memory, or not live.
    package var crashes: UInt64 = 0
    /// Time that replicas stood still to collect garbage, and by their CPU limit.
    package var pauseTime: UInt64 = 0
    package var throttledTime: UInt64 = 0
    /// ∫ replicas that exist, ready or not, dt.
    package var replicaTime: UInt64 = 0
    package var cacheHits: UInt64 = 0
    package var cacheMisses: UInt64 = 0
    package var staleReads: UInt64 = 0
    /// Core time that answers told of which the network lost.
    package var workLost: UInt64 = 0

    package init() {}

    /// ``inSystemArea`` as it is at `now`.
    func inSystemArea(at now: SimulatedInstant) -> UInt64 {
        inSystemArea &+ inSystem &* UInt64(bitPattern: (now - areaUntil).nanoseconds)
    }

    mutating func changeInSystem(by change: Int64, at now: SimulatedInstant) {
        inSystemArea = inSystemArea(at: now)
        areaUntil = now
        inSystem = UInt64(bitPattern: Int64(bitPattern: inSystem) &+ change)
    }

    /// One more request of a cause in 0...15. In place: the array's own subscript copies it all.
    @inline(__always)
    mutating func noteCause(_ cause: UInt8) {
        withUnsafeMutableBytes(of: &causes) { bytes in
            let words = bytes.assumingMemoryBound(to: UInt64.self)
            words[Int(cause & 15)] &+= 1
        }
    }

    package static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) { hasher.combine(words) }
}

extension InlineArray where Element == UInt64 {
    package var sum: UInt64 {
        var sum: UInt64 = 0
        for index in indices { sum &+= self[index] }
        return sum
    }
}

/// Where requests spend their time in a service, by what they wait for; in nanoseconds.
package struct StateTimes: BitwiseCopyable, Hashable, Sendable {
    /// Waiting for a thread to begin.
    package var queue: UInt64 = 0
    /// Waiting for a core.
    package var core: UInt64 = 0
    /// Holding a core, or sharing the cores.
    package var compute: UInt64 = 0
    /// Waiting in a step for time to pass.
    package var delay: UInt64 = 0
    /// Waiting for the services that were called, back-off and pools included.
    package var downstream: UInt64 = 0
    /// Waiting for a thread to go on.
    package var resume: UInt64 = 0
    /// Waiting for a row or for another request's fetch.
    package var lock: UInt64 = 0

    package init() {}

    package var sum: UInt64 {
        queue &+ core &+ compute &+ delay &+ downstream &+ resume &+ lock
    }
}

/// What became of the calls that one caller (or one stream of users) made of one service.
package struct EdgeCounters: OutcomeCounters, BitwiseCopyable, Hashable, Sendable {
    /// Calls, each with all its attempts.
    package var calls: UInt64 = 0
    package var callSuccesses: UInt64 = 0
    package var callFailures: UInt64 = 0
    /// Calls that the caller gave up because it no longer needed them.
    package var callsAbandoned: UInt64 = 0
    /// Attempts sent.
    package var requests: UInt64 = 0
    /// Of these, attempts after the first because one failed, and those because one was slow.
    package var retries: UInt64 = 0
    package var hedges: UInt64 = 0
    package var succeeded: UInt64 = 0
    package var timeouts: UInt64 = 0
    package var rejected: UInt64 = 0
    package var failed: UInt64 = 0
    package var shed: UInt64 = 0
    package var expired: UInt64 = 0
    package var unavailable: UInt64 = 0
    package var errors: UInt64 = 0
    package var conflicts: UInt64 = 0
    /// Attempts that the caller gave up because it no longer needed them.
    package var abandoned: UInt64 = 0
    /// Answers that came after the caller had given up.
    package var lateAnswers: UInt64 = 0
    /// Messages (requests and answers) that the network lost, as their sender counts them.
    package var lost: UInt64 = 0
    /// Attempts that were not made: the breaker was open, the pool full or too slow, the caller
    /// throttled itself, the retry budget was empty.
    package var broken: UInt64 = 0
    package var poolRefused: UInt64 = 0
    package var throttled: UInt64 = 0
    package var budgetDenied: UInt64 = 0
    /// Times a breaker opened.
    package var trips: UInt64 = 0
    /// Core time that answers told of: of successes in time, of failures in time, of late answers.
    package var workUseful: UInt64 = 0
    package var workFailed: UInt64 = 0
    package var workLate: UInt64 = 0

    package init() {}

    /// Attempts that ended badly for their caller, those it abandoned included.
    package var failures: UInt64 {
        timeouts &+ abandoned &+ answered &- succeeded
    }
    package var inFlight: UInt64 { requests &- succeeded &- failures }
}
