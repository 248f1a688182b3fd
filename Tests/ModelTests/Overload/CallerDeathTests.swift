import Kernel
import Model
import Testing

/// What a caller's replica had under way dies with it, and its successor knows nothing of it.
@Suite("Calls and memory of a caller's replica that dies")
struct CallerDeathTests {
    private static let life: LifeCycleDescription = {
        var life = LifeCycleDescription()
        life.start = always(5)
        return life
    }()

    private func sent(_ change: (inout CallDescription) -> Void = { _ in }) -> CallDescription {
        var call = callTo(1)
        call.isForgotten = true
        change(&call)
        return call
    }

    /// A service of one replica that is killed at some instant, if at all, and back 5 ms later.
    private func run(
        _ front: ServiceDescription, _ back: ServiceDescription, killed instant: Int64?,
        milliseconds: Int64 = 1000
    ) -> FinishedRun {
        let run = FinishedRun(
            [front.with { $0.lifeCycle = Self.life }, back],
            faults: instant.map { [fault(.kill(ServiceID(0), .all), from: $0)] } ?? [],
            milliseconds: milliseconds)
        #expect(run.isLawful)
        return run
    }

    @Test("A call that was sent and forgotten is tried again only as long as its replica lives")
    func forgottenRetries() {
        let front = caller(sent(), [users(1)]) {
            $0.retry = RetryPolicy(attempts: 4, backoff: waits(20))
        }
        let alive = run(front, service([failing()]), killed: nil)
        #expect(alive.times(.requestDelivered, at: 1) == [2, 24, 46, 68])
        let dead = run(front, service([failing()]), killed: 30)
        #expect(dead.times(.requestDelivered, at: 1) == [2, 24])
        #expect(dead.edges(0)[0].callsAbandoned == 1 && dead.edges(0)[0].abandoned == 0)
        #expect(dead.edges(0)[0].callFailures == 0)
    }

    @Test(
        "Work that was sent goes on at the callee, unless calls are cancelled",
        arguments: [false, true])
    func workUnderWay(cancels: Bool) {
        let front = caller(sent(), [users(1)]) { $0.cancels = cancels }
        let run = run(front, service([compute(100)]), killed: 10)
        #expect(run.counters(1).cancelled == (cancels ? 1 : 0))
        #expect(run.counters(1).succeeded == (cancels ? 0 : 1))
        #expect(run.edges(0)[0].abandoned == 1)
        #expect(run.edges(0)[0].lateAnswers == (cancels ? 0 : 1))
    }

    @Test("Without a policy, too, nobody hears the answer to a call that was sent and forgotten")
    func plainForgotten() {
        let front = service(
            [.call([sent { $0.timeout = .milliseconds(50) }])], arrivals: [users(1)])
        let run = run(front, service([compute(100)]), killed: 10)
        #expect(run.edges(0)[0].callsAbandoned == 1 && run.edges(0)[0].lateAnswers == 1)
        #expect(run.edges(0)[0].timeouts == 0 && run.edges(0)[0].callFailures == 0)
    }

    @Test("Hedges and back-off of the calls that requests waited for die with the requests")
    func awaitedCalls() {
        let hedging = caller([users(1)]) {
            $0.hedge = HedgePolicy(delay: .fixed(.milliseconds(20)), most: 5)
        }
        let hedged = run(hedging, service([compute(500)], cores: 8), killed: 30)
        #expect(hedged.times(.requestDelivered, at: 1) == [2, 22])
        let retrying = caller([users(1)]) {
            $0.retry = RetryPolicy(attempts: 4, backoff: waits(20))
        }
        let retried = run(retrying, service([failing()]), killed: 30)
        #expect(retried.times(.requestDelivered, at: 1) == [2, 24])
    }

    @Test("The successor's breaker is closed")
    func breaker() {
        let front = caller([users(10, every: 10)]) {
            $0.breaker = CircuitBreakerDescription(
                trip: .consecutive(2), openFor: .seconds(100))
        }
        let alive = run(front, service([failing()]), killed: nil)
        #expect(alive.times(.requestDelivered, at: 1) == [11, 21])
        let dead = run(front, service([failing()]), killed: 45)
        #expect(dead.times(.requestDelivered, at: 1) == [11, 21, 51, 61])
        #expect(dead.edges(0)[0].trips == 2)
    }

    @Test("The successor's retry budget is full")
    func budget() {
        let front = caller([users(6, every: 10)]) {
            $0.retry = RetryPolicy(attempts: 2)
            $0.budget = .bucket(capacity: 1, ratio: 0)
        }
        let alive = run(front, service([failing()]), killed: nil)
        #expect(alive.edges(0)[0].retries == 1)
        let dead = run(front, service([failing()]), killed: 35)
        #expect(dead.edges(0)[0].retries == 2)
    }

    @Test("The successor's pool is empty: it has places, and no connections")
    func pool() {
        let front = caller([users(1), users(1, after: 49), users(1, after: 199)]) {
            $0.pool = PoolDescription(size: 1, setup: always(10))
        }
        // The first holds the only place until 113 ms, and its connection is used again.
        let alive = run(front, service([compute(100)], cores: 4), killed: nil)
        #expect(alive.times(.requestDelivered, at: 1) == [12, 114, 216])
        // One place, and a connection to be made, for the second; the third uses it again.
        let dead = run(front, service([compute(100)], cores: 4), killed: 20)
        #expect(dead.times(.requestDelivered, at: 1) == [12, 61, 201])
    }

    @Test("The successor calls the callee's replicas that its predecessor had ejected")
    func ejection() {
        let front = caller([users(8, every: 10)]) {
            $0.balancing = .roundRobin
            $0.ejection = EjectionDescription(
                consecutive: 1, base: .seconds(100), most: 1, panic: 0)
        }
        let back = service([compute(1)], replicas: 2).with {
            $0.serving.oddReplicas = [OddReplica(replica: 0, errorRate: 1)]
        }
        #expect(run(front, back, killed: nil).edges(0)[0].errors == 1)
        #expect(run(front, back, killed: 45).edges(0)[0].errors == 2)
    }
}
