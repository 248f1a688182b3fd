import Coordination
import Kernel
import Model
import Testing

@Suite("Caches in a service")
struct CachingTests {
    private func cached(
        _ inner: [StepDescription], _ cache: CacheDescription,
        _ arrivals: ArrivalDescription, replicas: Int = 1
    ) -> ServiceDescription {
        var service = store(
            [.cached(cache: 0, inner)], replicas: replicas, arrivals: [arrivals])
        service.caches = [cache]
        return service
    }

    private func cache(
        capacity: Int = 10, timeToLive: SimulatedDuration? = nil, isShared: Bool = true,
        isSingleFlight: Bool = false, warm: Double = 0
    ) -> CacheDescription {
        CacheDescription(
            name: "cache", keyspace: 0, capacity: capacity, timeToLive: timeToLive,
            isShared: isShared, isSingleFlight: isSingleFlight, warm: warm)
    }

    @Test(
        "Of ten that miss one key, all fetch it; with single-flight one does",
        arguments: [false, true])
    func stampede(isSingleFlight: Bool) {
        let service = cached(
            [compute(10)], cache(isSingleFlight: isSingleFlight), users(10, every: 0.5))
        let outcome = ModelDescription.of([service], keys: [.keys(1)]).run()
        let counters = outcome.processes[0].counters
        #expect(outcome.violations.isEmpty)
        #expect(counters.succeeded == 10)
        #expect(counters.cacheMisses == 10)
        #expect(counters.cacheHits == 0)
        #expect(counters.computeTime == (isSingleFlight ? 10_000_000 : 100_000_000))
        // The last came at 5 ms, the first to come had the key at 10.5 ms.
        #expect(outcome.userLatencies() == (isSingleFlight ? [5.5, 10] : [10, 10]))
        // Nine wait: from 1, 1.5, ... 5 ms until 10.5 ms.
        #expect(counters.times.lock == (isSingleFlight ? 67_500_000 : 0))
    }

    @Test("What was fetched is a hit until its time is over")
    func timeToLive() {
        let service = cached(
            [compute(1)], cache(timeToLive: .milliseconds(100)), users(50, every: 10))
        let counters = ModelDescription.of([service], keys: [.keys(1)]).run().processes[0].counters
        // Fetched at 10, filled at 11, stale at 111: so the one at 120 fetches, at 230, 340, 450.
        #expect(counters.cacheMisses == 5)
        #expect(counters.cacheHits == 45)
    }

    @Test("When the one who fetches fails, the next who waits fetches in its stead")
    func handOver() {
        let service = cached(
            [compute(1), .fail(probability: 1)], cache(isSingleFlight: true), users(5, every: 0.1))
        let outcome = ModelDescription.of([service], keys: [.keys(1)]).run()
        #expect(outcome.violations.isEmpty)
        #expect(outcome.processes[0].counters.errors == 5)
        // One after another, though there are cores for all: 0.1 + 5 ms, the last from 0.5 ms on.
        #expect(outcome.processes[0].counters.sojournSum == 13_500_000 + 500_000)
    }

    @Test("Thousands who wait for a fetch go on, or fail one by one, without piling up")
    func manyWaiters() {
        for probability in [0.0, 1] {
            let service = cached(
                [.maybe(probability: 1, [compute(100)]), .fail(probability: probability)],
                cache(isSingleFlight: true), users(50_000, every: 0.001))
            let outcome = ModelDescription.of([service], keys: [.keys(1)])
                .run(milliseconds: 10_000_000)
            #expect(outcome.violations.isEmpty)
            #expect(outcome.processes[0].counters.answered == 50_000)
        }
    }

    @Test("Replicas with caches of their own each fetch what they need")
    func ownCaches() {
        let shared = cached([compute(1)], cache(), users(100, every: 2), replicas: 4)
        let own = cached([compute(1)], cache(isShared: false), users(100, every: 2), replicas: 4)
        let keys = [KeyspaceDescription.keys(1)]
        let one = ModelDescription.of([shared], keys: keys).run().processes[0].counters
        #expect(one.cacheMisses == 1)
        let four = ModelDescription.of([own], keys: keys).run().processes[0].counters
        #expect(four.cacheMisses == 4)
    }

    @Test("A warm cache has the popular keys; a fault empties it")
    func flush() {
        let service = cached([compute(1)], cache(capacity: 5, warm: 1), users(100, every: 2))
        let keys = [KeyspaceDescription.keys(5)]
        let warm = ModelDescription.of([service], keys: keys).run().processes[0].counters
        #expect(warm.cacheMisses == 0)
        let fault = FaultDescription(
            name: "flush", effect: .flush(ServiceID(0), cache: nil),
            schedule: .window(from: .start + .milliseconds(101), until: nil))
        let flushed = ModelDescription.of([service], keys: keys, faults: [fault]).run()
        #expect(flushed.processes[0].counters.cacheMisses == 5)
        #expect(flushed.violations.isEmpty)
    }

