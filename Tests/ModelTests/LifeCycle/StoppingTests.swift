import Kernel
import Model
import Testing

@Suite("Stopping and holding down") struct StoppingTests {
    @Test("A replica that is told to stop is not ready at once and ends when it is idle")
    func idle() {
        var run = LifeRun()
        run.run(to: 5)
        run.stop(restarts: false)
        #expect(run.life.phase == .terminating && run.life.isServing && !run.life.takesRequests)
        run.run(to: 12)
        run.becameIdle()
        #expect(run.life.phase == .absent && run.life.nextAlarm == .never)
        #expect(
            run.log == [
                .init(5, [.becameUnready, .drains]), .init(12, [.requestsDie, .ended, .finished]),
            ])
    }

    @Test("After the grace period of 30 s what is left dies")
    func grace() {
        var run = LifeRun()
        run.run(to: 5)
        run.stop(restarts: true)
        run.run(to: 60)
        #expect(
            run.log == [
                .init(5, [.becameUnready, .drains]), .init(35, .requestsDie),
                .init(36, [.beganServing, .becameReady]),
            ])
        #expect(run.life.restarts == 0 && run.life.incarnation == 1)
    }

    @Test("A replica that is not running stops at once")
    func notRunning() {
        var run = LifeRun(isCold: true)
        run.run(to: 0.5)
        #expect(run.life.phase == .starting)
        run.stop(restarts: false)
        #expect(run.life.phase == .absent)
        #expect(run.log == [.init(0.5, .ended)])
    }

    @Test("One that was told to stop for good does not come back when it is killed or restarted")
    func forGood() {
        for isKilled in [false, true] {
            var run = LifeRun()
            run.run(to: 1)
            run.stop(restarts: true)
            run.stop(restarts: false)
            run.stop(restarts: true)
            if isKilled { run.kill() }
            run.run(to: 100)
            #expect(run.life.phase == .absent)
        }
    }

    @Test("A crash while it drains ends it, and the sequel stands")
    func crashWhileDraining() {
        var run = LifeRun()
        run.run(to: 1)
        run.stop(restarts: true)
        run.run(to: 2)
        run.crash()
        run.run(to: 10)
        #expect(run.seconds(of: .becameReady) == [3])
    }

    @Test("A replica that is held down is created again when it is released")
    func hold() {
        var description = LifeCycleDescription()
        description.scheduling = seconds(2)
        var run = LifeRun(description)
        run.run(to: 5)
        run.hold()
        run.run(to: 9)
        #expect(run.life.phase == .down && run.life.nextAlarm == .never)
        run.kill()
        run.crash()
        run.stop(restarts: true)
        #expect(run.life.phase == .down)
        run.release()
        run.run(to: 20)
        #expect(
            run.log == [
                .init(5, [.becameUnready, .requestsDie]), .init(12, [.beganServing, .becameReady]),
            ])
    }

    @Test("A replica that is created while it is held down waits for its release")
    func createHeld() {
        let program = LifeCycleProgram(nil, seed: 1, service: ServiceID(0))
        var life = ReplicaLife(absent: 3)
        _ = life.hold(at: .start, program)
        _ = life.create(at: .start, program)
        #expect(life.phase == .down && life.nextAlarm == .never)
        _ = life.release(at: .start + .seconds(4), program)
        #expect(life.phase == .pending)
    }

    @Test("A replica that starts cold takes its time for each stage")
    func stages() {
        var description = LifeCycleDescription()
        description.scheduling = seconds(1)
        description.imagePull = seconds(2)
        description.start = seconds(4)
        var run = LifeRun(description, isCold: true)
        var phases: [ReplicaLife.Phase] = []
        for second in [0.5, 1.5, 3.5, 7.5] {
            run.run(to: second)
            phases.append(run.life.phase)
        }
        #expect(phases == [.pending, .pulling, .starting, .running])
        #expect(run.log == [.init(7, [.beganServing, .becameReady])])
    }

    @Test("The speed rises in sixteen even steps, and again for each container")
    func warmUp() {
        var description = LifeCycleDescription()
        description.warmUp = WarmUpDescription(speed: 0.2, time: .seconds(32))
        var run = LifeRun(description)
        #expect(run.life.speed == 1)
        run.kill()
        var speeds: [Double] = []
        for step in 0...17 {
            run.run(to: 2 + 2 * Double(step))
            speeds.append(run.life.speed)
        }
        #expect(run.seconds(of: .speedChanged) == (0...16).map { 1 + 2 * Double($0) })
        for (step, speed) in speeds.enumerated() {
            #expect(abs(speed - min(0.2 + 0.8 * Double(step) / 16, 1)) < 1e-12)
        }
        #expect(speeds.last == 1 && run.life.nextAlarm == .never)
        run.crash()
        run.run(to: 100)
        #expect(run.seconds(of: .speedChanged).count == 34)
    }

    @Test("Times are drawn anew for each container, and alike in every run")
    func draws() {
        var description = LifeCycleDescription()
        description.start = Distribution(.exponential(mean: 5))
        func begun(seed: UInt64, replica: Int) -> [Double] {
            var run = LifeRun(description, seed: seed, replica: replica)
            for second in 1...5 {
                run.run(to: Double(second) * 100)
                run.kill()
            }
            run.run(to: 1000)
            return run.seconds(of: .beganServing).map { $0.truncatingRemainder(dividingBy: 100) }
        }
        let first = begun(seed: 1, replica: 0)
        #expect(first.count == 5 && Set(first).count == 5)
        #expect(first == begun(seed: 1, replica: 0))
        #expect(first != begun(seed: 2, replica: 0))
        #expect(first != begun(seed: 1, replica: 1))
    }
}
