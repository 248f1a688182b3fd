import Coordination
import Kernel
import Model
import RandomModels
import Testing

/// The benchmark over the same transport as the models.
struct PholdSimulationTests {
    @Test("PHOLD with workers gives the sequential digest", arguments: 0..<24)
    func pholdGivesTheSequentialDigest(seed: Int) throws {
        var random = RandomSource(seed: UInt64(seed), purpose: 9)
        let configuration = PholdConfiguration(
            index: 0, count: random.int(1...9), population: random.int(0...12),
            lookahead: SimulatedDuration(seconds: random.magnitude(0.0002, 0.01)),
            mean: SimulatedDuration(seconds: random.pick([0, 0.001, 0.009, 0.03])),
            seed: random.next())
        let settings = RunSettings(
            seed: configuration.seed, duration: .milliseconds(Int64(random.int(20...200))),
            checkpointInterval: .milliseconds(Int64(random.int(1...50))),
            recordsEvents: random.isTrue(0.5))
        var run = SequentialRun(configuration, settings: settings)
        let events = run.run(before: settings.end)
        let expected = SimulationResult(run.outcome(), events: events)
        for _ in 0..<3 {
            let groups = RunPlan.evenGroups(of: configuration.count, workers: random.int(1...9))
            let plan = RunPlan(phold: configuration, settings: settings, groups: groups)
            let lookahead = configuration.lookahead
            let synchronisation = random.pick([
                Synchronisation.conservative, .optimistic(window: nil),
                .optimistic(window: lookahead), .optimistic(window: lookahead * 7),
                .optimistic(window: .seconds(1)),
            ])
            var transport = InMemoryTransport(
                CoordinatorMachine(
                    workers: plan.workers, channels: plan.channels, settings: settings,
                    synchronisation: synchronisation),
                seed: random.next())
            let outcome = try transport.run()
            let difference = SimulationResult(outcome, events: transport.events)
                .difference(from: expected)
            #expect(difference == nil, "\(synchronisation), \(groups.count) workers")
        }
    }

    @Test("processes are dealt out evenly", arguments: [1, 2, 7, 16])
    func processesAreDealtOutEvenly(workers: Int) {
        let groups = RunPlan.evenGroups(of: 16, workers: workers)
        #expect(groups.count == workers)
        #expect(groups.flatMap { $0 } == (0..<16).map { ServiceID($0) })
        #expect((groups.map(\.count).max() ?? 0) - (groups.map(\.count).min() ?? 0) <= 1)
    }
}
