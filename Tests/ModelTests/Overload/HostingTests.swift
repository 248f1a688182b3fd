import Kernel
import Model
import Testing

@Suite("Replicas that fail, and faults")
struct HostingTests {
    private func living(
        start: Double = 20, grace: Int64 = 1000,
        _ change: (inout LifeCycleDescription) -> Void = { _ in }
    ) -> LifeCycleDescription {
        var life = LifeCycleDescription()
        life.start = always(start)
        life.grace = .milliseconds(grace)
        life.crashBackoff = .milliseconds(10)
        life.crashBackoffCap = .milliseconds(40)
        change(&life)
        return life
    }

    @Test("Too many requests at a time kill a replica, and again when it is back")
    func outOfMemory() {
        let run = FinishedRun([
            service([compute(100)], arrivals: [users(3), users(3, after: 60)]).with {
                var memory = MemoryDescription()
                memory.perRequest = 10
                memory.limit = 25
                $0.serving.memory = memory
                $0.lifeCycle = self.living()
            }
        ])
        #expect(run.counters(0).crashes == 2 && run.counters(0).kills == 2)
        #expect(run.counters(0).unavailable == 6)
        #expect(run.isLawful)
    }

    @Test("A collection stops all computing")
    func collection() {
        let run = FinishedRun([
            service([compute(4)], arrivals: [users(3, every: 10)]).with {
                var memory = MemoryDescription()
                memory.garbagePerRequest = 10
                memory.heap = 20
                memory.pause = .milliseconds(15)
                $0.serving.memory = memory
            }
        ])
        // The second begins at 20, stands still until 35.
        #expect(run.times(.computeFinished, at: 0) == [14, 39, 43])
        #expect(run.counters(0).pauseTime == 15_000_000)
        #expect(run.isLawful)
    }

    @Test("Requests that begin during a collection start none, and no pause is longer than time")
    func oneCollectionAtATime() {
        func run(milliseconds: Int64) -> FinishedRun {
            FinishedRun(
                [
                    service([compute(4)], arrivals: [users(3, every: 5)]).with {
                        var memory = MemoryDescription()
                        memory.garbagePerRequest = 10
                        memory.heap = 10
                        memory.pause = .milliseconds(15)
                        $0.serving.memory = memory
                    }
                ], milliseconds: milliseconds)
        }
        // From 5 to 20.
        let whole = run(milliseconds: 1000)
        #expect(whole.times(.computeFinished, at: 0) == [24, 28, 32])
        #expect(whole.counters(0).pauseTime == 15_000_000)
        #expect(run(milliseconds: 12).counters(0).pauseTime == 7_000_000)
        #expect(whole.isLawful)
    }

    @Test("A replica that is killed loses what it has, and takes none until it has started")
    func kill() {
        let run = FinishedRun(
            [
                service([compute(15)], cores: 4, arrivals: [users(5, every: 10)]).with {
                    $0.lifeCycle = self.living()
                }
            ],
            faults: [fault(.kill(ServiceID(0), .all), from: 22)])
        // Those of 10 and 20 die at 22, those of 30 and 40 find nobody: it is back at 42.
        #expect(run.times(.computeFinished, at: 0) == [65])
        #expect(run.counters(0).unavailable == 4 && run.counters(0).succeeded == 1)
        #expect(run.counters(0).kills == 1 && run.counters(0).drained == 0)
        #expect(run.isLawful)
    }

    @Test("All that a replica does is lost in one go", .timeLimit(.minutes(1)))
    func lostAtOnce() {
        for step in [StepDescription.delay(always(100_000)), compute(100_000)] {
            let run = FinishedRun(
                [
                    service([step], cores: 400_000, arrivals: [users(400_000, every: 0.001)]).with {
                        $0.lifeCycle = self.living()
                    }
                ],
                faults: [fault(.kill(ServiceID(0), .all), from: 500)])
            #expect(run.counters(0).unavailable == 400_000)
            #expect(run.isLawful)
        }
    }

