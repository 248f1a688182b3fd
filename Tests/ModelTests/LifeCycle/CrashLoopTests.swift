import Kernel
import Model
import Testing

@Suite("Crash loop") struct CrashLoopTests {
    private static func description(start: Double) -> LifeCycleDescription {
        var description = LifeCycleDescription()
        description.start = seconds(start)
        return description
    }

    /// The waits between a crash and the next start of the container, of `count` crashes, each as
    /// soon as the container serves.
    private static func waits(_ run: inout LifeRun, count: Int) -> [Double] {
        var waits: [Double] = []
        var now = run.now.seconds
        for _ in 0..<count {
            let crashed = now
            run.crash()
            while run.life.phase != .running {
                now += 0.5
                run.run(to: now)
            }
            // Each start takes a second, and `run` stops before what happens at its end.
            waits.append(run.seconds(of: .beganServing).last.map { $0 - 1 - crashed } ?? -1)
        }
        return waits
    }

    @Test("A container that crashes is started at once, then after 10, 20, 40, 80, 160, 300, 300 s")
    func series() {
        var run = LifeRun(Self.description(start: 1))
        run.run(to: 100)
        // It crashes half a second after it serves.
        let waits = Self.waits(&run, count: 8)
        #expect(waits == [0, 10, 20, 40, 80, 160, 300, 300])
        #expect(run.life.restarts == 8)
        #expect(run.life.incarnation == 8)
    }

    @Test("Crashes are forgotten after ten minutes, start included, and not before")
    func reset() {
        for (lasting, expected) in [(600.0, 20.0), (600.5, 0)] {
            var run = LifeRun(Self.description(start: 1))
            run.run(to: 1)
            run.crash()
            run.run(to: 3)
            run.crash()
            // Started again at 13.
            run.run(to: 13 + lasting)
            run.crash()
            run.run(to: 700)
            let begun = run.seconds(of: .beganServing)
            #expect(begun == [2, 14, 13 + lasting + expected + 1])
        }
    }

    @Test("A replica that crashes loses its requests and is not ready until it serves again")
    func actions() {
        var run = LifeRun(Self.description(start: 1))
        run.run(to: 5)
        run.crash()
        #expect(!run.life.isReady && !run.life.isServing)
        run.run(to: 10)
        #expect(
            run.log == [
                .init(5, [.becameUnready, .requestsDie]), .init(6, [.beganServing, .becameReady]),
            ])
    }

    @Test("The series follows the description's base and cap")
    func ownNumbers() {
        var description = Self.description(start: 1)
        description.crashBackoff = .seconds(2)
        description.crashBackoffCap = .seconds(5)
        var run = LifeRun(description)
        run.run(to: 1)
        #expect(Self.waits(&run, count: 5) == [0, 2, 4, 5, 5])
    }

    @Test("A pod that is killed makes room for one without a past, which is scheduled and pulled")
    func kill() {
        var description = Self.description(start: 1)
        description.scheduling = seconds(2)
        description.imagePull = seconds(4)
        var run = LifeRun(description)
        run.run(to: 1)
        run.crash()
        run.run(to: 3)
        run.crash()
        #expect(run.life.phase == .backingOff)
        run.run(to: 5)
        run.kill()
        #expect(run.life.phase == .pending && run.life.restarts == 0)
        run.run(to: 13)
        #expect(run.seconds(of: .beganServing) == [2, 12])
        run.crash()
        run.run(to: 15)
        #expect(run.seconds(of: .beganServing) == [2, 12, 14])
    }

    @Test("Without a life cycle a killed replica is back after a second")
    func plain() {
        var run = LifeRun()
        #expect(run.life.isReady && run.life.nextAlarm == .never)
        run.run(to: 7)
        run.kill()
        run.run(to: 20)
        #expect(
            run.log == [
                .init(7, [.becameUnready, .requestsDie]), .init(8, [.beganServing, .becameReady]),
            ])
    }
}
