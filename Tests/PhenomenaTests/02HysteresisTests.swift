import Kernel
import Model
import Testing

@Suite("2: hysteresis of load")
struct HysteresisTests {
    /// Of all requests of the stream, the share that succeeded.
    private func success(_ run: ScenarioRun, _ stream: String) -> Double {
        let users = run.users(stream)
        return Double(users.succeeded) / Double(users.requests)
    }

    @Test("what was served on the way up fails on the way down", arguments: [1, 2, 3, 4, 5])
    func whatWasServedOnTheWayUpFailsOnTheWayDown(seed: UInt64) throws {
        let run = try Scenario("02-hysteresis").run(seed: seed)
        for rate in [100, 140, 180, 220, 260, 290] {
            #expect(success(run, "up-\(rate)") > 0.99, "\(rate)")
        }
        // Retries double 180 and more to more than 300; 8 s of 140 only begin to drain the queue.
        for rate in [290, 260, 220, 180, 140] {
            #expect(success(run, "down-\(rate)") < 0.02, "\(rate)")
        }
        #expect(success(run, "down-100") > 0.99)
    }

    @Test("with a retry budget the ways up and down are the same", arguments: [1, 2, 3, 4, 5])
    func aRetryBudgetClosesTheLoop(seed: UInt64) throws {
        let run = try Scenario("02-hysteresis-cured").run(seed: seed)
        for rate in [100, 140, 180, 220] {
            #expect(success(run, "up-\(rate)") > 0.99, "\(rate)")
            #expect(success(run, "down-\(rate)") > 0.99, "\(rate)")
        }
    }
}
