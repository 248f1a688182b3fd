package import Results

/// The ledger as a flow: core time from the tiers that computed it to what became of it.
package struct LedgerFlow: Sendable {
    package struct Band: Hashable, Sendable {
        package var name: String
        /// Core time in seconds.
        package var amount: Double
    }

    /// By tier, from users on: core time computed.
    package var sources: [Band]
    /// What became of it; the sum is that of the sources.
    package var fates: [Band]

    package var total: Double { sources.reduce(0) { $0 + $1.amount } }

    package init(_ summary: RunSummary) {
        var byTier: [Int: (names: [String], work: Double)] = [:]
        for service in summary.services {
            byTier[service.tier, default: ([], 0)].names.append(service.name)
            byTier[service.tier, default: ([], 0)].work += service.work.computed
        }
        sources = byTier.sorted { $0.key < $1.key }.filter { $0.value.work > 0 }.map { tier, own in
            let names =
                own.names.count <= 3
                ? own.names.joined(separator: ", ") : "\(own.names.count) services"
            return Band(name: "tier \(tier): \(names)", amount: own.work)
        }
        let work = summary.ledger.work
        fates = [
            Band(name: "useful", amount: work.useful),
            Band(name: "told of by failures", amount: work.failed),
            Band(name: "late", amount: work.late), Band(name: "dropped", amount: work.dropped),
            Band(name: "lost by the network", amount: work.lost),
            Band(name: "in the background", amount: work.background),
            Band(name: "unfinished", amount: work.inServices + work.inTransit),
        ].filter { $0.amount > 0 }
    }
}

/// Who created load: the requests that reached each tier, by what made them.
package struct CauseFlow: Sendable {
    package struct Tier: Hashable, Sendable {
        package var tier: Int
        /// First attempts all the way from users.
        package var first: UInt64
        /// By tier from 1 on: retries made there.
        package var retries: [UInt64]
        package var hedges: UInt64

        package var all: UInt64 { first &+ retries.reduce(0, &+) &+ hedges }
    }

    package var tiers: [Tier]
    /// Calls that users began.
    package var userCalls: UInt64

    package init(_ summary: RunSummary) {
        userCalls = summary.ledger.userCalls
        var byTier: [Int: Tier] = [:]
        for service in summary.services {
            var tier =
                byTier[service.tier] ?? Tier(tier: service.tier, first: 0, retries: [], hedges: 0)
            tier.first &+= service.causes.first
            tier.hedges &+= service.causes.hedges
            for (index, count) in service.causes.retries.enumerated() {
                while tier.retries.count <= index { tier.retries.append(0) }
                tier.retries[index] &+= count
            }
            byTier[service.tier] = tier
        }
        tiers = byTier.values.sorted { $0.tier < $1.tier }
    }
}
