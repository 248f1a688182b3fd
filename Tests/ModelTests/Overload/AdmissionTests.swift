import Kernel
import Model
import Testing

@Suite("Queues and admission")
struct AdmissionTests {
    private func order(
        _ discipline: QueueDiscipline, _ arrivals: [ArrivalDescription]
    ) -> [UInt64] {
        let run = FinishedRun([
            service([compute(10)], threads: 1, arrivals: arrivals).with {
                $0.serving.discipline = discipline
            }
        ])
        #expect(run.isLawful)
        return run.of(.computeFinished, at: 0).map {
            UInt64(RequestIdentity.stream(of: $0.request)) * 100
                + RequestIdentity.number(of: $0.request)
        }
    }

    private func of(priority: Int, _ arrival: ArrivalDescription) -> ArrivalDescription {
        var copy = arrival
        copy.priority = priority
        return copy
    }

    @Test("Requests begin in the order of their discipline")
    func disciplines() {
        #expect(order(.lifo, [users(4)]) == [0, 3, 2, 1])
        #expect(order(.adaptiveLIFO(threshold: 3), [users(4)]) == [0, 3, 1, 2])
        #expect(order(.adaptiveLIFO(threshold: 9), [users(4)]) == [0, 1, 2, 3])
    }

    @Test("The most important class, the earliest deadline, the stream that had least goes first")
    func classes() {
        let late = users(2, after: 4)
        #expect(
            order(.priority, [of(priority: 2, users(3)), of(priority: 1, late)])
                == [0, 100, 101, 1, 2])
        #expect(
            order(
                .earliestDeadline, [users(3, timeout: 900), users(2, after: 4, timeout: 300)])
                == [0, 100, 101, 1, 2])
        #expect(order(.fair, [users(4), users(1, after: 4.5)]) == [0, 1, 100, 2, 3])
    }

    @Test("A request is dropped when it has waited as long as it may")
    func waitLimit() {
        let run = FinishedRun([
            service([compute(10)], threads: 1, arrivals: [users(3)]).with {
                $0.serving.waitLimit = .fixed(.milliseconds(5))
            }
        ])
        #expect(run.times(.waitExpired, at: 0) == [7, 8])
        #expect(run.counters(0).expired == 2 && run.counters(0).succeeded == 1)
        #expect(run.isLawful)
    }

    @Test("Controlled delay keeps the queue short under lasting overload")
    func controlledDelay() {
        let run = FinishedRun([
            service([compute(10)], threads: 1, arrivals: [users(200, every: 5)]).with {
                $0.serving.waitLimit = .controlledDelay(
                    target: .milliseconds(5), interval: .milliseconds(100))
            }
        ])
        #expect(run.counters(0).expired > 80)
        // Nobody who was served had waited longer than the interval.
        #expect(run.latency(0)[1] <= 110)
        #expect(run.isLawful)
    }

    @Test("Controlled delay counts from when a request joins the queue, not from its arrival")
    func controlledDelayBehindBucket() {
        let run = FinishedRun([
            service([compute(12)], threads: 1, arrivals: [users(20)]).with {
                $0.serving.waitLimit = .controlledDelay(
                    target: .milliseconds(50), interval: .milliseconds(50))
                $0.admission = AdmissionDescription()
                $0.admission?.bucket = BucketDescription(kind: .leaky, rate: 100, burst: 100)
            }
        ])
        // The last has been held for 171 ms, and waits for 38 ms.
        #expect(run.counters(0).succeeded == 20)
        #expect(run.isLawful)
    }

    private func admitting(
        _ arrivals: [ArrivalDescription], compute time: Double = 100, threads: Int? = nil,
        cores: Int = 1, _ change: (inout AdmissionDescription) -> Void
    ) -> FinishedRun {
        let run = FinishedRun([
            service([compute(time)], cores: cores, threads: threads, arrivals: arrivals).with {
                var admission = AdmissionDescription()
                change(&admission)
                $0.admission = admission
            }
        ])
        #expect(run.isLawful)
        return run
    }

    @Test("Requests are shed from a length of the queue on, or a number of requests")
    func shedding() {
        let queue = admitting([users(5)], threads: 1) {
            $0.shedding = SheddingDescription(signal: .queue, threshold: 2)
        }
        #expect(queue.counters(0).shed == 2)
        let requests = admitting([users(5)]) {
            $0.shedding = SheddingDescription(signal: .requests, threshold: 2)
        }
        #expect(requests.counters(0).shed == 3)
    }

    @Test("Requests are shed while the cores have been busy")
    func busyCores() {
        // Utilisation is 1 - exp(-t / 10 ms): above a half from 6.93 ms on.
        let run = admitting([users(10)], compute: 500) {
            $0.shedding = SheddingDescription(
                signal: .cpu, threshold: 0.5, memory: .milliseconds(10))
        }
        #expect(run.counters(0).shed == 3)
    }

    @Test("Requests are shed by the utilisation of the cores that a fault leaves")
    func fewerBusyCores() {
        func shed(cores: Int, left: Int) -> UInt64 {
            let run = FinishedRun(
                [
                    service([compute(500)], cores: cores, arrivals: [users(20)]).with {
                        $0.admission = AdmissionDescription()
                        $0.admission?.shedding = SheddingDescription(
                            signal: .cpu, threshold: 0.5, memory: .milliseconds(10))
                    }
                ], faults: [fault(.cores(ServiceID(0), left))])
            #expect(run.isLawful)
            return run.counters(0).shed
        }
        #expect(shed(cores: 1, left: 1) == 13)
        #expect(shed(cores: 4, left: 1) == 13)
        #expect(shed(cores: 4, left: 0) > 13)
    }

    @Test("The more important a class, the later it is shed")
    func priorities() {
        let run = admitting(
            [of(priority: 1, users(5)), of(priority: 0, users(5, after: 5))], threads: 1
        ) {
            $0.shedding = SheddingDescription(signal: .queue, threshold: 2, headroom: 1)
        }
        // Two of the first wait, and two of the second behind them.
        #expect(run.edges(0)[0].shed == 2 && run.edges(0)[1].shed == 3)
    }

    @Test("An adaptive limit refuses what is above it")
    func adaptiveLimit() {
        let run = admitting([users(3)], cores: 4) {
            $0.limit = AdaptiveLimitDescription(
                algorithm: .additiveIncrease(backoff: 0.5, timeout: .seconds(1)), initial: 2)
        }
        #expect(run.counters(0).shed == 1 && run.counters(0).succeeded == 2)
    }

    @Test("A limit falls when answers take too long")
    func fallingLimit() {
        let run = admitting([users(2), users(2, after: 300)], cores: 4) {
            $0.limit = AdaptiveLimitDescription(
                algorithm: .additiveIncrease(backoff: 0.4, timeout: .milliseconds(50)), initial: 4)
        }
        #expect(run.counters(0).shed == 1 && run.counters(0).succeeded == 3)
    }

    @Test("A bucket of tokens lets bursts through, a leaky one spreads them")
    func buckets() {
        let tokens = admitting([users(4)], compute: 1) {
            $0.bucket = BucketDescription(kind: .token, rate: 10, burst: 2)
        }
        #expect(tokens.times(.computeFinished, at: 0) == [2, 3])
        #expect(tokens.counters(0).shed == 2)
        let leaky = admitting([users(4)], compute: 1) {
            $0.bucket = BucketDescription(kind: .leaky, rate: 100, burst: 10)
        }
        #expect(leaky.times(.computeFinished, at: 0) == [2, 12, 22, 32])
        #expect(leaky.counters(0).shed == 0)
    }

    @Test("A failure costs the work that errors cost")
    func errorWork() {
        let run = FinishedRun([
            service([failing()], arrivals: [users(1)]).with { $0.serving.errorWork = always(7) }
        ])
        #expect(run.times(.computeFinished, at: 0) == [8])
        #expect(run.counters(0).errors == 1)
        #expect(run.isLawful)
    }

    @Test("A step whose calls have failed is not done again before the work that errors cost")
    func errorWorkAfterCalls() {
        for step: StepDescription in [
            .call([callTo(1), callTo(2)]), .gather([callTo(1), callTo(2)], needed: 2),
        ] {
            let run = FinishedRun([
                service([step], arrivals: [users(1)]).with { $0.serving.errorWork = always(7) },
                service([failing()]), service([]),
            ])
            #expect(run.counters(1).arrived == 1 && run.counters(2).arrived == 1)
            #expect(run.times(.computeFinished, at: 0) == [10])
            #expect(run.counters(0).failed == 1)
            #expect(run.isLawful)
        }
    }
}