    @Test("A replica that starts again begins with an empty cache of its own")
    func restart() {
        var service = cached(
            [compute(1)], cache(isShared: false), users(400, every: 10), replicas: 2)
        service.lifeCycle = LifeCycleDescription()
        let fault = FaultDescription(
            name: "kill", effect: .kill(ServiceID(0), .list([1])),
            schedule: .window(from: .start + .milliseconds(105), until: nil))
        let outcome = ModelDescription.of([service], keys: [.keys(1)], faults: [fault])
            .run(milliseconds: 5000)
        #expect(outcome.violations.isEmpty)
        #expect(outcome.processes[0].counters.cacheMisses == 3)
    }

    /// Che, Tung and Wang, "Hierarchical web caching systems" (IEEE JSAC 20, 2002): the hit ratio of an
    /// LRU cache of capacity C is Σ p (1 - exp(-p t)) with t such that Σ (1 - exp(-p t)) = C.
    @Test("The hit ratio of a service's cache is that of Che's approximation")
    func che() {
        let (count, capacity, exponent) = (1000, 100, 0.8)
        let sampler = ZipfSampler(count: count, exponent: exponent)
        let shares = (0..<count).map { sampler.probability(of: $0) }
        func held(_ time: Double) -> Double {
            shares.reduce(0) { $0 + 1 - ExactMath.exp(-$1 * time) }
        }
        var (low, high) = (0.0, 1e7)
        for _ in 0..<100 {
            let middle = (low + high) / 2
            if held(middle) < Double(capacity) { low = middle } else { high = middle }
        }
        let expected = shares.reduce(0) { $0 + $1 * (1 - ExactMath.exp(-$1 * low)) }
        let service = cached([compute(0.01)], cache(capacity: capacity), poisson(2000))
        let outcome = ModelDescription.of([service], keys: [.keys(count, zipf: exponent)])
            .run(milliseconds: 60_000)
        let counters = outcome.processes[0].counters
        let ratio =
            Double(counters.cacheHits) / Double(counters.cacheHits + counters.cacheMisses)
        #expect(abs(ratio - expected) < 0.01, "\(ratio), not \(expected)")
    }
}

@Suite("Rows that requests contend for")
struct RowContentionTests {
    private func locked(
        _ mode: LockDescription.Mode, _ inner: [StepDescription], users count: Int,
        threads: Int? = nil, holds: Bool = true, wait: SimulatedDuration? = nil
    ) -> ServiceDescription {
        var service = service(
            [.locked(lock: 0, inner)], cores: 64, threads: threads, holds: holds,
            arrivals: [users(count, every: 1)])
        service.locks = [LockDescription(name: "rows", keyspace: 0, mode: mode, wait: wait)]
        return service
    }

    @Test("A request that has waited for a row as long as it may fails, and others have it sooner")
    func limitedWait() {
        let service = locked(.exclusive, [compute(10)], users: 5, wait: .milliseconds(15))
        let outcome = ModelDescription.of([service], keys: [.keys(1)]).run()
        #expect(outcome.violations.isEmpty)
        // They come at 1 to 5 ms. The second has the row from 11 ms; the others give up at 18 to 20 ms.
        #expect(outcome.processes[0].counters.succeeded == 2)
        #expect(outcome.processes[0].counters.conflicts == 3)
        #expect(outcome.processes[0].counters.times.lock == (9 + 3 * 15) * 1_000_000)
    }

    @Test(
        "A limit of waiting holds whether threads wait with their requests or not, and errors cost",
        arguments: [true, false])
    func limitedWaitOfFewThreads(holds: Bool) {
        var front = locked(
            .exclusive, [.call([callTo(1)])], users: 20, threads: 2, holds: holds,
            wait: .milliseconds(7))
        front.serving.errorWork = always(1)
        let outcome = ModelDescription.of(
            [front, service([compute(1)])], keys: [.keys(1)]
        ).run()
        let counters = outcome.processes[0].counters
        #expect(outcome.violations.isEmpty)
        #expect(counters.succeeded + counters.conflicts == 20 && counters.inSystem == 0)
        #expect(counters.succeeded > 2 && (counters.conflicts > 0) == !holds)
    }

