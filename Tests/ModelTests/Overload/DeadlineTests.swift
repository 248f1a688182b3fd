import Kernel
import Model
import Testing

@Suite("Deadlines, cancellation and answers nobody waits for")
struct DeadlineTests {
    private func late(honours: Bool, propagates: Bool = true) -> FinishedRun {
        let run = FinishedRun([
            caller([users(1, timeout: 20)]) { $0.propagatesDeadline = propagates },
            service([compute(10), compute(10), compute(10)]).with { $0.honoursDeadlines = honours },
        ])
        #expect(run.isLawful)
        return run
    }

    @Test("Work stops at the next step once the user's deadline has passed")
    func deadline() {
        let run = late(honours: true)
        #expect(run.times(.computeFinished, at: 1) == [12, 22])
        #expect(run.counters(1).expired == 1)
    }

    @Test("A service that does not look at deadlines, or is not told of them, goes on")
    func ignoredDeadline() {
        for run in [late(honours: false), late(honours: true, propagates: false)] {
            #expect(run.times(.computeFinished, at: 1) == [12, 22, 32])
            #expect(run.counters(1).succeeded == 1)
        }
    }

    @Test("A service that passes deadlines on need not honour them itself")
    func passedOn() {
        let run = FinishedRun([
            caller([users(1, timeout: 20)]) { $0.propagatesDeadline = true },
            service([compute(30), .call([callTo(2)]), compute(5)])
                .calling(2) { $0.propagatesDeadline = true },
            service([compute(5), compute(5)]).with { $0.honoursDeadlines = true },
        ])
        #expect(run.times(.computeFinished, at: 1) == [32])
        #expect(run.times(.computeFinished, at: 2) == [38])
        #expect(run.counters(1).expired == 0 && run.counters(1).failed == 1)
        #expect(run.counters(2).expired == 1)
        #expect(run.isLawful)
    }

    @Test(
        "A call's own time-out is a deadline, too, and a request is dropped when it comes to its turn"
    )
    func callDeadline() {
        let run = FinishedRun([
            caller(callTo(1, timeout: 15), [users(2)]) { $0.propagatesDeadline = true },
            service([compute(20)], threads: 1).with { $0.honoursDeadlines = true },
        ])
        #expect(run.times(.computeFinished, at: 1) == [22])
        #expect(run.counters(1).succeeded == 1 && run.counters(1).expired == 1)
        #expect(run.isLawful)
    }

    @Test("No retry is made that the deadline makes useless")
    func noRetryAfterDeadline() {
        let run = FinishedRun([
            caller([users(1, timeout: 20)]) {
                $0.propagatesDeadline = true
                $0.retry = RetryPolicy(attempts: 9, backoff: waits(7))
            }, service([failing()]),
        ])
        #expect(run.times(.requestDelivered, at: 1) == [2, 11, 20])
        #expect(run.isLawful)
    }

    @Test("Cancellation stops work, and that of those who are called for it")
    func cancellation() {
        let run = FinishedRun([
            caller(callTo(1, timeout: 10), [users(1)]) { $0.cancels = true },
            caller(callTo(2), []) { $0.cancels = true },
            service([compute(100)]),
        ])
        #expect(run.times(.cancellationDelivered, at: 1) == [12])
        #expect(run.times(.cancellationDelivered, at: 2) == [13])
        #expect(run.times(.computeFinished, at: 2) == [])
        #expect(run.counters(1).cancelled == 1 && run.counters(2).cancelled == 1)
        #expect(run.counters(2).computeTime == 10_000_000)
        #expect(run.counters(2).workDropped == 10_000_000)
        #expect(run.isLawful)
    }

    @Test("A cancelled request gives its core, its thread and its place in line to others")
    func cancelledWaiting() {
        let run = FinishedRun([
            caller(callTo(1, timeout: 10), [users(2), users(1, after: 4)]) { $0.cancels = true },
            service([compute(8)], threads: 1),
        ])
        // At 2, 3 and 6: the second begins at 10 and is cancelled at 13, the third at 16 in turn.
        #expect(run.times(.computeFinished, at: 1) == [10])
        #expect(run.times(.cancellationDelivered, at: 1) == [13, 16])
        #expect(run.counters(1).computeTime == 14_000_000)
        #expect(run.counters(1).inSystem == 0)
        #expect(run.isLawful)
    }

    @Test("A request that a leaky bucket holds back can be cancelled")
    func cancelledHeld() {
        let run = FinishedRun([
            caller(callTo(1, timeout: 10), [users(2)]) { $0.cancels = true },
            service([compute(1)]).with {
                $0.admission = AdmissionDescription()
                $0.admission?.bucket = BucketDescription(kind: .leaky, rate: 20, burst: 9)
            },
        ])
        #expect(run.times(.computeFinished, at: 1) == [3])
        #expect(run.counters(1).cancelled == 1 && run.counters(1).inSystem == 0)
        #expect(run.isLawful)
    }

