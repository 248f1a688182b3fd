import Coordination
import Kernel
import Model
import RandomModels
import Testing
import Wire

/// What workers are told of random models, to bytes and back.
struct ConfigurationCodingTests {
    @Test("configurations of random models survive coding and have one binary form")
    func configurationsSurviveCoding() throws {
        for seed in 0..<150 as Range<UInt64> {
            let model = RandomModel(seed: seed).model
            let layout = SystemLayout(model, seed: seed)
            for service in layout.services {
                let bytes = service.encoded()
                let decoded = try ServiceConfiguration(decoding: bytes)
                #expect(decoded == service)
                #expect(decoded.encoded() == bytes)
            }
        }
    }

    @Test("routings and welcomes of random placements survive coding")
    func welcomesSurviveCoding() throws {
        for seed in 0..<100 as Range<UInt64> {
            let simulation = Simulation(seed: seed)
            let layout = SystemLayout(simulation.random.model, seed: simulation.settings.seed)
            let groups = simulation.modes[0].placement.groups(of: simulation.random.model)
            let plan = RunPlan(
                simulation.random.model, settings: simulation.settings, groups: groups)
            for (group, worker) in zip(groups, plan.workers) {
                let own = layout.plan(for: group)
                #expect(try PartitionRouting(decoding: own.routing.encoded()) == own.routing)
                let bytes = worker.welcome()
                let welcome = try ByteReader.read(bytes) {
                    (reader) throws(ByteError) -> Welcome in
                    _ = try reader.read(UInt8.self)
                    let welcome = try Welcome(from: &reader)
                    try reader.finish()
                    return welcome
                }
                #expect(welcome.routing == own.routing)
                #expect(welcome.receivers == own.receivers)
                #expect(welcome.end == simulation.settings.end)
                #expect(
                    try welcome.configurations.map { try ServiceConfiguration(decoding: $0) }
                        == group.map { layout.services[$0.index] })
                #expect(welcome.encoded() == bytes)
            }
        }
    }

    @Test("reports of random runs survive coding")
    func reportsSurviveCoding() throws {
        for seed in 0..<100 as Range<UInt64> {
            for report in Simulation(seed: seed).runSequentially().outcome.processes {
                #expect(try ProcessReport(decoding: report.encoded()) == report)
            }
        }
    }

    @Test("changed configurations are refused or make a service that can be compiled")
    func changedConfigurationsCrashNothing() {
        var random = RandomSource(seed: 11)
        var accepted = 0
        for seed in 0..<60 as Range<UInt64> {
            let model = RandomModel(seed: seed).model
            for service in SystemLayout(model, seed: seed).services {
                let bytes = service.encoded()
                for _ in 0..<20 {
                    guard
                        let decoded = try? ServiceConfiguration(
                            decoding: random.mutate(bytes))
                    else { continue }
                    let program = ServiceProgram(decoded, checkpointInterval: .seconds(1))
                    accepted += program.seriesCount > 0 ? 1 : 0
                }
                for length in stride(from: 0, to: bytes.count, by: 7) {
                    #expect(throws: ByteError.self) {
                        try ServiceConfiguration(decoding: Array(bytes[..<length]))
                    }
                }
            }
        }
        #expect(accepted > 0)
    }
}
