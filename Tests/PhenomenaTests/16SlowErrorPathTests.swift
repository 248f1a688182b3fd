import Model
import Testing

@Suite("16: slow error path")
struct SlowErrorPathTests {
    @Test("errors that cost more than successes keep the overload going", arguments: [1, 2, 3])
    func dearErrorsKeepTheOverloadGoing(seed: UInt64) throws {
        let run = try Scenario("16-slow-error-path").run(seed: seed)
        #expect(run.users(0..<20).success > 0.99)
        #expect(run.users(40..<50).success < 0.02)
        #expect(run.users(75..<88).success < 0.02)
        #expect(run.service("web", 75..<88).meanRequests > 190)
        #expect(run.service("web", 75..<88).busyCores > 0.99)
    }

    @Test(
        "it recovers by itself only below the rate that errors alone can be made at",
        arguments: [1, 2, 3])
    func recoversOnlyBelowTheRateOfErrors(seed: UInt64) throws {
        // Half a request and an error cost 5 + 30 ms: 28.6 a second.
        #expect(try late(at: "20 req/s", seed: seed) > 0.99)
        #expect(try late(at: "40 req/s", seed: seed) < 0.02)
    }

    @Test("with errors that cost nothing it recovers within ten seconds", arguments: [1, 2, 3])
    func cheapErrorsAreTheCure(seed: UInt64) throws {
        let run = try Scenario("16-slow-error-path-cured").run(seed: seed)
        #expect(run.users(20..<30).success < 0.5)
        #expect(run.users(40..<88).success > 0.99)
    }

    @Test(
        "so it does with errors as dear and no more requests than can be in time",
        arguments: [1, 2, 3])
    func fewThreadsAreTheCure(seed: UInt64) throws {
        let run = try Scenario("16-slow-error-path", changes: ["threads: 200": "threads: 20"])
            .run(seed: seed)
        #expect(run.users(40..<88).success > 0.99)
    }

    /// The users' success long after the trigger, at another rate.
    private func late(at rate: String, seed: UInt64) throws -> Double {
        try Scenario("16-slow-error-path", changes: ["rate: 60 req/s": "rate: \(rate)"])
            .run(seed: seed).users(75..<88).success
    }
}