    @Test("What computes, waits or delays when its replica dies is booked")
    func lostParts() {
        for scheduling in [Scheduling.firstComeFirstServed, .processorSharing] {
            let run = FinishedRun(
                [
                    service(
                        [compute(10), .delay(always(25))], cores: 2,
                        arrivals: [users(8), users(6, after: 60)]
                    ).with {
                        $0.serving.scheduling = scheduling
                        $0.lifeCycle = self.living()
                    }
                ],
                faults: [fault(.kill(ServiceID(0), .all), from: 22)])
            // Two cores from 2 to 22 and one from 1 to 2; then the work of six.
            #expect(run.counters(0).unavailable == 8 && run.counters(0).succeeded == 6)
            let counters = run.counters(0)
            #expect((40_999_980...41_000_000).contains(counters.workDropped))
            #expect((100_999_980...101_000_000).contains(counters.computeTime))
            #expect(run.isLawful)
        }
    }

    @Test("A replica that is told to stop finishes what it has, and another takes its place")
    func drain() {
        let run = FinishedRun(
            [
                service([compute(15)], cores: 4, arrivals: [users(5, every: 10)]).with {
                    $0.lifeCycle = self.living()
                }
            ],
            faults: [fault(.restart(ServiceID(0), .all), from: 22)])
        // The requests of 10 and 20 end at 25 and 35; the new replica serves from 55.
        #expect(run.times(.computeFinished, at: 0) == [25, 35])
        #expect(run.counters(0).unavailable == 3)
        #expect(run.counters(0).drained == 1 && run.counters(0).kills == 0)
        #expect(run.isLawful)
    }

    @Test("A replica that has nothing left but a probe of itself has nothing left")
    func drainWithProbe() {
        let run = FinishedRun(
            [
                service(
                    [compute(50)], cores: 4, threads: 4,
                    arrivals: [users(1), users(1, after: 79)]
                ).with {
                    $0.lifeCycle = self.living {
                        $0.liveness = ProbeDescription(
                            period: .milliseconds(20), timeout: .seconds(100), work: always(500))
                    }
                }
            ],
            faults: [fault(.restart(ServiceID(0), .all), from: 30)], milliseconds: 200)
        // The first ends at 51; the new replica serves from 71.
        #expect(run.times(.computeFinished, at: 0) == [51, 130])
        #expect(run.counters(0).drained == 1 && run.counters(0).kills == 0)
        #expect(run.counters(0).probes > run.counters(0).probesEnded)
        #expect(run.isLawful)
    }

    @Test("A bucket's tokens are those of a container: the next one's is full")
    func freshBucket() {
        func shed(killed: Bool) -> UInt64 {
            let run = FinishedRun(
                [
                    service([compute(1)], arrivals: [users(6, every: 10)]).with {
                        $0.admission = AdmissionDescription()
                        $0.admission?.bucket = BucketDescription(
                            kind: .token, rate: 0.001, burst: 2)
                        $0.lifeCycle = self.living(start: 5)
                    }
                ],
                faults: killed ? [fault(.kill(ServiceID(0), .all), from: 32)] : [])
            #expect(run.isLawful)
            return run.counters(0).shed
        }
        #expect(shed(killed: false) == 4)
        #expect(shed(killed: true) == 2)
    }

    @Test("A replica that drains is lost when the grace period ends")
    func grace() {
        let run = FinishedRun(
            [
                service([compute(50)], cores: 4, arrivals: [users(1)]).with {
                    $0.lifeCycle = self.living(grace: 20)
                }
            ],
            faults: [fault(.restart(ServiceID(0), .all), from: 5)])
        #expect(run.counters(0).unavailable == 1)
        #expect(run.counters(0).kills == 1 && run.counters(0).drained == 0)
        #expect(run.counters(0).computeTime == 24_000_000)
        #expect(run.counters(0).workDropped == 24_000_000)
        #expect(run.isLawful)
    }

