import Coordination

/// Who created load in the whole system, and where work was wasted.
package struct LedgerSummary: Codable, Hashable, Sendable {
    /// Core time in seconds; `computed` is the sum of all others.
    package struct Work: Codable, Hashable, Sendable {
        package var computed: Double
        /// Told of by successes that reached their users in time.
        package var useful: Double
        /// Told of by failures, at users and at services.
        package var failed: Double
        /// Told of by answers whose caller had given up.
        package var late: Double
        package var dropped: Double
        package var lost: Double
        package var background: Double
        /// Of requests in services, and of answers on their way, at the end.
        package var inServices: Double
        package var inTransit: Double
    }

    /// The attempts that one tier makes. Users are tier 1.
    package struct Tier: Codable, Hashable, Sendable {
        package var tier: Int
        /// Who makes them; at most eight names, then how many more.
        package var callers: [String]
        package var calls: UInt64
        package var attempts: UInt64
        package var retries: UInt64
        package var hedges: UInt64
        /// Attempts for each call of a user.
        package var attemptsPerUserCall: Double
        /// Attempts for each call of this tier.
        package var amplification: Double
    }

    package var userCalls: UInt64
    package var userSuccesses: UInt64
    package var work: Work
    /// Ascending by tier.
    package var tiers: [Tier]
}

extension LedgerSummary {
    /// `tiers` and `names` are those of the services.
    init(
        _ account: WorkAccount, edges: [EdgeSummary], services: [ServiceSummary], tiers: [Int],
        names: [String]
    ) {
        let users = edges.filter(\.isUsers)
        userCalls = users.reduce(0) { $0 &+ $1.calls }
        userSuccesses = users.reduce(0) { $0 &+ $1.callSuccesses }
        work = Work(
            computed: seconds(account.computed), useful: seconds(account.useful),
            failed: seconds(account.failed), late: seconds(account.late),
            dropped: seconds(account.dropped), lost: seconds(account.lost),
            background: seconds(account.background), inServices: seconds(account.inServices),
            inTransit: Double(account.inTransit) / 1e9)
        var numbers: [String: Int] = [:]
        for (name, tier) in zip(names, tiers) { numbers[name] = tier }
        var byTier: [Int: [EdgeSummary]] = [:]
        for edge in edges {
            byTier[edge.isUsers ? 1 : numbers[edge.from] ?? 2, default: []].append(edge)
        }
        let userCalls = userCalls
        self.tiers = byTier.sorted { $0.key < $1.key }.map { tier, edges in
            Tier(tier, edges, userCalls: userCalls)
        }
    }
}

extension LedgerSummary.Tier {
    fileprivate init(_ tier: Int, _ edges: [EdgeSummary], userCalls: UInt64) {
        self.tier = tier
        callers = []
        for edge in edges where callers.last != edge.from { callers.append(edge.from) }
        let most = 8
        if callers.count > most {
            callers = callers.prefix(most - 1) + ["\(callers.count - most + 1) more"]
        }
        calls = edges.reduce(0) { $0 &+ $1.calls }
        attempts = edges.reduce(0) { $0 &+ $1.requests }
        retries = edges.reduce(0) { $0 &+ $1.retries }
        hedges = edges.reduce(0) { $0 &+ $1.hedges }
        attemptsPerUserCall = userCalls == 0 ? 0 : Double(attempts) / Double(userCalls)
        amplification = calls == 0 ? 1 : Double(attempts) / Double(calls)
    }
}
