import Kernel
import Model
import Testing

@Suite("Probes") struct ProbeTests {
    /// A life cycle that starts in a second, with probes each second whose first is after two.
    private static func description(
        readiness: ProbeDescription? = nil, liveness: ProbeDescription? = nil
    ) -> LifeCycleDescription {
        var description = LifeCycleDescription()
        description.readiness = readiness
        description.liveness = liveness
        return description
    }

    private static func everySecond(
        delay: Int64 = 2, timeout: Int64 = 500, failures: Int = 3, successes: Int = 1
    ) -> ProbeDescription {
        ProbeDescription(
            initialDelay: .seconds(delay), period: .seconds(1), timeout: .milliseconds(timeout),
            failures: failures, successes: successes)
    }

    /// Answers at once with `isFine`.
    private static func answering(
        _ isFine: @escaping (Double) -> Bool
    ) -> (ProbeKind, SimulatedInstant) -> (succeeded: Bool, after: SimulatedDuration) {
        { _, now in (isFine(now.seconds), .zero) }
    }

    @Test("The defaults are Kubernetes': every 10 s, 1 s to answer, 3 failures, 1 success")
    func defaults() {
        let probe = ProbeDescription()
        #expect(probe.initialDelay == .zero && probe.period == .seconds(10))
        #expect(probe.timeout == .seconds(1) && probe.failures == 3 && probe.successes == 1)
        #expect(LifeCycleDescription().grace == .seconds(30))
    }

    @Test("A new replica is ready after as many good probes as it needs, from its initial delay on")
    func becomesReady() {
        var run = LifeRun(
            Self.description(readiness: Self.everySecond(successes: 3)), isCold: true)
        run.answer = Self.answering { _ in true }
        run.run(to: 10.5)
        #expect(run.seconds(of: .beganServing) == [1])
        #expect(run.seconds(of: .sendsReadinessProbe).prefix(3) == [2, 3, 4])
        #expect(run.seconds(of: .becameReady) == [4])
    }

    @Test("Failures in a row make it unready, a success between them starts the count again")
    func becomesUnready() {
        var run = LifeRun(Self.description(readiness: Self.everySecond()), isCold: true)
        let bad: Set<Double> = [4, 5, 7, 8, 9, 10]
        run.answer = Self.answering { !bad.contains($0) }
        run.run(to: 20)
        #expect(run.seconds(of: .becameReady) == [2, 11])
        #expect(run.seconds(of: .becameUnready) == [9])
        #expect(run.life.phase == .running)
    }

    @Test("A probe that is not answered in time has failed; one answered just in time has not")
    func timeouts() {
        for (delay, isReady) in [(500, true), (501, false)] as [(Int64, Bool)] {
            var run = LifeRun(Self.description(readiness: Self.everySecond()))
            run.answer = { _, _ in (true, .milliseconds(delay)) }
            run.run(to: 10)
            #expect(run.life.isReady == isReady)
        }
    }

    @Test("A second probe is not sent while the first is on its way")
    func oneAtATime() {
        var run = LifeRun(
            Self.description(readiness: Self.everySecond(timeout: 2_500)), isCold: true)
        run.run(to: 9)
        #expect(run.seconds(of: .sendsReadinessProbe) == [2, 5, 8])
    }

    @Test("Three failures of liveness stop the container within its grace, and start it in place")
    func liveness() {
        var run = LifeRun(Self.description(liveness: Self.everySecond()), isCold: true)
        run.answer = Self.answering { $0 < 4.5 || $0 > 10 }
        run.run(to: 8)
        #expect(run.seconds(of: .drains) == [7])
        #expect(run.seconds(of: .becameUnready) == [7])
        #expect(run.life.phase == .terminating)
        run.run(to: 9)
        run.becameIdle()
        run.run(to: 60)
        #expect(run.seconds(of: .beganServing) == [1, 10])
        #expect(run.life.restarts == 1 && run.life.isReady)
    }

    @Test("Containers that fail their liveness probe again and again fall into the crash loop")
    func livenessLoop() {
        var description = Self.description(liveness: Self.everySecond(failures: 1))
        description.grace = .zero
        var run = LifeRun(description, isCold: true)
        run.answer = Self.answering { _ in false }
        run.run(to: 100)
        // Serves a second after its start and is stopped a second later.
        #expect(run.seconds(of: .beganServing) == [1, 3, 15, 37, 79])
    }

    @Test("A liveness probe that comes too early never lets a slow container start")
    func tooEarly() {
        var description = Self.description(liveness: Self.everySecond(delay: 0))
        description.start = seconds(5)
        var run = LifeRun(description, isCold: true)
        run.answer = Self.answering { _ in true }
        run.run(to: 500)
        #expect(run.seconds(of: .beganServing).isEmpty)
        #expect(run.life.restarts >= 5)
    }

    @Test("Answers to a container that is gone do not count")
    func lateAnswers() {
        var run = LifeRun(Self.description(readiness: Self.everySecond()))
        run.run(to: 1.5)
        let number = run.life.probe(.readiness).number
        #expect(number > 0)
        run.kill()
        let before = run.life
        run.note(
            run.life.probeEnded(
                .readiness, number: number, succeeded: true, at: run.now, run.program))
        #expect(run.life == before)
    }

    @Test("Replicas that run from the start are probed at different phases of the period")
    func phases() {
        let firsts = (0..<20).map { replica in
            var run = LifeRun(
                Self.description(readiness: ProbeDescription()), replica: replica)
            run.answer = Self.answering { _ in true }
            run.run(to: 30)
            let sent = run.seconds(of: .sendsReadinessProbe)
            #expect(sent.count == 3 && abs(sent[1] - sent[0] - 10) < 1e-6)
            return sent[0]
        }
        #expect(Set(firsts).count == 20)
        #expect(firsts.allSatisfy { (0..<10).contains($0) })
        #expect(firsts.min() ?? 9 < 3 && firsts.max() ?? 0 > 7)
    }

    @Test("Each probe draws its own work")
    func work() {
        var probe = Self.everySecond()
        probe.work = Distribution(.exponential(mean: 0.1))
        var run = LifeRun(Self.description(readiness: probe, liveness: probe))
        run.answer = Self.answering { _ in true }
        var drawn: Set<SimulatedDuration> = []
        for second in 1...10 {
            run.run(to: Double(second))
            drawn.insert(run.program.work(of: .readiness, run.life))
            drawn.insert(run.program.work(of: .liveness, run.life))
        }
        #expect(drawn.count >= 18)
    }
}
