import Kernel
import Model
import Testing

@Suite("A caller's view of its callee's replicas")
struct CallerViewsTests {
    /// The views of one replica of a caller, and its rule.
    private struct Caller {
        var views: [ReplicaView]
        var state: CallerViews
        let rule: BalancingRule
        var ejection: EjectionDescription?
        let replica: Int
        var calls: UInt64 = 0

        init(_ balancing: CallerBalancing, replicas: Int, replica: Int = 0) {
            views = (0..<replicas).map { ReplicaView(zone: UInt16($0 % 3)) }
            state = CallerViews(caller: replica)
            rule = BalancingRule(balancing, replicas: replicas)
            self.replica = replica
        }

        mutating func choose(
            at now: SimulatedInstant = .start, affinity: UInt64 = 0, zone: UInt16 = 0,
            avoided: Int = -1
        ) -> Int? {
            calls += 1
            let key = DrawKey(seed: 3, identity: calls, purpose: .balancing)
            let call = CallerViews.Call(
                key: key, affinity: affinity, caller: replica, zone: zone, avoided: avoided)
            return views.withUnsafeBufferPointer {
                state.choose(by: rule, among: $0, at: now, for: call, ejection: ejection)
            }
        }

        mutating func fail(_ replica: Int, times: Int, at now: SimulatedInstant) -> Bool {
            views.withUnsafeMutableBufferPointer { views in
                var ejected = false
                for _ in 0..<times {
                    ejected = state.noteEnd(
                        of: replica, success: false, among: views, at: now, ejection: ejection)
                }
                return ejected
            }
        }

        /// How often each replica is chosen.
        mutating func counts(_ calls: Int, at now: SimulatedInstant = .start) -> [Int] {
            var counts = [Int](repeating: 0, count: views.count)
            for call in 0..<calls {
                if let replica = choose(at: now, affinity: UInt64(call)) { counts[replica] += 1 }
            }
            return counts
        }
    }

    private static let rules: [CallerBalancing] = [
        .roundRobin, .random, .weighted([1, 2, 3, 4]), .leastRequests, .twoChoices, .ringHash,
        .subset(2), .zoneLocal,
    ]

    @Test("Turns are even, from a place of the caller's own")
    func roundRobin() {
        var caller = Caller(.roundRobin, replicas: 4, replica: 2)
        #expect((0..<5).map { _ in caller.choose() } == [2, 3, 0, 1, 2])
        caller.views[3].isReady = false
        #expect((0..<4).map { _ in caller.choose() } == [0, 1, 2, 0])
    }

