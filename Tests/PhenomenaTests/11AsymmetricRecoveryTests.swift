import Model
import Testing

@Suite("11: asymmetric recovery")
struct AsymmetricRecoveryTests {
    @Test(
        "a cascade of crashes goes on at loads that it would not have begun at",
        arguments: [1, 2, 3])
    func cascadeGoesOnAtLoadsBelowTheOneThatBeganIt(seed: UInt64) throws {
        let run = try Scenario("11-asymmetric-recovery").run(seed: seed)
        #expect(run.users(0..<20).success > 0.999)
        #expect(run.service("server", 0..<20).sum(\.kills) == 0)
        #expect(run.service("server", 20..<60).sum(\.kills) > 10)
        #expect(run.users(50..<60).success < 0.02)
        #expect(run.users(170..<198).success < 0.02)
        #expect(run.service("server", 170..<198).meanReady < 1)
    }

    @Test("nor does it end at 60% of what the servers can take", arguments: [1, 2, 3])
    func cascadeGoesOnAtSixtyPercent(seed: UInt64) throws {
        let run = try recovery(at: "600 req/s", seed: seed)
        #expect(run.users(170..<198).success < 0.05)
    }

    @Test("it ends at what one server alone can take, a tenth", arguments: [1, 2, 3])
    func cascadeEndsAtATenth(seed: UInt64) throws {
        let run = try recovery(at: "90 req/s", seed: seed)
        #expect(run.users(170..<198).success > 0.999)
        #expect(run.service("server", 170..<198).sum(\.kills) == 0)
    }

    @Test(
        "servers that shed do not die, and the peak costs only what is beyond them",
        arguments: [1, 2, 3])
    func sheddingIsTheCure(seed: UInt64) throws {
        let run = try Scenario("11-asymmetric-recovery-cured").run(seed: seed)
        #expect(run.service("server").kills == 0)
        #expect(abs(run.users(30..<60).success - 1000.0 / 1150) < 0.02)
        #expect(run.users(62..<198).success > 0.99)
    }

    private func recovery(at rate: String, seed: UInt64) throws -> ScenarioRun {
        try Scenario(
            "11-asymmetric-recovery",
            changes: ["at: 60 s, rate: 900 req/s": "at: 60 s, rate: \(rate)"]
        )
        .run(seed: seed)
    }
}

extension ServiceWindow {
    /// Ready replicas, averaged over the ends of the seconds in which something happened.
    fileprivate var meanReady: Double {
        sum(\.readyReplicas) / Double(max(samples.count, 1))
    }
}
