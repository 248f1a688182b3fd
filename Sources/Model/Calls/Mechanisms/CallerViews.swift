package import Kernel

/// How one replica of a caller chooses among the callee's replicas. Its ``ReplicaView`` records, one a
/// replica of the callee, are kept by the owner and passed in.
///
/// It knows what it has seen itself and what the callee has said about readiness, not what is true.
package struct CallerViews: BitwiseCopyable, Sendable {
    /// All ejections are over by then.
    private var lastReturn = SimulatedInstant.start
    /// Calls chosen for in turn.
    private var turn: UInt64
    /// What the last census found holds until then, unless a replica is ejected or its readiness changes.
    private var censusEnd = SimulatedInstant.start
    /// By the last census: replicas that are ready, and those of them that are not ejected.
    private var ready: UInt32 = 0
    private var left: UInt32 = 0

    /// `caller` is the caller's replica: replicas begin their turns at different places.
    package init(caller: Int) { turn = UInt64(truncatingIfNeeded: caller) }

    /// What one choice is made for.
    package struct Call: Sendable {
        /// For draws: the call's identity and attempt, for the purpose `balancing`.
        package var key: DrawKey
        /// For `ringHash`: the request's key, or the user's request without one.
        package var affinity: UInt64
        /// The caller's replica, for `subset`.
        package var caller: Int
        /// The caller's zone, for `zoneLocal`.
        package var zone: UInt16
        /// A replica not to be chosen if there is any other, for hedges; -1 for none.
        package var avoided: Int
        package init(
            key: DrawKey, affinity: UInt64 = 0, caller: Int = 0, zone: UInt16 = 0,
            avoided: Int = -1
        ) {
            self.key = key
            self.affinity = affinity
            self.caller = caller
            self.zone = zone
            self.avoided = avoided
        }
    }

    /// The replica that a call goes to; `nil` when none is ready.
    ///
    /// Ejected replicas are passed over, unless too few are left (panic) or none. O(1) expected for
    /// the turns and draws while few are ejected, O(n) for weights and fewest requests, and at the first
    /// choice after one was ejected, returned or changed its readiness.
    package mutating func choose(
        by rule: BalancingRule, among views: UnsafeBufferPointer<ReplicaView>,
        at now: SimulatedInstant, for call: Call, ejection: EjectionDescription? = nil
    ) -> Int? {
        let isPanic = isPanic(views, at: now, ejection)
        let eligible = Eligibility(views: views, now: now, isPanic: isPanic, avoided: call.avoided)
        if let replica = pick(rule, eligible, call) { return replica }
        if call.avoided < 0 && isPanic { return nil }
        let ready = Eligibility(views: views, now: now, isPanic: true, avoided: -1)
        guard call.avoided >= 0 else { return pick(rule, ready, call) }
        let others = Eligibility(views: views, now: now, isPanic: isPanic, avoided: -1)
        return pick(rule, others, call) ?? pick(rule, ready, call)
    }

    /// A call to `replica` ended as one that counts for or against it; whether that ejected it.
    package mutating func noteEnd(
        of replica: Int, success: Bool, among views: UnsafeMutableBufferPointer<ReplicaView>,
        at now: SimulatedInstant, ejection: EjectionDescription?
    ) -> Bool {
        guard replica >= 0 && replica < views.count else { return false }
        views[replica].noteEnd()
        guard let ejection else { return false }
        if success {
            views[replica].ejection.noteSuccess()
            return false
        }
        guard views[replica].ejection.noteFailure(at: now, under: ejection) else { return false }
        let (ready, ejected) = Self.census(UnsafeBufferPointer(views), at: now)
        guard EjectionState.allowsOneMore(ejected: ejected, of: ready, most: ejection.most) else {
            return false
        }
        views[replica].ejection.eject(at: now, under: ejection)
        lastReturn = max(lastReturn, views[replica].ejection.ejectedUntil)
        censusEnd = .start
        return true
    }

    /// The readiness of a replica in the views has changed.
    package mutating func noteReadiness() { censusEnd = .start }

    package var isValid: Bool {
        lastReturn.nanoseconds >= 0 && censusEnd.nanoseconds >= 0 && left <= ready
    }

    /// Replicas that are ready, and those of them that are ejected. O(n).
    package static func census(
        _ views: UnsafeBufferPointer<ReplicaView>, at now: SimulatedInstant
    ) -> (ready: Int, ejected: Int) {
        var ready = 0
        var ejected = 0
        for view in views where view.isReady {
            ready += 1
            if view.ejection.isEjected(at: now) { ejected += 1 }
        }
        return (ready, ejected)
    }

    private mutating func isPanic(
        _ views: UnsafeBufferPointer<ReplicaView>, at now: SimulatedInstant,
        _ ejection: EjectionDescription?
    ) -> Bool {
        guard let ejection, now < lastReturn else { return false }
        if now >= censusEnd {
            let census = Self.census(views, at: now)
            ready = UInt32(census.ready)
            left = UInt32(census.ready - census.ejected)
            censusEnd = lastReturn
            for view in views where view.ejection.isEjected(at: now) {
                censusEnd = min(censusEnd, view.ejection.ejectedUntil)
            }
        }
        return EjectionState.isPanic(
            left: Int(left), of: Int(ready), threshold: ejection.panic)
    }
}