    @Test("A replica that is down is back, cold, when the fault is over")
    func down() {
        let run = FinishedRun(
            [
                service([compute(1)], arrivals: [users(10, every: 10)]).with {
                    $0.lifeCycle = self.living(start: 5)
                }
            ],
            faults: [fault(.down([ServiceID(0)], .all), from: 35, to: 62)])
        #expect(run.counters(0).unavailable == 3 && run.counters(0).succeeded == 7)
        #expect(run.isLawful)
    }

    @Test("A liveness probe that waits behind requests restarts a replica that only has much to do")
    func liveness() {
        let run = FinishedRun([
            service([compute(200)], threads: 1, arrivals: [users(3)]).with {
                $0.lifeCycle = self.living {
                    $0.liveness = ProbeDescription(
                        period: .milliseconds(20), timeout: .milliseconds(10), failures: 2)
                }
                $0.lifeCycle?.grace = .zero
            }
        ])
        #expect(run.counters(0).crashes >= 1)
        #expect(run.counters(0).succeeded == 0 && run.counters(0).unavailable == 3)
        #expect(run.isLawful)
    }

    @Test("A readiness probe that fails takes a replica out of balancing until it succeeds again")
    func readinessProbe() {
        let run = FinishedRun([
            service([compute(100)], threads: 1, arrivals: [users(1), users(1, after: 150)]).with {
                $0.lifeCycle = self.living {
                    $0.readiness = ProbeDescription(
                        period: .milliseconds(20), timeout: .milliseconds(10), failures: 2)
                }
            }
        ])
        // Out from 50 or so until the work is done at 101 and the next probe.
        #expect(run.counters(0).succeeded == 2)
        #expect(run.counters(0).probesEnded > 20)
        #expect(run.isLawful)
    }

    @Test("A service that starts cold takes requests once it has started")
    func coldStart() {
        let run = FinishedRun([
            service([compute(1)], arrivals: [users(10, every: 10)]).with {
                $0.lifeCycle = self.living(start: 55) { $0.startsCold = true }
            }
        ])
        #expect(run.counters(0).unavailable == 5 && run.counters(0).succeeded == 5)
        #expect(run.isLawful)
    }

    // MARK: Faults

    private func disturbed(
        _ effect: FaultEffect, to end: Int64? = nil, timeout: Int64? = nil, count: Int = 1
    ) -> FinishedRun {
        let run = FinishedRun(
            [
                service(
                    [.call([callTo(1, timeout: timeout)])],
                    arrivals: [users(count, every: 20)]),
                service([compute(10)]),
            ], faults: [fault(effect, to: end)])
        #expect(run.isLawful)
        return run
    }
    private let zero = ServiceID(0)
    private let one = ServiceID(1)

    @Test("Slow cores, fewer cores, errors")
    func onReplicas() {
        #expect(disturbed(.slow(one, .all, factor: 2)).latency(0) == [22, 22])
        #expect(disturbed(.cores(one, 0), to: 100).times(.computeFinished, at: 1) == [110])
        #expect(disturbed(.errors(one, .all, probability: 1)).edges(0)[0].errors == 1)
    }

    @Test("Added latency, loss, and a partition")
    func onMessages() {
        #expect(disturbed(.latency(from: zero, to: one, added: always(5))).latency(0) == [22, 22])
        let lost = disturbed(.loss(from: zero, to: one, probability: 1), timeout: 30)
        #expect(lost.edges(0)[0].lost == 1 && lost.edges(0)[0].timeouts == 1)
        #expect(lost.counters(1).arrived == 0)
        let parted = disturbed(.partition([zero], [one]), to: 50, timeout: 15, count: 4)
        #expect(parted.edges(0)[0].lost == 2 && parted.edges(0)[0].succeeded == 2)
        #expect(parted.edges(0)[0].timeouts == 2)
    }

