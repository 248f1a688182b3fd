import Kernel
import Model
import Testing

@Suite("Timeline of faults") struct FaultTimelineTests {
    private static func random(_ mean: Double, _ lasting: Double) -> FaultSchedule {
        .random(
            wait: Distribution(.exponential(mean: mean)),
            lasting: Distribution(.exponential(mean: lasting)))
    }

    @Test("Windows begin and end when they say, those of one instant in the file's order")
    func windows() {
        var run = FaultRun([
            fault(.cores(1), window(2, 5)), fault(.cores(2), window(0, 2)),
            fault(.cores(3), window(5, nil)), fault(.kill([0]), window(5, nil)),
        ])
        run.run(to: 100)
        #expect(
            run.log == [
                .init(0, 1, true), .init(2, 0, true), .init(2, 1, false), .init(5, 0, false),
                .init(5, 2, true), .init(5, 3, true),
            ])
        #expect(run.timeline.nextInstant == .never)
    }

    @Test("Random faults come at the same instants in every service that they hit, run after run")
    func randomIsShared() {
        let schedule = Self.random(10, 2)
        var first = FaultRun([fault(.kill([0]), schedule, number: 4)], service: 0)
        var second = FaultRun(
            [
                fault(.cores(1), window(3, 4), number: 1),
                fault(.loss(to: [ServiceID(1)], probability: 1), schedule, number: 4),
            ], service: 9)
        first.run(to: 1_000)
        second.run(to: 1_000)
        #expect(first.log.count > 100)
        let other = second.log.filter { $0.fault == 1 }
        #expect(first.log.map(\.second) == other.map(\.second))
        #expect(first.log.map(\.begins) == other.map(\.begins))

        var third = FaultRun([fault(.kill([0]), schedule, number: 5)])
        var fourth = FaultRun([fault(.kill([0]), schedule, number: 4)], seed: 2)
        third.run(to: 1_000)
        fourth.run(to: 1_000)
        #expect(third.log != first.log && fourth.log != first.log)
    }

    @Test("A random fault waits and lasts as long as its distributions say on average")
    func randomMeans() {
        var run = FaultRun([fault(.cores(1), Self.random(8, 2))])
        run.run(to: 200_000)
        var active = 0.0
        for (begin, end) in zip(run.log, run.log.dropFirst()) where begin.begins {
            active += end.second - begin.second
        }
        let cycles = Double(run.log.count) / 2
        // Both means have a standard error of 0.7 % with 20,000 cycles.
        #expect(abs(active / cycles - 2) < 0.06)
        #expect(abs(200_000 / cycles - 10) < 0.25)
    }

    @Test("Random faults that wait and last no time let time go on")
    func noWait() {
        let nothing = Distribution(.deterministic(value: 0))
        var run = FaultRun([fault(.kill([0]), .random(wait: nothing, lasting: nothing))])
        run.run(to: 0.1)
        #expect(run.log.count == 198)
    }

    @Test(
        "A condition must hold for its time, at every look; then the fault lasts its own, and it is looked at afresh"
    )
    func condition() {
        let condition = FaultCondition(metric: .queue, isAbove: true, bound: 5)
        var run = FaultRun([
            fault(
                .cores(1), .condition(condition, holding: .milliseconds(300), lasting: .seconds(2)))
        ])
        // Above the bound from 1 s on, but for a moment at 1.2 s.
        run.metrics = { second in
            FaultMetrics(queue: second >= 0.95 && abs(second - 1.2) > 0.01 ? 6 : 5)
        }
        run.run(to: 6.05)
        #expect(
            run.log == [
                .init(1.6, 0, true), .init(3.6, 0, false), .init(4, 0, true),
                .init(6, 0, false),
            ])
    }

    @Test("A fault without an end happens once, at the first look at which its condition holds")
    func once() {
        let condition = FaultCondition(metric: .readyReplicas, isAbove: false, bound: 3)
        var run = FaultRun([
            fault(.kill([0]), .condition(condition, holding: .zero, lasting: nil))
        ])
        run.metrics = { FaultMetrics(readyReplicas: $0 > 7.03 ? 2 : 3) }
        run.run(to: 60)
        #expect(run.log == [.init(7.1, 0, true)])
    }

    @Test("Every metric is looked at, above and below its bound")
    func metrics() {
        let all = FaultMetrics(queue: 10, requests: 20, utilisation: 0.5, readyReplicas: 3)
        let values: [(FaultCondition.Metric, Double)] = [
            (.queue, 10), (.requests, 20), (.utilisation, 0.5), (.readyReplicas, 3),
        ]
        for (metric, value) in values {
            for (isAbove, bound, holds) in [
                (true, value - 0.1, true), (true, value, false), (false, value + 0.1, true),
                (false, value, false),
            ] {
                let condition = FaultCondition(metric: metric, isAbove: isAbove, bound: bound)
                var run = FaultRun([
                    fault(.cores(1), .condition(condition, holding: .zero, lasting: nil))
                ])
                run.metrics = { _ in all }
                run.run(to: 1)
                #expect(run.log.isEmpty != holds)
            }
        }
    }

    @Test("A timeline goes on from its bytes as the original would have")
    func bytes() throws {
        let condition = FaultCondition(metric: .queue, isAbove: true, bound: 5)
        let faults = [
            fault(.cores(1), Self.random(1, 1)), fault(.cores(1), window(3, 9), number: 1),
            fault(
                .cores(1), .condition(condition, holding: .seconds(1), lasting: .seconds(1)),
                number: 2),
        ]
        var run = FaultRun(faults)
        run.metrics = { FaultMetrics(queue: Int($0 * 2) % 9) }
        run.run(to: 5.05)
        var resumed = run
        resumed.timeline = try FaultTimeline(decoding: run.timeline.encoded())
        #expect(resumed.timeline.suits(run.program))
        #expect(!resumed.timeline.suits(FaultRun([]).program))
        run.run(to: 50)
        resumed.run(to: 50)
        #expect(run.log.count > 30 && run.log == resumed.log)

        let bytes = run.timeline.encoded()
        for position in bytes.indices {
            var changed = bytes
            changed[position] ^= 0xFF
            guard var decoded = try? FaultTimeline(decoding: changed), decoded.suits(run.program)
            else { continue }
            // What is accepted goes on without harm.
            for _ in 0..<50 where decoded.nextInstant < .never {
                _ = decoded.takeNext(
                    at: decoded.nextInstant, metrics: FaultMetrics(queue: 9), run.program)
            }
        }
    }
}
