import Kernel

/// A ``CallerBalancing`` made ready for choosing among a number of replicas. Immutable: part of the
/// program, not of the state.
package struct BalancingRule: Sendable {
    package enum Kind: UInt8, Sendable {
        case roundRobin, random, weighted, leastRequests, twoChoices, ringHash, subset, zoneLocal
    }
    package let kind: Kind
    /// Of `subset`.
    let size: Int
    /// Of `weighted`; replicas beyond them weigh one.
    let weights: TrivialArray<Double>
    let ring: HashRing

    /// `replicas` is the most that the callee can have.
    package init(_ balancing: CallerBalancing, replicas: Int) {
        var size = 0
        var weights: [Double] = []
        switch balancing {
        case .roundRobin: kind = .roundRobin
        case .random: kind = .random
        case .weighted(let values):
            kind = .weighted
            weights = values
        case .leastRequests: kind = .leastRequests
        case .twoChoices: kind = .twoChoices
        case .ringHash: kind = .ringHash
        case .subset(let count):
            kind = .subset
            size = count
        case .zoneLocal: kind = .zoneLocal
        }
        self.size = size
        self.weights = TrivialArray(weights)
        ring = HashRing(replicas: kind == .ringHash ? replicas : 0)
    }

    func weight(of replica: Int) -> Double {
        replica < weights.count ? max(0, weights[replica]) : 1
    }
}