    @Test("An answer is lost as a request is")
    func lostAnswer() {
        let run = FinishedRun(
            [
                service([.call([callTo(1, timeout: 30)])], arrivals: [users(1)]),
                service([compute(10)]),
            ], faults: [fault(.partition([zero], [one]), from: 5)])
        #expect(run.counters(1).answersLost == 1 && run.counters(1).succeeded == 1)
        #expect(run.edges(0)[0].timeouts == 1)
        #expect(run.isLawful)
    }

    @Test("Another policy holds while the fault lasts")
    func policyChange() {
        var policy = CallPolicy()
        policy.retry = RetryPolicy(attempts: 3)
        let run = FinishedRun(
            [
                service([.call([callTo(1)])], arrivals: [users(3, every: 20)]),
                service([failing()]),
            ],
            faults: [fault(.policy(from: zero, to: one, policy, timeout: nil), from: 30, to: 50)])
        #expect(run.times(.requestDelivered, at: 1) == [21, 41, 43, 45, 61])
        #expect(run.isLawful)
    }

    @Test("A time-out that a fault sets holds in place of those of the calls")
    func timeoutChange() {
        let run = disturbed(
            .policy(from: zero, to: one, CallPolicy(), timeout: .milliseconds(5)), timeout: 100)
        #expect(run.times(.timeout, at: 0) == [25])
    }

    @Test("A fault that waits for a condition comes once it has held")
    func condition() {
        let run = FinishedRun(
            [service([compute(50)], threads: 1, arrivals: [users(20)])],
            faults: [
                FaultDescription(
                    name: "fault", effect: .errors(ServiceID(0), .all, probability: 1),
                    schedule: .condition(
                        FaultCondition(metric: .queue, isAbove: true, bound: 5),
                        holding: .milliseconds(150), lasting: .milliseconds(300)))
            ])
        // Looked at every 100 ms; it has held for 150 ms at 300.
        #expect(run.of(.fault, at: 0).filter { $0.detail == 1 }.map(\.instant.seconds) == [0.3])
        #expect(run.of(.fault, at: 0).filter { $0.detail == 0 }.map(\.instant.seconds) == [0.6])
        #expect(run.isLawful)
    }

    @Test(
        "Utilisation is that of the cores that are there: of replicas that run, less what faults take"
    )
    func utilisationCondition() {
        func begins(replicas: Int, cores: Int, _ other: FaultEffect) -> [Double] {
            let run = FinishedRun(
                [
                    service(
                        [compute(500)], replicas: replicas, cores: cores, arrivals: [users(5)])
                ],
                faults: [
                    fault(other),
                    FaultDescription(
                        name: "errors", effect: .errors(ServiceID(0), .all, probability: 1),
                        schedule: .condition(
                            FaultCondition(metric: .utilisation, isAbove: true, bound: 0.6),
                            holding: .zero, lasting: nil)),
                ], milliseconds: 400)
            #expect(run.isLawful)
            return run.of(.fault, at: 0).filter { $0.call == 1 && $0.detail == 1 }
                .map(\.instant.seconds)
        }
        #expect(
            begins(replicas: 2, cores: 1, .down([ServiceID(0)], ReplicaSelection.count(1)))
                == [0.1])
        #expect(begins(replicas: 1, cores: 2, .cores(ServiceID(0), 1)) == [0.1])
        #expect(begins(replicas: 1, cores: 9, .cores(ServiceID(0), 9)) == [])
    }

    @Test("A CPU limit makes a replica stand still, and says for how long")
    func cpuLimit() {
        let run = FinishedRun([
            service([compute(25)], arrivals: [users(1, every: 100)]).with {
                $0.serving.cpuLimit = CPULimit(
                    quota: .milliseconds(10), period: .milliseconds(100))
            }
        ])
        // 10 ms from 100, 10 from 200, the rest from 300.
        #expect(run.times(.computeFinished, at: 0) == [305])
        #expect(run.counters(0).throttledTime == 180_000_000)
        #expect(run.isLawful)
    }
}
