import Kernel
import Model
import Testing

@Suite("Retries, budgets and hedges")
struct RetryTests {
    @Test("A failed call is tried again at once, as often as the policy says")
    func attempts() {
        let run = FinishedRun([
            caller([users(1)]) { $0.retry = RetryPolicy(attempts: 3) }, service([failing()]),
        ])
        #expect(run.times(.requestDelivered, at: 1) == [2, 4, 6])
        let edge = run.edges(0)[0]
        #expect(edge.calls == 1 && edge.requests == 3 && edge.retries == 2)
        #expect(edge.errors == 3 && edge.callFailures == 1)
        #expect(run.counters(0).failed == 1)
        #expect(run.isLawful)
    }

    @Test("Requests say whether the user, or a retry at which tier, made them")
    func causes() {
        let run = FinishedRun([
            caller([users(1)]) { $0.retry = RetryPolicy(attempts: 2) },
            caller(callTo(2), []) { $0.retry = RetryPolicy(attempts: 2) },
            service([failing()]),
        ])
        #expect(run.counters(1).causes[0] == 1 && run.counters(1).causes[2] == 1)
        // Two attempts for each of those: the second is made by the tier below the entry.
        let causes = run.counters(2).causes
        #expect(causes[0] == 1 && causes[2] == 1 && causes[3] == 2)
        #expect(run.isLawful)
    }

    @Test("Three tiers that try four times each make 64 attempts of one")
    func amplification() {
        let tier: (Int) -> ServiceDescription = { target in
            caller(callTo(target), target == 1 ? [users(1)] : []) {
                $0.retry = RetryPolicy(attempts: 4)
            }
        }
        let run = FinishedRun([tier(1), tier(2), tier(3), service([failing()])])
        #expect(run.counters(3).arrived == 64)
        #expect(run.isLawful)
    }

    @Test("Back-off grows by its factor up to its cap")
    func backoff() {
        func delivered(cap: Int64) -> [Double] {
            FinishedRun([
                caller([users(1)]) {
                    $0.retry = RetryPolicy(
                        attempts: 4, backoff: waits(10, factor: 2, cap: cap))
                }, service([failing()]),
            ]).times(.requestDelivered, at: 1)
        }
        #expect(delivered(cap: 60_000) == [2, 14, 36, 78])
        #expect(delivered(cap: 15) == [2, 14, 31, 48])
    }

    @Test("No attempt starts later than the policy allows after the first")
    func within() {
        func delivered(within limit: Int64) -> [Double] {
            FinishedRun([
                caller([users(1)]) {
                    $0.retry = RetryPolicy(
                        attempts: 10, backoff: waits(10), within: .milliseconds(limit))
                }, service([failing()]),
            ]).times(.requestDelivered, at: 1)
        }
        // They start 12 ms after each other.
        #expect(delivered(within: 24) == [2, 14, 26])
        #expect(delivered(within: 23) == [2, 14])
    }

