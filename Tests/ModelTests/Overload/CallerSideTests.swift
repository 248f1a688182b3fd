import Kernel
import Model
import Testing

@Suite("Breakers, pools, throttles and balancing by the caller")
struct CallerSideTests {
    @Test("A breaker opens after failures in a row, and lets a probe through in time")
    func breaker() {
        let run = FinishedRun(
            [
                caller([users(10, every: 10)]) {
                    $0.breaker = CircuitBreakerDescription(
                        trip: .consecutive(2), openFor: .milliseconds(50))
                }, service([compute(1)]),
            ],
            faults: [fault(.errors(ServiceID(1), .all, probability: 1), to: 60)])
        // The second failure comes at 22; the probe at 80 succeeds.
        #expect(run.times(.requestDelivered, at: 1) == [11, 21, 81, 91, 101])
        let edge = run.edges(0)[0]
        #expect(edge.broken == 5 && edge.trips == 1 && edge.callFailures == 7)
        #expect(run.isLawful)
    }

    @Test("A probe that fails opens the breaker again")
    func failedProbe() {
        let run = FinishedRun([
            caller([users(10, every: 10)]) {
                $0.breaker = CircuitBreakerDescription(
                    trip: .consecutive(2), openFor: .milliseconds(50))
            }, service([failing()]),
        ])
        #expect(run.times(.requestDelivered, at: 1) == [11, 21, 81])
        #expect(run.edges(0)[0].trips == 2 && run.edges(0)[0].broken == 7)
        #expect(run.isLawful)
    }

    private func pooled(_ pool: PoolDescription, _ users: ArrivalDescription) -> FinishedRun {
        let run = FinishedRun([
            caller([users]) { $0.pool = pool }, service([compute(10)], cores: 4),
        ])
        #expect(run.isLawful)
        return run
    }

    @Test("Calls wait for a place in the pool, and are refused when the line is full")
    func fullPool() {
        let run = pooled(PoolDescription(size: 1, queue: 1), users(3))
        #expect(run.times(.requestDelivered, at: 1) == [2, 14])
        #expect(run.edges(0)[0].poolRefused == 1)
        #expect(run.counters(0).failed == 1 && run.counters(0).succeeded == 2)
    }

    @Test("A call waits no longer for a place than it may")
    func poolWait() {
        let run = pooled(PoolDescription(size: 1, wait: .milliseconds(5)), users(3))
        #expect(run.times(.callerAlarm, at: 0) == [7, 8])
        #expect(run.edges(0)[0].poolRefused == 2 && run.edges(0)[0].requests == 1)
    }

    @Test("A new connection costs its setup, one that is there nothing, a stale one again")
    func connections() {
        var pool = PoolDescription(size: 2, setup: always(7))
        #expect(pooled(pool, users(2, every: 50)).times(.requestDelivered, at: 1) == [58, 101])
        pool.idle = .milliseconds(20)
        #expect(pooled(pool, users(2, every: 50)).times(.requestDelivered, at: 1) == [58, 108])
    }

    @Test("A pinned connection stays with its replica, the latest or the oldest one first")
    func pinned() {
        func successes(_ order: PoolDescription.Order, size: Int) -> UInt64 {
            let run = FinishedRun([
                caller([users(2), users(1, after: 49)]) {
                    $0.pool = PoolDescription(size: size, order: order, isPinned: true)
                },
                service([compute(10)], replicas: 2).with {
                    $0.serving.oddReplicas = [OddReplica(replica: 1, errorRate: 1)]
                },
            ])
            #expect(run.isLawful)
            return run.counters(0).succeeded
        }
        // The connection to the replica that fails at once is given back first.
        #expect(successes(.mostRecent, size: 2) == 2)
        #expect(successes(.leastRecent, size: 2) == 1)
        #expect(successes(.leastRecent, size: 1) == 3)
    }

    @Test("The calls of a replica that dies do not take the places it gives up")
    func deadCaller() {
        let run = FinishedRun(
            [
                caller([users(10)]) { $0.pool = PoolDescription(size: 1) },
                service([compute(100)], cores: 20),
            ],
            faults: [fault(.kill(ServiceID(0), .all), from: 50)])
        #expect(run.edges(0)[0].requests == 1)
        #expect(run.counters(0).unavailable == 10)
        #expect(run.isLawful)
    }

    @Test("A caller throttles itself when it is refused")
    func throttle() {
        let run = FinishedRun([
            caller([users(100)]) { $0.throttle = ThrottleDescription(multiplier: 2) },
            service([compute(900)], threads: 1, queue: 0, arrivals: [users(1)]),
        ])
        let edge = run.edges(0)[0]
        #expect(edge.requests + edge.throttled == 100)
        #expect(edge.throttled > 70)
        #expect(run.isLawful)
    }