// The ways to choose.
extension CallerViews {
    private mutating func pick(
        _ rule: BalancingRule, _ eligible: Eligibility, _ call: Call
    ) -> Int? {
        switch rule.kind {
        case .roundRobin: return next(eligible)
        case .random: return eligible.random(call.key, block: 0)
        case .weighted: return weighted(rule, eligible, call.key)
        case .leastRequests: return fewest(eligible, call.key)
        case .twoChoices: return betterOfTwo(eligible, call.key)
        case .ringHash: return rule.ring.replica(for: call.affinity, eligible)
        case .subset: return nextOfSubset(rule.size, eligible, call.caller)
        case .zoneLocal: return nextInZone(call.zone, eligible)
        }
    }

    /// The next in turn, and the turn passes to the one after it.
    private mutating func next(_ eligible: Eligibility) -> Int? {
        next(below: eligible.views.count, { $0 }, where: { eligible[$0] })
    }

    /// Over all when none of the zone is left.
    private mutating func nextInZone(_ zone: UInt16, _ eligible: Eligibility) -> Int? {
        let views = eligible.views
        let local = next(
            below: views.count, { $0 }, where: { views[$0].zone == zone && eligible[$0] })
        return local ?? next(eligible)
    }

    /// Over all when none of the subset is left.
    private mutating func nextOfSubset(
        _ size: Int, _ eligible: Eligibility, _ caller: Int
    ) -> Int? {
        let subset = Subset(of: size, among: eligible.views.count, caller: caller)
        let member = next(below: subset.count, { subset[$0] }, where: { eligible[$0] })
        return member ?? next(eligible)
    }

    @inline(__always)
    private mutating func next(
        below count: Int, _ replica: (Int) -> Int, where isEligible: (Int) -> Bool
    ) -> Int? {
        if count == 0 { return nil }
        let first = Int(turn % UInt64(count))
        for step in 0..<count {
            let place = first + step
            let candidate = replica(place < count ? place : place - count)
            if isEligible(candidate) {
                turn = UInt64((place + 1) % count)
                return candidate
            }
        }
        return nil
    }

    /// In proportion to the weights; evenly when all that are left weigh nothing.
    private func weighted(
        _ rule: BalancingRule, _ eligible: Eligibility, _ key: DrawKey
    ) -> Int? {
        var total = 0.0
        for replica in eligible.views.indices where eligible[replica] {
            total += rule.weight(of: replica)
        }
        if !(total > 0) { return eligible.random(key, block: 0) }
        var rest = key.uniform() * total
        var last: Int?
        for replica in eligible.views.indices where eligible[replica] {
            let weight = rule.weight(of: replica)
            if weight == 0 { continue }
            last = replica
            rest -= weight
            if rest < 0 { return replica }
        }
        return last
    }

    private func fewest(_ eligible: Eligibility, _ key: DrawKey) -> Int? {
        var least = UInt32.max
        var number = 0
        for replica in eligible.views.indices where eligible[replica] {
            let outstanding = eligible.views[replica].outstanding
            if outstanding < least {
                least = outstanding
                number = 0
            }
            if outstanding == least { number += 1 }
        }
        if number == 0 { return nil }
        var rank = number == 1 ? 0 : scaled(key.block(0).0, below: number)
        for replica in eligible.views.indices
        where eligible.views[replica].outstanding == least && eligible[replica] {
            if rank == 0 { return replica }
            rank -= 1
        }
        return nil
    }

    /// Two different replicas are drawn, if there are two; the first of equals is taken.
    private func betterOfTwo(_ eligible: Eligibility, _ key: DrawKey) -> Int? {
        guard let first = eligible.random(key, block: 0) else { return nil }
        guard let second = eligible.random(key, block: 1, other: first) else { return first }
        let views = eligible.views
        return views[second].outstanding < views[first].outstanding ? second : first
    }
}