    @Test("Only the failures that the policy names are tried again")
    func whichFailures() {
        func attempts(_ on: FailureSet, _ callee: ServiceDescription) -> UInt64 {
            FinishedRun([
                caller(callTo(1, timeout: 20), [users(1)]) {
                    $0.retry = RetryPolicy(attempts: 2, on: on)
                }, callee,
            ]).edges(0)[0].requests
        }
        #expect(attempts(.timeout, service([failing()])) == 1)
        #expect(attempts([.timeout, .error], service([failing()])) == 2)
        #expect(attempts(.timeout, service([compute(100)])) == 2)
        #expect(attempts(.error, service([compute(100)])) == 1)
        #expect(
            attempts(.rejected, service([compute(900)], threads: 1, queue: 0, arrivals: [users(1)]))
                == 2)
    }

    @Test("Each attempt has the time-out to itself, and late answers are late")
    func timeouts() {
        let run = FinishedRun([
            caller(callTo(1, timeout: 5), [users(1)]) { $0.retry = RetryPolicy(attempts: 2) },
            service([compute(20)], cores: 2),
        ])
        #expect(run.times(.timeout, at: 0) == [6, 11])
        #expect(run.times(.requestDelivered, at: 1) == [2, 7])
        let edge = run.edges(0)[0]
        #expect(edge.timeouts == 2 && edge.lateAnswers == 2 && edge.workLate == 40_000_000)
        #expect(run.isLawful)
    }

    @Test("A budget denies retries once it is spent")
    func budgets() {
        func edge(_ budget: RetryBudget) -> EdgeCounters {
            let run = FinishedRun([
                caller([users(1)]) {
                    $0.retry = RetryPolicy(attempts: 10)
                    $0.budget = budget
                }, service([failing()]),
            ])
            #expect(run.isLawful)
            return run.edges(0)[0]
        }
        let bucket = edge(.bucket(capacity: 2, ratio: 0))
        #expect(bucket.requests == 3 && bucket.budgetDenied == 1)
        let tokens = edge(.tokens(maximum: 4, ratio: 0))
        #expect(tokens.requests == 2 && tokens.budgetDenied == 1)
        let none = edge(.concurrent(0))
        #expect(none.requests == 1 && none.budgetDenied == 1)
        let some = edge(.concurrent(1))
        #expect(some.requests == 10 && some.budgetDenied == 0)
    }

    @Test("Failures that are not tried again take no tokens")
    func tokensOfOtherFailures() {
        let run = FinishedRun(
            [
                caller(callTo(1, timeout: 15), [users(11, every: 10)]) {
                    $0.retry = RetryPolicy(attempts: 2, on: .timeout)
                    $0.budget = .tokens(maximum: 4, ratio: 0)
                }, service([compute(1)]),
            ],
            faults: [
                fault(.errors(ServiceID(1), .all, probability: 1), to: 105),
                fault(.partition([ServiceID(0)], [ServiceID(1)]), from: 105, to: 115),
            ])
        let edge = run.edges(0)[0]
        #expect(edge.errors == 10 && edge.timeouts == 1)
        #expect(edge.retries == 1 && edge.budgetDenied == 0 && edge.succeeded == 1)
        #expect(run.isLawful)
    }

    @Test("A bound on retries at a time lets one of two calls retry")
    func concurrentBudget() {
        let run = FinishedRun([
            caller([users(2)]) {
                $0.retry = RetryPolicy(attempts: 2, backoff: waits(10))
                $0.budget = .concurrent(1)
            }, service([failing()]),
        ])
        #expect(run.times(.requestDelivered, at: 1) == [2, 3, 14])
        #expect(run.edges(0)[0].budgetDenied == 1)
        #expect(run.isLawful)
    }

    private func hedged(cancels: Bool) -> FinishedRun {
        FinishedRun([
            caller([users(1)]) {
                $0.hedge = HedgePolicy(delay: .fixed(.milliseconds(20)))
                $0.cancels = cancels
            },
            service([compute(10)], replicas: 2).with {
                $0.serving.oddReplicas = [OddReplica(replica: 0, speed: 0.01)]
            },
        ])
    }

    @Test("A hedge is sent when the first attempt is slow, and the first answer counts")
    func hedges() {
        let run = hedged(cancels: false)
        #expect(run.times(.requestDelivered, at: 1) == [2, 22])
        #expect(run.latency(0) == [32, 32])
        let edge = run.edges(0)[0]
        #expect(edge.hedges == 1 && edge.retries == 0 && edge.abandoned == 1)
        #expect(edge.succeeded == 1 && edge.callSuccesses == 1)
        #expect(run.counters(1).causes[15] == 1)
        #expect(run.times(.cancellationDelivered, at: 1) == [])
        #expect(run.isLawful)
    }

    @Test("The attempt that loses is cancelled if the policy says so")
    func cancelledHedge() {
        let run = hedged(cancels: true)
        #expect(run.times(.cancellationDelivered, at: 1) == [34])
        #expect(run.counters(1).cancelled == 1)
        #expect(run.counters(1).inSystem == 0)
        #expect(run.isLawful)
    }

    @Test("Hedges keep within their share of the calls")
    func cap() {
        let run = FinishedRun([
            caller([users(20, every: 10)]) {
                $0.hedge = HedgePolicy(delay: .fixed(.milliseconds(1)), cap: 0.2)
            },
            service([compute(5)], cores: 4),
        ])
        #expect(run.edges(0)[0].hedges == 4)
        #expect(run.isLawful)
    }
}
