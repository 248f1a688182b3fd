import Kernel
import Model
import Testing

@Suite("Failures and time-outs")
struct FailureTests {
    /// A calls B, which takes `work`, and gives up after `timeout`.
    private func impatient(timeout: Int64, work: Double, isOptional: Bool = false) -> FinishedRun {
        FinishedRun([
            service(
                [.call([callTo(1, timeout: timeout, isOptional: isOptional)])],
                arrivals: [users(1)]),
            service([compute(work)]),
        ])
    }

    @Test("A caller gives up once, the callee goes on, and its late answer is counted")
    func callTimeout() {
        let run = impatient(timeout: 4, work: 10)
        #expect(run.times(.timeout, at: 0) == [5])
        #expect(run.times(.responseDelivered, at: 0) == [13])
        let edge = run.edges(0)[0]
        #expect(edge.requests == 1 && edge.timeouts == 1 && edge.failures == 1)
        #expect(edge.lateAnswers == 1 && edge.succeeded == 0 && edge.inFlight == 0)
        #expect(run.counters(0).failed == 1)
        #expect(run.counters(0).sojournSum == 4_000_000)
        #expect(run.counters(1).succeeded == 1)
        #expect(run.edges(0)[1].failed == 1)
        #expect(run.isLawful)
    }

    @Test("An answer at the deadline is in time")
    func justInTime() {
        let run = impatient(timeout: 12, work: 10)
        #expect(run.edges(0)[0].timeouts == 0)
        #expect(run.counters(0).succeeded == 1)
        #expect(run.latency(0) == [12, 12])
        #expect(run.times(.timeout, at: 0).isEmpty)
    }

    @Test("An optional call may fail")
    func optionalCall() {
        let run = impatient(timeout: 4, work: 10, isOptional: true)
        #expect(run.edges(0)[0].timeouts == 1)
        #expect(run.counters(0).succeeded == 1)
        #expect(run.latency(0) == [4, 4])
    }

    @Test("A step with a failed call waits for its other calls before it fails")
    func failureWaits() {
        let run = FinishedRun([
            service(
                [.call([callTo(1, timeout: 2), callTo(2)]), compute(50)], arrivals: [users(1)]),
            service([compute(10)]), service([compute(20)]),
        ])
        #expect(run.counters(0).failed == 1)
        #expect(run.counters(0).sojournSum == 22_000_000)
        #expect(run.times(.computeFinished, at: 0).isEmpty)
        #expect(run.isLawful)
    }

    @Test("A user gives up, and the work goes on")
    func userTimeout() {
        let run = FinishedRun([
            service([compute(10)], arrivals: [users(2, every: 20, timeout: 5)])
        ])
        #expect(run.times(.timeout, at: 0) == [25, 45])
        #expect(run.edges(0)[0].timeouts == 2)
        #expect(run.edges(0)[0].lateAnswers == 2)
        #expect(run.counters(0).succeeded == 2)
        #expect(run.isLawful)
    }

    @Test("A user with patience is answered like one without time-out")
    func patientUser() {
        let run = FinishedRun([service([compute(10)], arrivals: [users(3, timeout: 100)])])
        #expect(run.edges(0)[0].succeeded == 3)
        #expect(run.edges(0)[0].lateAnswers == 0)
        #expect(run.latency(0, series: 1) == [10, 28])
    }

    @Test("A rejection deep down fails everyone above")
    func propagation() {
        let run = FinishedRun([
            service([.call([callTo(1)])], arrivals: [users(2)]),
            service([.call([callTo(2)])]),
            service([compute(50)], threads: 1, queue: 0),
        ])
        #expect(run.counters(2).rejected == 1)
        #expect(run.edges(1)[0].rejected == 1)
        #expect(run.counters(1).failed == 1)
        #expect(run.edges(0)[0].failed == 1)
        #expect(run.counters(0).failed == 1)
        #expect(run.edges(0)[1].failed == 1)
        #expect(run.isLawful)
    }

    @Test("A failed request frees its thread for who waits")
    func failureFreesThread() {
        for holds in [true, false] {
            let run = FinishedRun([
                service(
                    [.call([callTo(1, timeout: 3)])], threads: 1, holds: holds,
                    arrivals: [users(3)]),
                service([compute(500)]),
            ])
            #expect(run.times(.timeout, at: 0) == (holds ? [4, 7, 10] : [4, 5, 6]))
            #expect(run.counters(0).failed == 3)
            #expect(run.isLawful)
        }
    }
}

@Suite("Events at one instant")
struct TieTests {
    @Test("A core and a thread freed at an instant serve who arrives at it")
    func computeBeforeArrival() {
        let run = FinishedRun([service([compute(1)], threads: 1, queue: 0, arrivals: [users(50)])])
        #expect(run.counters(0).succeeded == 50)
        #expect(run.counters(0).rejected == 0)
    }

    @Test("A thread freed by a time-out serves who arrives at that instant")
    func timeoutBeforeArrival() {
        let run = FinishedRun([
            service(
                [.call([callTo(1, timeout: 4)])], threads: 1, queue: 0,
                arrivals: [users(2, every: 4)]),
            service([compute(500)]),
        ])
        #expect(run.counters(0).rejected == 0)
        #expect(run.counters(0).failed == 2)
    }

    @Test("A message comes before a user, and a compute step's end before both")
    func kindsInOrder() {
        let run = FinishedRun([
            service([.call([callTo(1)])], arrivals: [users(1, every: 2)]),
            service([compute(1)], arrivals: [users(1, every: 2), users(1, every: 3)]),
        ])
        let kinds = run.events.filter { $0.service == 1 && $0.instant.nanoseconds == 3_000_000 }
            .map(\.kind)
        let expected: [EventKind] = [.computeFinished, .requestDelivered, .arrival]
        #expect(kinds == expected.map(\.rawValue))
    }

    @Test("Users of one instant arrive in the order of their streams")
    func streams() {
        let run = FinishedRun([service([compute(1)], arrivals: [users(1), users(1), users(1)])])
        #expect(
            run.of(.arrival, at: 0).map { RequestIdentity.stream(of: $0.request) } == [0, 1, 2])
        #expect(run.times(.arrival, at: 0) == [1, 1, 1])
        #expect(run.times(.computeFinished, at: 0) == [2, 3, 4])
    }

    @Test("Messages of one instant come in the order of their senders")
    func senders() {
        let run = FinishedRun([
            service([.call([callTo(3)])], arrivals: [users(1)]),
            service([.call([callTo(3)])], arrivals: [users(1)]),
            service([.call([callTo(3)])], arrivals: [users(1)]),
            service([compute(1)]),
        ])
        let senders = run.of(.requestDelivered, at: 3).map {
            RequestIdentity.service(of: $0.request).index
        }
        #expect(senders == [0, 1, 2])
    }
}
