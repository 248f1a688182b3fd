// The parts of a summary: services and edges, each with its share of the ledger.

/// One service in a ``RunSummary``. Times and work are in seconds, summed over its requests.
package struct ServiceSummary: Hashable, Sendable {
    /// Requests that were answered with something other than success, by why.
    package struct Failures: Codable, Hashable, Sendable {
        /// The queue was full.
        package var rejected: UInt64
        /// A call that was needed failed.
        package var failed: UInt64
        /// Admission control refused them.
        package var shed: UInt64
        /// They had waited too long, or their deadline had passed.
        package var expired: UInt64
        /// No replica was ready, or the one that had them died.
        package var unavailable: UInt64
        /// The service failed by itself.
        package var error: UInt64
        /// Another request changed the row first.
        package var conflict: UInt64
    }

    /// Requests by what made them.
    package struct Causes: Codable, Hashable, Sendable {
        /// The first attempt of every call on the way from the user.
        package var first: UInt64
        /// By tier from 1 (users) on: a retry made there; trailing zeros are left out.
        package var retries: [UInt64]
        package var hedges: UInt64

        package var all: UInt64 { first &+ retries.reduce(0, &+) &+ hedges }
    }

    /// Where requests that have begun spent their time, and those that waited to begin.
    package struct Times: Codable, Hashable, Sendable {
        package var queue: Double
        package var core: Double
        package var compute: Double
        package var delay: Double
        package var downstream: Double
        package var resume: Double
        package var lock: Double
    }

    /// Core time, and what became of it.
    package struct Work: Codable, Hashable, Sendable {
        /// Of all compute steps begun.
        package var computed: Double
        /// Told of by answers: spent here and, for successful calls, by those called.
        package var answered: Double
        /// Of requests that were dropped or whose replica died.
        package var dropped: Double
        /// Told of by answers that the network lost.
        package var lost: Double
        /// Of requests whose end nobody waits for.
        package var background: Double
        /// Of requests that are in the service at the end.
        package var inService: Double
        /// Told of by answers on their way at the end.
        package var inTransit: Double
    }

    package var name: String
    /// At first.
    package var replicas: Int
    /// ∫ replicas that exist, ready or not, dt: what is paid for.
    package var replicaSeconds: Double
    /// Users are tier 1, the services that they call tier 2, and so on.
    package var tier: Int
    package var requests: UInt64
    package var successes: UInt64
    package var failures: Failures
    /// Requests that were stopped because their caller no longer waited.
    package var cancelled: UInt64
    /// Requests not answered when the run ended.
    package var inFlight: UInt64
    package var causes: Causes
    package var times: Times
    package var work: Work
    /// Share of all cores' time in use, in 0...1.
    package var utilisation: Double
    /// Requests in the service, averaged over time.
    package var meanInSystem: Double
    /// Replicas that died, and those of them that died by themselves.
    package var kills: UInt64
    package var crashes: UInt64
    /// Replicas that were told to stop and ended once their requests had.
    package var drained: UInt64
    package var probes: UInt64
    package var cacheHits: UInt64
    package var cacheMisses: UInt64
    package var staleReads: UInt64
    /// Answers that the network lost.
    package var answersLost: UInt64
    /// Seconds that replicas stood still to collect garbage, and by their CPU limit.
    package var pauseSeconds: Double
    package var throttledSeconds: Double
    /// From a request's arrival to its successful answer's departure; `nil` when there was none.
    package var latency: LatencySummary?
}

