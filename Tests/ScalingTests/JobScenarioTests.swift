import Model
import Testing

/// ScaledJobs: replicas that take their work and end.
@Suite("Jobs that are started for what waits")
struct JobScenarioTests {
    private static func run(_ strategy: String, seed: UInt64) throws -> ScalingRun {
        try ScalingScenario(
            "jobs", ["services.transcode.scaling.manifest": "jobs-\(strategy).yaml"]
        ).run(seed: seed)
    }

    @Test(
        "Every job does one upload and ends",
        arguments: ScalingScenario.seeds)
    func oneEach(seed: UInt64) throws {
        let run = try Self.run("accurate", seed: seed)
        let samples = run.samples("transcode")
        let gone = samples.reduce(0) { $0 + Double($1.drained) }
        let ended = samples.reduce(0) { $0 + Double($1.succeeded) }
        #expect(ended > 500 && gone == ended, "\(gone) jobs for \(ended) uploads")
        #expect(samples.allSatisfy { $0.kills == 0 })
        #expect(run.users(0..<3600).bad == 0)
        // A job is there for as long as its upload takes, a minute on average, and five seconds before.
        #expect((55...80).contains(run.replicaSeconds / gone))
        #expect(run.peak("transcode") <= 40)
        // Their ends are nobody's decision.
        #expect(run.steps("transcode").count == 1)
        #expect(run.reasons.contains("KEDAJobsCreated"))
        #expect(!run.reasons.contains("SuccessfulRescale"))
    }

    @Test(
        "The default strategy leaves as many waiting as are worked on, where jobs take their message",
        arguments: ScalingScenario.seeds)
    func strategies(seed: UInt64) throws {
        func waiting(_ run: ScalingRun) -> Double {
            let samples = run.samples("transcode").filter { $0.number > 900 }
            return samples.reduce(0) { $0 + Double($1.waiting) } / Double(samples.count)
        }
        let plain = try Self.run("default", seed: seed)
        let accurate = try Self.run("accurate", seed: seed)
        #expect(waiting(plain) > 10, "\(waiting(plain))")
        #expect(waiting(accurate) < 5, "\(waiting(accurate))")
        #expect(accurate.latency(0.5) < plain.latency(0.5))
    }
}