    /// Two requests that lock two rows in opposite orders, 5 ms apart.
    private func deadlocked(wait: SimulatedDuration?) -> ServiceDescription {
        func both(_ first: Int, _ second: Int) -> [StepDescription] {
            [.locked(lock: first, [compute(5), .locked(lock: second, [compute(5)])])]
        }
        var service = service(
            both(0, 1), both(1, 0), cores: 4, arrivals: [users(1), users(1, endpoint: 1)])
        service.locks = (0..<2).map {
            LockDescription(name: "rows \($0)", keyspace: 0, mode: .exclusive, wait: wait)
        }
        return service
    }

    @Test("Requests that lock two rows in opposite orders wait for ever, or until one gives up")
    func deadlock() {
        let keys = [KeyspaceDescription.keys(1)]
        let stuck = ModelDescription.of([deadlocked(wait: nil)], keys: keys).run()
        #expect(stuck.violations.isEmpty)
        #expect(stuck.processes[0].counters.inSystem == 2)
        let freed = ModelDescription.of([deadlocked(wait: .milliseconds(20))], keys: keys).run()
        #expect(freed.violations.isEmpty)
        // Both would give up at 26 ms; the first to do so leaves the other its row.
        #expect(freed.processes[0].counters.succeeded == 1)
        #expect(freed.processes[0].counters.conflicts == 1)
        #expect(freed.processes[0].latencies[0].maximum == .milliseconds(30))
    }

    @Test("A caller tries again what has waited for a row too long")
    func retriedWait() {
        let front = caller([users(2)]) { $0.retry = RetryPolicy(attempts: 3) }
        let back = locked(.exclusive, [compute(30)], users: 0, wait: .milliseconds(20))
            .with { $0.arrivals = [] }
        let outcome = ModelDescription.of([front, back], keys: [.keys(1)]).run()
        #expect(outcome.violations.isEmpty)
        #expect(outcome.processes[0].counters.succeeded == 2)
        #expect(outcome.processes[1].counters.conflicts == 1)
    }

    @Test("One row is for one at a time; many rows are not")
    func exclusive() {
        let service = locked(.exclusive, [compute(10)], users: 5)
        let one = ModelDescription.of([service], keys: [.keys(1)]).run()
        #expect(one.violations.isEmpty)
        #expect(one.userLatencies() == [10, 46])
        #expect(one.processes[0].counters.times.lock == (9 + 18 + 27 + 36) * 1_000_000)
        let many = ModelDescription.of([service], keys: [.keys(1 << 30)]).run()
        #expect(many.userLatencies() == [10, 10])
    }

    @Test("A request that fails gives its row up")
    func failure() {
        let service = locked(.exclusive, [compute(1), .fail(probability: 1)], users: 5)
        let outcome = ModelDescription.of([service], keys: [.keys(1)]).run()
        #expect(outcome.violations.isEmpty)
        #expect(outcome.processes[0].counters.errors == 5)
    }

    @Test("A lock inside itself does not wait for itself", arguments: LockDescription.Mode.allCases)
    func nested(mode: LockDescription.Mode) {
        let service = locked(mode, [.locked(lock: 0, [compute(1)]), compute(1)], users: 3)
        let outcome = ModelDescription.of([service], keys: [.keys(1 << 30)]).run()
        #expect(outcome.violations.isEmpty)
        #expect(outcome.processes[0].counters.succeeded == 3)
        #expect(outcome.userLatencies() == [2, 2])
    }

    @Test("Of those who work on a row at once, the first to end wins")
    func optimistic() {
        // They begin at 1, 2, ... 5 ms and end 10 ms later.
        let crowd = ModelDescription.of(
            [locked(.optimistic, [compute(10)], users: 5)], keys: [.keys(1)]
        ).run()
        #expect(crowd.violations.isEmpty)
        #expect(crowd.processes[0].counters.succeeded == 1)
        #expect(crowd.processes[0].counters.conflicts == 4)
        let queue = ModelDescription.of(
            [locked(.optimistic, [compute(0.5)], users: 5)], keys: [.keys(1)]
        ).run()
        #expect(queue.processes[0].counters.succeeded == 5)
    }

    @Test("A few threads that do not wait for rows are enough for the one who has the row")
    func threads() {
        var front = locked(
            .exclusive, [.call([callTo(1)])], users: 20, threads: 2, holds: false)
        front.replicas = 2
        let outcome = ModelDescription.of(
            [front, service([compute(1)])], keys: [.keys(1)]
        ).run()
        #expect(outcome.violations.isEmpty)
        #expect(outcome.processes[0].counters.succeeded == 20)
    }
}