/// The requests of one caller to one service in a ``RunSummary``, as the caller saw them.
package struct EdgeSummary: Hashable, Sendable {
    package static let userPrefix = "users:"

    /// Attempts that ended badly for their caller, by why.
    package struct Failures: Codable, Hashable, Sendable {
        /// The caller gave them up.
        package var timeout: UInt64
        package var rejected: UInt64
        package var failed: UInt64
        package var shed: UInt64
        package var expired: UInt64
        package var unavailable: UInt64
        package var error: UInt64
        package var conflict: UInt64
        /// The caller no longer needed them.
        package var abandoned: UInt64
    }

    /// Attempts that the caller did not make.
    package struct Refusals: Codable, Hashable, Sendable {
        package var breaker: UInt64
        package var pool: UInt64
        package var throttle: UInt64
        package var budget: UInt64

        package var all: UInt64 { breaker &+ pool &+ throttle &+ budget }
    }

    /// Core time that answers told of, in seconds.
    package struct Work: Codable, Hashable, Sendable {
        /// Of successes in time.
        package var useful: Double
        /// Of failures in time.
        package var failed: Double
        package var late: Double
    }

    /// A service, or `users:STREAM`.
    package var from: String
    /// A service, or `service.endpoint` for users.
    package var to: String
    /// Calls, each with all its attempts.
    package var calls: UInt64
    package var callSuccesses: UInt64
    package var callFailures: UInt64
    /// Calls that the caller gave up because it no longer needed them.
    package var callsAbandoned: UInt64
    /// Attempts sent.
    package var requests: UInt64
    /// Of these, attempts after the first because one failed, and those because one was slow.
    package var retries: UInt64
    package var hedges: UInt64
    package var successes: UInt64
    package var failures: Failures
    package var refusals: Refusals
    /// Times a breaker opened.
    package var trips: UInt64
    /// Attempts neither answered nor given up when the run ended.
    package var inFlight: UInt64
    /// Answers that came after the caller had given up.
    package var lateAnswers: UInt64
    /// Requests that the network lost.
    package var lost: UInt64
    package var work: Work
    /// From sending a request to the arrival of its successful answer; `nil` when there was none.
    package var latency: LatencySummary?

    package var isUsers: Bool { from.hasPrefix(Self.userPrefix) }
    /// Attempts a call; 1 without calls.
    package var amplification: Double { calls == 0 ? 1 : Double(requests) / Double(calls) }
}

extension ServiceSummary: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, replicas, replicaSeconds, tier, requests, successes, failures, cancelled,
            inFlight, causes, times
        case work, utilisation, meanInSystem, kills, crashes, drained, probes
        case cacheHits, cacheMisses, staleReads, answersLost, pauseSeconds, throttledSeconds,
            latency
    }

    /// Writes a missing latency as null instead of leaving it out.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(replicas, forKey: .replicas)
        try container.encode(replicaSeconds, forKey: .replicaSeconds)
        try container.encode(tier, forKey: .tier)
        try container.encode(requests, forKey: .requests)
        try container.encode(successes, forKey: .successes)
        try container.encode(failures, forKey: .failures)
        try container.encode(cancelled, forKey: .cancelled)
        try container.encode(inFlight, forKey: .inFlight)
        try container.encode(causes, forKey: .causes)
        try container.encode(times, forKey: .times)
        try container.encode(work, forKey: .work)
        try container.encode(utilisation, forKey: .utilisation)
        try container.encode(meanInSystem, forKey: .meanInSystem)
        try container.encode(kills, forKey: .kills)
        try container.encode(crashes, forKey: .crashes)
        try container.encode(drained, forKey: .drained)
        try container.encode(probes, forKey: .probes)
        try container.encode(cacheHits, forKey: .cacheHits)
        try container.encode(cacheMisses, forKey: .cacheMisses)
        try container.encode(staleReads, forKey: .staleReads)
        try container.encode(answersLost, forKey: .answersLost)
        try container.encode(pauseSeconds, forKey: .pauseSeconds)
        try container.encode(throttledSeconds, forKey: .throttledSeconds)
        try container.encode(latency, forKey: .latency)
    }
}

extension EdgeSummary: Codable {
    private enum CodingKeys: String, CodingKey {
        case from, to, calls, callSuccesses, callFailures, callsAbandoned, requests, retries, hedges
        case successes, failures, refusals, trips, inFlight, lateAnswers, lost, work, latency
    }

    /// Writes a missing latency as null instead of leaving it out.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(from, forKey: .from)
        try container.encode(to, forKey: .to)
        try container.encode(calls, forKey: .calls)
        try container.encode(callSuccesses, forKey: .callSuccesses)
        try container.encode(callFailures, forKey: .callFailures)
        try container.encode(callsAbandoned, forKey: .callsAbandoned)
        try container.encode(requests, forKey: .requests)
        try container.encode(retries, forKey: .retries)
        try container.encode(hedges, forKey: .hedges)
        try container.encode(successes, forKey: .successes)
        try container.encode(failures, forKey: .failures)
        try container.encode(refusals, forKey: .refusals)
        try container.encode(trips, forKey: .trips)
        try container.encode(inFlight, forKey: .inFlight)
        try container.encode(lateAnswers, forKey: .lateAnswers)
        try container.encode(lost, forKey: .lost)
        try container.encode(work, forKey: .work)
        try container.encode(latency, forKey: .latency)
    }
}
