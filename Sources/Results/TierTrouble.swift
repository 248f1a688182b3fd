/// How much of what reached a tier failed there, for reasons of its own.
///
/// Own reasons are that its services rejected, shed or dropped a request, were unavailable, failed by
/// themselves or met a conflict, or that a caller gave an attempt up. A service that fails because its own
/// call did (`failed`) only hands trouble on.
package struct TierTrouble: Hashable, Sendable {
    package var tier: Int
    package var services: [String]
    /// Requests that reached the tier, and those of them that it let fail, by why.
    package var requests: UInt64
    package var failures: UInt64
    package var timeouts: UInt64

    /// In 0...1.
    package var share: Double {
        requests == 0 ? 0 : min(Double(failures &+ timeouts) / Double(requests), 1)
    }
}

extension RunSummary {
    /// By tier, from the users on.
    package var troubles: [TierTrouble] {
        var found: [Int: TierTrouble] = [:]
        var tiers: [String: Int] = [:]
        for service in services {
            tiers[service.name] = service.tier
            let own = service.failures
            var trouble =
                found[service.tier]
                ?? TierTrouble(
                    tier: service.tier, services: [], requests: 0, failures: 0, timeouts: 0)
            trouble.services.append(service.name)
            trouble.requests &+= service.requests
            trouble.failures &+= own.rejected &+ own.shed &+ own.expired &+ own.unavailable
            trouble.failures &+= own.error &+ own.conflict
            found[service.tier] = trouble
        }
        for edge in edges {
            let name =
                edge.isUsers
                ? edge.to.lastIndex(of: ".").map { String(edge.to[..<$0]) } ?? edge.to : edge.to
            guard let tier = tiers[name] else { continue }
            found[tier]?.timeouts &+= edge.failures.timeout
        }
        return found.values.sorted { $0.tier < $1.tier }
    }

    /// The tier that let the largest share of its requests fail; of those within a tenth of it the
    /// farthest from users, since trouble travels up from there. `nil` when nothing failed.
    package var worstTier: TierTrouble? {
        let troubles = troubles
        let most = troubles.map(\.share).max() ?? 0
        return most > 0 ? troubles.last { $0.share >= 0.9 * most } : nil
    }
}
