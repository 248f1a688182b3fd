import Coordination
import Foundation
import Kernel
import Model
import Testing

/// Random models, run in random ways over a transport that delivers in random order.
///
/// `TOPPLE_REPLAY_SEED=<seed>` runs one seed and prints everything about it; `TOPPLE_SLOW_TESTS=1`
/// runs many more. `TOPPLE_SWEEP=<first>,<last>` runs these seeds, saying which before each, so that a
/// script can go on after one that crashes.
struct EngineSimulationTests {
    private static let shards = 0..<8
    private static var seedsOfShard: Int { isSlow ? 750 : 14 }
    static var isSlow: Bool {
        ProcessInfo.processInfo.environment["TOPPLE_SLOW_TESTS"] == "1"
    }
    private static var replaySeed: UInt64? {
        ProcessInfo.processInfo.environment["TOPPLE_REPLAY_SEED"].flatMap { UInt64($0) }
    }

    private static var sweep: ClosedRange<UInt64>? {
        let bounds = ProcessInfo.processInfo.environment["TOPPLE_SWEEP"]?
            .split(separator: ",").compactMap { UInt64($0) }
        guard let bounds, bounds.count == 2, bounds[0] <= bounds[1] else { return nil }
        return bounds[0]...bounds[1]
    }

    @Test("seeds can be swept", .enabled(if: sweep != nil))
    func seedsCanBeSwept() throws {
        for seed in try #require(Self.sweep) {
            FileHandle.standardOutput.write(Data("sweep: at \(seed)\n".utf8))
            guard let problem = Simulation(seed: seed).problem() else { continue }
            FileHandle.standardOutput.write(Data("sweep: \(seed) failed: \(problem)\n".utf8))
            Issue.record("seed \(seed): \(problem)")
        }
    }

    @Test("every way of running gives the sequential digest", arguments: shards)
    func everyWayOfRunningGivesTheSequentialDigest(shard: Int) {
        if Self.replaySeed != nil || Self.sweep != nil { return }
        for number in 0..<Self.seedsOfShard {
            let seed = UInt64(shard * Self.seedsOfShard + number)
            if let problem = Simulation(seed: seed).problem() {
                Issue.record(
                    """
                    \(problem)
                    Replay: TOPPLE_REPLAY_SEED=\(seed) swift test -c release \
                    --filter EngineSimulation
                    """)
                return
            }
        }
    }

    @Test("a seed can be replayed", .enabled(if: replaySeed != nil))
    func aSeedCanBeReplayed() throws {
        let simulation = Simulation(seed: try #require(Self.replaySeed))
        print(simulation.details())
        #expect(simulation.problem() == nil)
    }

    @Test("the models drawn do everything that a service can do")
    func theModelsDrawnDoEverything() {
        var counters = ServiceCounters()
        var edges = EdgeCounters()
        var marks = 0
        var tails = 0
        for seed in 0..<140 as Range<UInt64> {
            let outcome = Simulation(seed: seed).runSequentially().outcome
            for process in outcome.processes {
                counters.succeeded += process.counters.succeeded
                counters.rejected += process.counters.rejected
                counters.failed += process.counters.failed
                counters.shed += process.counters.shed
                counters.expired += process.counters.expired
                counters.unavailable += process.counters.unavailable
                counters.errors += process.counters.errors
                counters.cancelled += process.counters.cancelled
                counters.probesEnded += process.counters.probesEnded
                counters.kills += process.counters.kills
                counters.crashes += process.counters.crashes
                counters.drained += process.counters.drained
                counters.conflicts += process.counters.conflicts
                counters.pauseTime += process.counters.pauseTime
                counters.throttledTime += process.counters.throttledTime
                for edge in process.edges { edges.add(edge) }
                marks += process.marks.count
                tails += process.tails.count
            }
        }
        #expect(marks > 100_000 && tails > 300, "\(marks) marks, \(tails) tails")
        #expect(counters.succeeded > 1000)
        #expect(counters.rejected > 100)
        #expect(counters.failed > 100)
        #expect(edges.timeouts > 100)
        #expect(edges.rejected > 100)
        #expect(edges.lateAnswers > 100)
        #expect(counters.shed > 100 && counters.expired > 100 && counters.unavailable > 100)
        #expect(counters.errors > 100 && counters.cancelled > 100 && counters.probesEnded > 100)
        #expect(counters.kills > 20 && counters.crashes > 5 && counters.drained > 5)
        #expect(counters.conflicts > 50, "\(counters.conflicts)")
        #expect(counters.pauseTime > 0 && counters.throttledTime > 0)
        #expect(edges.retries > 100 && edges.hedges > 100 && edges.abandoned > 100)
        #expect(edges.broken > 20 && edges.trips > 5 && edges.poolRefused > 20)
        #expect(edges.throttled > 20 && edges.budgetDenied > 20 && edges.lost > 0, "\(edges)")
    }

    @Test("the runs drawn are executed again and again in parts")
    func theRunsDrawnAreExecutedAgain() throws {
        var statistics = EngineStatistics()
        for seed in 0..<60 as Range<UInt64> {
            let simulation = Simulation(seed: seed)
            for mode in simulation.modes {
                let own = try simulation.run(mode).outcome.statistics
                statistics.windows += own.windows
                statistics.executions += own.executions
                statistics.eventsExecuted += own.eventsExecuted
                statistics.eventsCommitted += own.eventsCommitted
            }
        }
        #expect(statistics.windows > 10_000)
        #expect(statistics.executions > statistics.windows * 5 / 4, "\(statistics)")
        #expect(statistics.eventsExecuted > statistics.eventsCommitted * 3 / 2, "\(statistics)")
    }
}

extension EdgeCounters {
    fileprivate mutating func add(_ other: Self) {
        timeouts += other.timeouts
        rejected += other.rejected
        lateAnswers += other.lateAnswers
        retries += other.retries
        hedges += other.hedges
        abandoned += other.abandoned
        broken += other.broken
        trips += other.trips
        poolRefused += other.poolRefused
        throttled += other.throttled
        budgetDenied += other.budgetDenied
        lost += other.lost
    }
}
