import Model
import Testing

@Suite("18: garbage collection spiral")
struct GarbageSpiralTests {
    @Test(
        "a queue that the spike left keeps the collector busy, and so itself", arguments: [1, 2, 3])
    func queueKeepsTheCollectorBusy(seed: UInt64) throws {
        let run = try Scenario("18-gc-spiral").run(seed: seed)
        #expect(run.users(0..<20).success > 0.99)
        #expect(run.collectorShare(0..<20) < 0.02)
        #expect(run.users(40..<75).success < 0.02)
        #expect(abs(run.collectorShare(40..<75) - 0.69) < 0.03)
        #expect(run.service("api", 40..<75).meanRequests > 460)
        #expect(abs(run.service("api", 40..<75).rate(\.succeeded) - 88) < 6)
    }

    @Test("it recovers by itself at a load below what the full heap can do", arguments: [1, 2, 3])
    func recoversBelowItsHiddenCapacity(seed: UInt64) throws {
        let run = try Scenario("18-gc-spiral", changes: ["base: 220 req/s": "base: 60 req/s"])
            .run(seed: seed)
        #expect(run.users(60..<75).success > 0.99)
    }

    @Test("a short queue leaves the heap room, and the spike passes", arguments: [1, 2, 3])
    func shortQueueIsTheCure(seed: UInt64) throws {
        let run = try Scenario("18-gc-spiral-cured").run(seed: seed)
        #expect(run.users(30..<75).success > 0.99)
        #expect(run.collectorShare(30..<75) < 0.02)
    }
}

extension ScenarioRun {
    /// Share of time that `api` stood still for its collector.
    fileprivate func collectorShare(_ window: Range<Int>) -> Double {
        service("api", window).sum(\.pauseTime) / 1e9 / Double(window.count)
    }
}
