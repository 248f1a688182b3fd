import ControlPlane
import Coordination
import Kernel
import Model
import RandomModels
import Testing

/// Random models that are scaled in random ways, run in random ways.
@Suite("Scaled models")
struct ScalingSimulationTests {
    private static let shards = 0..<4
    private static var seedsOfShard: Int { EngineSimulationTests.isSlow ? 600 : 20 }

    @Test(
        "Every way of running gives the sequential digest and the sequential report of the control plane",
        arguments: shards)
    func everyWayOfRunning(shard: Int) {
        for number in 0..<Self.seedsOfShard {
            let seed = UInt64(50_000 + shard * Self.seedsOfShard + number)
            if let problem = Simulation(seed: seed, isScaled: true).problem() {
                Issue.record("seed \(seed): \(problem)")
                return
            }
        }
    }

    @Test("The scaling drawn does everything that a control plane can do")
    func everythingHappens() {
        var kinds: Set<String> = []
        var reasons: [String: Int] = [:]
        var steps = 0
        for seed in 50_000..<50_160 as Range<UInt64> {
            let simulation = Simulation(seed: seed, modes: 0, isScaled: true)
            guard let plan = simulation.scaling else { continue }
            kinds.insert(String("\(plan.policy.kind)".prefix { $0 != "(" }))
            guard let report = simulation.runSequentially().outcome.control else {
                Issue.record("seed \(seed) has no report")
                continue
            }
            steps += report.steps.count - plan.services.count
            for event in report.events { reasons[event.reason, default: 0] += 1 }
        }
        #expect(kinds.count == 7)
        #expect(steps > 200)
        for reason in [
            "SuccessfulRescale", "TriggeredScaleUp", "ScaleDown", "Preempted", "Shortfall",
            "NotTriggerScaleUp", "ScaleUpTimedOut", "ResizeCompleted", "ResizeDeferred",
            "ResizeInfeasible", "EvictedByVPA", "FailedCreate", "CapacityIsFound",
            "CapacityIsNotFound", "CapacityReservationTimeExpired", "CapacityBookingConsumed",
        ] {
            #expect(reasons[reason, default: 0] > 0, "\(reason) never happened: \(reasons)")
        }
    }

    @Test("The same seed gives the same run, other seeds others")
    func seeds() {
        var others = 0
        for seed in 50_000..<50_010 as Range<UInt64> {
            var simulation = Simulation(seed: seed, modes: 0, isScaled: true)
            let one = simulation.runSequentially()
            #expect(simulation.runSequentially().difference(from: one) == nil)
            simulation.settings.seed &+= 1
            if simulation.runSequentially().outcome.digest != one.outcome.digest { others += 1 }
        }
        #expect(others > 5)
    }
}