    @Test("A caller that is refused nothing throttles nothing, whatever it gives up")
    func noThrottle() {
        let slow = service([.delay(Distribution(.exponential(mean: 0.02)))])
        let throttle = ThrottleDescription(multiplier: 1, window: .milliseconds(500))
        let hedged = FinishedRun([
            caller([users(2_000)]) {
                $0.throttle = throttle
                $0.hedge = HedgePolicy(delay: .fixed(.milliseconds(5)), most: 3)
                $0.cancels = true
            }, slow,
        ])
        let first = FinishedRun([
            service(
                [.gather([callTo(1), callTo(1), callTo(1)], needed: 1)], arrivals: [users(900)]
            )
            .calling(1) { $0.throttle = throttle }, slow,
        ])
        for run in [hedged, first] {
            let edge = run.edges(0)[0]
            #expect(edge.abandoned > 500 && edge.throttled == 0 && edge.callFailures == 0)
            #expect(run.isLawful)
        }
    }

    private func unequal(_ count: Int = 20, _ change: (inout CallPolicy) -> Void) -> FinishedRun {
        let run = FinishedRun([
            caller([users(count, every: 10)], change),
            service([compute(1)], replicas: 2).with {
                $0.serving.oddReplicas = [OddReplica(replica: 0, errorRate: 1)]
            },
        ])
        #expect(run.isLawful)
        return run
    }

    @Test("A replica that fails is ejected")
    func ejection() {
        let run = unequal {
            $0.balancing = .roundRobin
            $0.ejection = EjectionDescription(consecutive: 2)
        }
        #expect(run.edges(0)[0].errors == 2 && run.edges(0)[0].succeeded == 18)
        // Who is to leave replicas out chooses among them.
        let unsaid = unequal { $0.ejection = EjectionDescription(consecutive: 2) }
        #expect(unsaid.edges(0)[0].errors == 2 && unsaid.edges(0)[0].succeeded == 18)
    }

    @Test("Callers go round, or keep to weights and subsets")
    func balancing() {
        #expect(unequal { $0.balancing = .roundRobin }.edges(0)[0].errors == 10)
        #expect(unequal { $0.balancing = .weighted([0, 1]) }.edges(0)[0].errors == 0)
        #expect(unequal { $0.balancing = .weighted([1, 0]) }.edges(0)[0].errors == 20)
        let subset = unequal { $0.balancing = .subset(1) }.edges(0)[0].errors
        #expect(subset == 0 || subset == 20)
        #expect((1...19).contains(unequal { $0.balancing = .random }.edges(0)[0].errors))
        #expect((1...19).contains(unequal { $0.balancing = .ringHash }.edges(0)[0].errors))
    }

    @Test("Callers by fewest outstanding calls leave a slow replica alone")
    func fewest() {
        for balancing in [CallerBalancing.leastRequests, .twoChoices] {
            let run = FinishedRun([
                caller([users(100)]) { $0.balancing = balancing },
                service([compute(1)], replicas: 2).with {
                    $0.serving.oddReplicas = [OddReplica(replica: 0, speed: 0.001)]
                },
            ])
            // The fast one has at most four at a time: there and back, and a millisecond.
            #expect(run.edges(0)[0].inFlight <= 6, "\(balancing)")
            #expect(run.isLawful)
        }
    }

    @Test("Calls stay in the caller's zone")
    func zones() {
        let run = FinishedRun(
            [
                caller([users(10, every: 10)], replicas: 2) { $0.balancing = .zoneLocal },
                service([compute(1)], replicas: 2).with {
                    $0.serving.oddReplicas = [OddReplica(replica: 1, errorRate: 1)]
                },
            ], faults: [], zones: 2)
        #expect(run.counters(0).succeeded == 5 && run.counters(0).failed == 5)
        #expect(run.isLawful)
    }

    private func killed(discovery: Int64) -> FinishedRun {
        FinishedRun(
            [
                caller([users(20, every: 10)]) { $0.balancing = .roundRobin },
                service([compute(1)], replicas: 2).with {
                    var life = LifeCycleDescription()
                    life.start = always(80)
                    life.discovery = .milliseconds(discovery)
                    $0.lifeCycle = life
                },
            ],
            faults: [fault(.kill(ServiceID(1), .list([0])), from: 45)])
    }

    @Test("Callers are told that a replica is gone, and that it is back")
    func readiness() {
        let run = killed(discovery: 0)
        #expect(run.times(.readinessDelivered, at: 0) == [46, 126])
        #expect(run.edges(0)[0].unavailable == 0 && run.edges(0)[0].succeeded == 20)
        #expect(run.isLawful)
    }

    @Test("Until they are told, callers go on calling a replica that is gone")
    func lateReadiness() {
        let run = killed(discovery: 40)
        #expect(run.times(.readinessDelivered, at: 0) == [86, 166])
        // Half of the calls at 50, 60, 70 and 80.
        #expect(run.edges(0)[0].unavailable == 2)
        #expect(run.isLawful)
    }
}