@Suite("Shards and replicas of data")
struct ShardTests {
    @Test("All requests for one key go to one replica, those for many keys to all")
    func hotShard() {
        let service = store(
            [compute(10)], replicas: 4, cores: 1, balancing: .byKey,
            arrivals: [users(100, every: 5)])
        var keyed = service
        keyed.endpoints[0].keyspace = 0
        let hot = ModelDescription.of([keyed], keys: [.keys(1)]).run(milliseconds: 3000)
        // Each comes 5 ms after the one before and leaves 10 ms after it.
        #expect(hot.userLatencies() == [10, 505])
        let even = ModelDescription.of([keyed], keys: [.keys(1 << 30)]).run(milliseconds: 3000)
        #expect((even.userLatencies().last ?? 0) < 150)
        #expect(hot.violations.isEmpty && even.violations.isEmpty)
    }

    @Test("A caller that hashes sends requests for one key to one replica")
    func ringHash() {
        var policy = CallPolicy()
        policy.balancing = .ringHash
        for (count, isHot) in [(1, true), (1 << 30, false)] {
            var front = service([.call([callTo(1)])], arrivals: [users(100, every: 5)])
            front.policies[ServiceID(1)] = policy
            var back = service([compute(10)], replicas: 4)
            back.endpoints[0].keyspace = 0
            let outcome = ModelDescription.of([front, back], keys: [.keys(count)])
                .run(milliseconds: 3000)
            #expect(outcome.violations.isEmpty)
            let most = outcome.processes[1].latencies[0].maximum ?? .zero
            #expect((most == .milliseconds(505)) == isHot, "\(most)")
        }
    }

    /// Reads alternate between the primary and one read replica, 1 ms apart; a write ends at 2 ms.
    private func database(apply: Distribution?, keyspace: Int?) -> ServiceDescription {
        var service = service(
            [compute(0.5)], [compute(1)], replicas: 2, cores: 4,
            arrivals: [users(100, after: 1), users(1, endpoint: 1)])
        service.endpoints[0].keyspace = 0
        service.endpoints[1].keyspace = 0
        service.endpoints[1].isWrite = true
        service.replication = ReplicationDescription(
            lag: always(50), apply: apply, keyspace: keyspace)
        return service
    }

    @Test("Reads of a replica that has not applied a write are stale")
    func staleReads() {
        let keys = [KeyspaceDescription.keys(1)]
        // Reads at 2, 3, ... 101 ms; every second one, from 3 ms on, is the read replica's.
        let free = ModelDescription.of([database(apply: nil, keyspace: 0)], keys: keys).run()
        #expect(free.violations.isEmpty)
        // The write reaches it at 52 ms.
        #expect(free.processes[0].counters.staleReads == 25)
        let dear = ModelDescription.of([database(apply: always(10), keyspace: 0)], keys: keys).run()
        #expect(dear.violations.isEmpty)
        // It has applied it at 62 ms.
        #expect(dear.processes[0].counters.staleReads == 30)
        #expect(dear.processes[0].counters.computeTime == 61_000_000)
        #expect(dear.processes[0].counters.workBackground == 10_000_000)
        #expect(dear.processes[0].counters.arrived == 101)
        let blind = ModelDescription.of([database(apply: nil, keyspace: nil)], keys: keys).run()
        #expect(blind.processes[0].counters.staleReads == 0)
        let others = ModelDescription.of(
            [database(apply: nil, keyspace: 0)], keys: [.keys(1 << 30)]
        ).run()
        #expect(others.processes[0].counters.staleReads == 0)
    }

    @Test("Applying writes slows reads down")
    func applyLoad() {
        // 100 writes a second of 8 ms leave the read replica a fifth of its core.
        func latencies(_ apply: Distribution?) -> Double {
            var service = service(
                [compute(5)], [compute(1)], replicas: 2, cores: 1,
                arrivals: [poisson(40), poisson(100, endpoint: 1)])
            service.endpoints[1].isWrite = true
            service.replication = ReplicationDescription(lag: always(20), apply: apply)
            let outcome = ModelDescription.of([service]).run(milliseconds: 20_000)
            #expect(outcome.violations.isEmpty)
            return outcome.userLatencies().last ?? 0
        }
        #expect(latencies(nil) < 60)
        #expect(latencies(always(8)) > 100)
    }

    @Test("A replica that died starts from a fresh copy")
    func deadReplica() {
        var service = database(apply: always(10), keyspace: 0)
        service.lifeCycle = LifeCycleDescription()
        service.lifeCycle?.start = always(20)
        let fault = FaultDescription(
            name: "kill", effect: .kill(ServiceID(0), .list([1])),
            schedule: .window(from: .start + SimulatedDuration(seconds: 0.0555), until: nil))
        let outcome = ModelDescription.of([service], keys: [.keys(1)], faults: [fault]).run()
        #expect(outcome.violations.isEmpty)
        // Stale from 3 to 55 ms; then the write's work dies with the replica.
        #expect(outcome.processes[0].counters.staleReads == 27)
    }
}