    @Test("A request that waits for a replica to be ready can be cancelled, and gives up its place")
    func cancelledBuffered() {
        let run = FinishedRun([
            caller(callTo(1, timeout: 10), [users(3, every: 20)]) { $0.cancels = true },
            service([compute(1)]).with {
                var life = LifeCycleDescription()
                life.start = always(65)
                life.startsCold = true
                life.buffer = 1
                $0.lifeCycle = life
            },
        ])
        #expect(run.times(.cancellationDelivered, at: 1) == [31, 51])
        #expect(run.times(.computeFinished, at: 1) == [66])
        #expect(run.counters(1).cancelled == 2 && run.counters(1).inSystem == 0)
        #expect(run.counters(1).unavailable == 0 && run.counters(1).succeeded == 1)
        #expect(run.isLawful)
    }

    @Test(
        "However many wait, each that is cancelled costs the same", .timeLimit(.minutes(1)))
    func cheapCancellation() {
        let run = FinishedRun(
            [
                caller(callTo(1, timeout: 4_000), [users(500_000, every: 0.02)]) {
                    $0.cancels = true
                },
                service([.delay(always(100_000))]),
            ], milliseconds: 20_000, recordsEvents: false)
        #expect(run.counters(1).cancelled == 500_000 && run.counters(1).inSystem == 0)
        #expect(run.isLawful)
    }

    @Test("Without cancellation abandoned work goes on")
    func abandonedWork() {
        let run = FinishedRun([
            caller(callTo(1, timeout: 10), [users(1)]) { _ in }, service([compute(100)]),
        ])
        #expect(run.times(.computeFinished, at: 1) == [102])
        #expect(run.edges(0)[0].workLate == 100_000_000)
        #expect(run.isLawful)
    }

    @Test("A step goes on once the first answer, or enough of them, are there")
    func gather() {
        func latency(_ needed: Int) -> [Double] {
            let run = FinishedRun([
                service(
                    [.gather([callTo(1), callTo(2), callTo(3)], needed: needed)],
                    arrivals: [users(1)]),
                service([compute(5)]), service([compute(20)]), service([compute(10)]),
            ])
            #expect(run.isLawful)
            #expect(run.edges(0).map(\.callsAbandoned).reduce(0, +) == UInt64(3 - needed))
            return run.latency(0)
        }
        #expect(latency(1) == [7, 7])
        #expect(latency(2) == [12, 12])
        #expect(latency(3) == [22, 22])
    }

    @Test("A step fails as soon as too few can still succeed")
    func gatherFails() {
        let run = FinishedRun([
            service(
                [.gather([callTo(1), callTo(2), callTo(3)], needed: 2)], arrivals: [users(1)]),
            service([failing()]), service([compute(8), failing()]), service([compute(50)]),
        ])
        #expect(run.times(.responseDelivered, at: 0) == [3, 11, 53])
        #expect(run.counters(0).failed == 1)
        #expect(run.edges(0)[2].callsAbandoned == 1 && run.edges(0)[2].lateAnswers == 1)
        // Failed at 11.
        #expect(run.counters(0).sojournSum == 10_000_000)
        #expect(run.isLawful)
    }

    @Test("The rest of a step that has enough is cancelled under a policy that says so")
    func gatherCancels() {
        let run = FinishedRun([
            service([.gather([callTo(1), callTo(2)], needed: 1)], arrivals: [users(1)])
                .calling(2) { $0.cancels = true },
            service([compute(5)]), service([compute(20)]),
        ])
        #expect(run.times(.cancellationDelivered, at: 2) == [9])
        #expect(run.times(.computeFinished, at: 2) == [])
        #expect(run.isLawful)
    }

    @Test("Nobody waits for a call that is sent and forgotten")
    func forgotten() {
        var call = callTo(1)
        call.isForgotten = true
        for hasPolicy in [false, true] {
            let plain = service([.call([call])], arrivals: [users(1)])
            let run = FinishedRun([
                hasPolicy ? plain.calling(1) { $0.retry = RetryPolicy(attempts: 2) } : plain,
                service([compute(5)]),
            ])
            #expect(run.latency(0) == [0, 0])
            #expect(run.edges(0)[0].callSuccesses == 1)
            #expect(run.counters(0).workBackground == 5_000_000)
            #expect(run.isLawful)
        }
    }

    @Test("A queue that takes messages answers before the work is done")
    func earlyAnswers() {
        let run = FinishedRun([
            service([.call([callTo(1)])], arrivals: [users(2)]),
            service([compute(50)], threads: 1, queue: 1).with {
                $0.endpoints[0].answersEarly = true
            },
        ])
        #expect(run.latency(0) == [2, 2])
        #expect(run.times(.computeFinished, at: 1) == [52, 102])
        #expect(run.counters(1).workBackground == 100_000_000)
        #expect(run.isLawful)
    }

    @Test("A queue of messages that is full refuses them")
    func fullQueue() {
        let run = FinishedRun([
            service([.call([callTo(1)])], arrivals: [users(3)]),
            service([compute(50)], threads: 1, queue: 1).with {
                $0.endpoints[0].answersEarly = true
            },
        ])
        #expect(run.counters(0).succeeded == 2 && run.counters(0).failed == 1)
        #expect(run.edges(0)[0].rejected == 1)
        #expect(run.isLawful)
    }
}