    @Test("Random choices are even, weighted ones in proportion")
    func draws() {
        var even = Caller(.random, replicas: 4)
        for count in even.counts(20_000) { #expect(abs(count - 5_000) < 250) }
        even.views[1].isReady = false
        let counts = even.counts(20_000)
        #expect(counts[1] == 0)
        for replica in [0, 2, 3] { #expect(abs(counts[replica] - 6_667) < 280) }
        var weighted = Caller(.weighted([1, 0, 3, 6]), replicas: 4)
        let shares = weighted.counts(20_000)
        #expect(shares[1] == 0)
        for (replica, expected) in [(0, 2_000), (2, 6_000), (3, 12_000)] {
            #expect(abs(shares[replica] - expected) < 280)
        }
        weighted.views[2].isReady = false
        weighted.views[3].isReady = false
        weighted.views[0].isReady = false
        #expect(weighted.choose() == 1)
    }

    @Test("The replica with the fewest outstanding calls is chosen, equals evenly")
    func leastRequests() {
        var caller = Caller(.leastRequests, replicas: 4)
        for replica in [0, 0, 2, 3] { caller.views[replica].noteSent() }
        #expect(caller.choose() == 1)
        caller.views[1].noteSent()
        let counts = caller.counts(9_000)
        #expect(counts[0] == 0)
        for replica in 1...3 { #expect(abs(counts[replica] - 3_000) < 200) }
        caller.views[0].noteEnd()
        caller.views[0].noteEnd()
        #expect(caller.choose() == 0)
    }

    @Test("Two choices even out what random choices do not")
    func twoChoices() {
        func most(_ balancing: CallerBalancing) -> UInt32 {
            var caller = Caller(balancing, replicas: 100)
            for _ in 0..<10_000 {
                if let replica = caller.choose() { caller.views[replica].noteSent() }
            }
            return caller.views.map(\.outstanding).max() ?? 0
        }
        // Balls into bins, 100 a bin: about 125 at random, no more than a few above with two choices.
        #expect(most(.random) > 115)
        #expect(most(.twoChoices) <= 104)
    }

    @Test("On the ring a key stays with its replica, and only a lost replica's keys move")
    func ring() {
        var caller = Caller(.ringHash, replicas: 10)
        let before = (0..<5_000 as Range<UInt64>).map { caller.choose(affinity: $0) ?? -1 }
        #expect(before == (0..<5_000 as Range<UInt64>).map { caller.choose(affinity: $0) ?? -1 })
        for replica in 0..<10 {
            let share = before.count { $0 == replica }
            #expect(share > 300 && share < 750)
        }
        caller.views[4].isReady = false
        let after = (0..<5_000 as Range<UInt64>).map { caller.choose(affinity: $0) ?? -1 }
        for (old, new) in zip(before, after) {
            #expect(old == 4 ? new != 4 : new == old)
        }
    }

    @Test("Deterministic subsets give each replica of the callee as many callers")
    func subsets() {
        var connections = [Int](repeating: 0, count: 300)
        for caller in 0..<300 {
            let subset = Subset(of: 10, among: 300, caller: caller)
            let members = (0..<subset.count).map { subset[$0] }
            #expect(Set(members).count == 10)
            for member in members { connections[member] += 1 }
        }
        #expect(connections.allSatisfy { $0 == 10 })
        // 12 of 3 among 10 callers (SRE's example): 4 a round, the third round half full.
        var loads = [Int](repeating: 0, count: 12)
        for caller in 0..<10 {
            let subset = Subset(of: 3, among: 12, caller: caller)
            for index in 0..<subset.count { loads[subset[index]] += 1 }
        }
        #expect(loads.allSatisfy { $0 == 2 || $0 == 3 })
        #expect(loads.reduce(0, +) == 30)
    }

    @Test("A caller keeps to its subset while any of it is left")
    func subsetTurns() {
        var caller = Caller(.subset(3), replicas: 12, replica: 5)
        let subset = Subset(of: 3, among: 12, caller: 5)
        let members = (0..<3).map { subset[$0] }
        let counts = caller.counts(300)
        for replica in 0..<12 { #expect(counts[replica] == (members.contains(replica) ? 100 : 0)) }
        caller.views[members[0]].isReady = false
        #expect(caller.counts(300)[members[1]] == 150)
        caller.views[members[1]].isReady = false
        caller.views[members[2]].isReady = false
        #expect(caller.choose() != nil)
    }

    @Test("Calls stay in the caller's zone while a replica is left there")
    func zones() {
        var caller = Caller(.zoneLocal, replicas: 6)
        #expect(Set((0..<6).compactMap { _ in caller.choose(zone: 1) }) == [1, 4])
        caller.views[1].isReady = false
        #expect(caller.choose(zone: 1) == 4)
        caller.views[4].isReady = false
        #expect(Set((0..<8).compactMap { _ in caller.choose(zone: 1) }) == [0, 2, 3, 5])
    }

    @Test("Every way to choose finds the last replica that is ready, and none when none is")
    func lastOne() {
        for balancing in Self.rules {
            var caller = Caller(balancing, replicas: 4, replica: 1)
            for replica in 0..<3 { caller.views[replica].isReady = false }
            #expect(caller.choose() == 3)
            #expect(caller.choose(avoided: 3) == 3)
            caller.views[3].isReady = false
            #expect(caller.choose() == nil)
            var nobody = Caller(balancing, replicas: 0)
            #expect(nobody.choose() == nil)
        }
    }

    @Test("A hedge goes elsewhere when there is an elsewhere")
    func avoiding() {
        for balancing in Self.rules {
            var caller = Caller(balancing, replicas: 4)
            for _ in 0..<50 { #expect(caller.choose(avoided: 2) != 2) }
        }
    }

    @Test("A replica that fails five times in a row is ejected, for longer each time")
    func ejection() {
        let description = EjectionDescription(cap: .seconds(70))
        var caller = Caller(.roundRobin, replicas: 4)
        caller.ejection = description
        let failed = caller.fail(2, times: 4, at: .start)
        #expect(!failed)
        let ejected = caller.fail(2, times: 1, at: .start)
        #expect(ejected)
        let early = SimulatedInstant.start + .seconds(29)
        #expect(caller.counts(30, at: early) == [10, 10, 0, 10])
        var now = SimulatedInstant.start + .seconds(30)
        #expect(caller.counts(40, at: now) == [10, 10, 10, 10])
        for seconds in [60, 70, 70] as [Int64] {
            let again = caller.fail(2, times: 5, at: now)
            #expect(again)
            now = now + .seconds(seconds)
            #expect(caller.views[2].ejection.ejectedUntil == now)
        }
        #expect(caller.views[2].ejection.ejections == 4)
        #expect(caller.state.isValid && caller.views.allSatisfy(\.isValid))
    }

    @Test("Each ten seconds that a replica is not ejected make up for an ejection")
    func forgivenEjections() {
        var caller = Caller(.roundRobin, replicas: 4)
        caller.ejection = EjectionDescription()
        var now = SimulatedInstant.start
        for (soundFor, ejectedFor) in [(0, 30), (9, 60), (20, 30), (10, 30), (0, 60), (600, 30)]
            as [(Int64, Int64)]
        {
            now = now + .seconds(soundFor)
            let isEjected = caller.fail(2, times: 5, at: now)
            #expect(isEjected)
            now = now + .seconds(ejectedFor)
            #expect(caller.views[2].ejection.ejectedUntil == now)
        }
    }

    @Test("Replicas that return or become ready count at once")
    func panicEnds() {
        var caller = Caller(.roundRobin, replicas: 4)
        caller.ejection = EjectionDescription(most: 1, panic: 0.6)
        _ = caller.fail(0, times: 5, at: .start)
        #expect(caller.counts(30) == [0, 10, 10, 10])
        caller.views[1].isReady = false
        caller.views[2].isReady = false
        caller.state.noteReadiness()
        // One of two is less than 60 %.
        #expect(caller.counts(20) == [10, 0, 0, 10])
        caller.views[1].isReady = true
        caller.state.noteReadiness()
        #expect(caller.counts(20) == [0, 10, 0, 10])
        // The second is ejected later and returns later: two of three are left, then one, then all.
        let later = SimulatedInstant.start + .seconds(10)
        _ = caller.fail(1, times: 5, at: later)
        #expect(caller.counts(30, at: later) == [10, 10, 0, 10])
        let afterFirst = SimulatedInstant.start + .seconds(30)
        #expect(caller.counts(20, at: afterFirst) == [10, 0, 0, 10])
        let afterBoth = SimulatedInstant.start + .seconds(40)
        #expect(caller.counts(30, at: afterBoth) == [10, 10, 0, 10])
    }

    @Test("While one of many is ejected, turns are as cheap as ever", .timeLimit(.minutes(1)))
    func cheapTurns() {
        var caller = Caller(.roundRobin, replicas: 65_535)
        caller.ejection = EjectionDescription()
        _ = caller.fail(7, times: 5, at: .start)
        var last: Int?
        for _ in 0..<4_000_000 { last = caller.choose() }
        #expect(last != 7)
    }

    @Test("No more than the cap are ejected at once, but one may always be")
    func ejectionCap() {
        #expect(EjectionState.allowsOneMore(ejected: 0, of: 3, most: 0.1))
        #expect(!EjectionState.allowsOneMore(ejected: 1, of: 10, most: 0.1))
        #expect(EjectionState.allowsOneMore(ejected: 1, of: 20, most: 0.1))
        var caller = Caller(.roundRobin, replicas: 10)
        caller.ejection = EjectionDescription(most: 0.3)
        let ejected = (0..<10).count { caller.fail($0, times: 5, at: .start) }
        #expect(ejected == 3)
    }

    @Test("When too few are left, all are called again")
    func panic() {
        var caller = Caller(.roundRobin, replicas: 4)
        caller.ejection = EjectionDescription(most: 1, panic: 0.5)
        _ = caller.fail(0, times: 5, at: .start)
        _ = caller.fail(1, times: 5, at: .start)
        #expect(caller.counts(40) == [0, 0, 20, 20])
        _ = caller.fail(2, times: 5, at: .start)
        #expect(caller.counts(40) == [10, 10, 10, 10])
        caller.ejection?.panic = 0
        #expect(caller.counts(40) == [0, 0, 0, 40])
        // None left at all: better an ejected one than none.
        _ = caller.fail(3, times: 5, at: .start)
        #expect(caller.counts(40) == [10, 10, 10, 10])
    }
}
