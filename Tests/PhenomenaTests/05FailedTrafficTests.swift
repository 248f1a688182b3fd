import Kernel
import Model
import Testing

@Suite("5: failed traffic on top")
struct FailedTrafficTests {
    @Test("every second 100 req/s more are offered", arguments: [1, 2, 3])
    func everySecondOneHundredMoreAreOffered(seed: UInt64) throws {
        let run = try Scenario("05-failed-traffic").run(seed: seed)
        // 10,100 in the first second, 10,200 in the next, then 10,300 ... on average over five seconds.
        for start in stride(from: 0, to: 40, by: 5) {
            let offered = run.service("backend", start..<start + 5).arrivalRate
            let expected = 10_100 + 100 * (Double(start) + 2)
            #expect(abs(offered - expected) < 0.01 * expected, "from \(start) s: \(offered)")
        }
        let total = Double(run.service("backend").arrived)
        #expect(abs(total - 482_000) < 0.01 * 482_000, "\(total)")
    }

    @Test("a retry budget of a tenth stops the growth at 10,100 / 0.9", arguments: [1, 2, 3])
    func aRetryBudgetStopsTheGrowth(seed: UInt64) throws {
        let run = try Scenario("05-failed-traffic-cured").run(seed: seed)
        // The window of 10 s lets retries come in waves; over each whole window they are a tenth.
        for window in [20..<30, 30..<40] {
            let offered = run.service("backend", window).arrivalRate
            #expect(abs(offered - 10_100 / 0.9) < 60, "\(window): \(offered)")
        }
    }

    @Test("without retries the backend sees the users' load", arguments: [1])
    func withoutRetriesTheLoadIsThatOfTheUsers(seed: UInt64) throws {
        let scenario = try Scenario("05-failed-traffic", changes: ["attempts: 10": "attempts: 1"])
        let run = scenario.run(seed: seed)
        #expect(abs(run.service("backend", 1..<40).arrivalRate - 10_100) < 5)
        #expect(abs(run.users(1..<40).success - 1 / 1.01) < 0.002)
    }
}
