import Kernel
import Model
import Testing

@Suite("1: retry storm")
struct RetryStormTests {
    private static let load = "280 req/s"

    @Test("nothing succeeds any more after the trigger is gone", arguments: [1, 2, 3])
    func nothingSucceedsAfterTheTriggerIsGone(seed: UInt64) throws {
        let run = try Scenario("01-retry-storm").run(seed: seed)
        #expect(run.users(0..<20).success > 0.99)
        #expect(run.users(22..<40).success < 0.02)
        #expect(run.users(42..<73).success < 0.02)
        // 280 calls a second are 560 requests to the database.
        let after = run.edge("clients", "db", 42..<73)
        #expect(abs(after.rate(\.requests) / after.callRate - 2) < 0.05)
        #expect(abs(after.rate(\.requests) - 560) < 25)
    }

    @Test("a retry budget lets it recover", arguments: [1, 2, 3])
    func aRetryBudgetLetsItRecover(seed: UInt64) throws {
        let run = try Scenario("01-retry-storm-cured").run(seed: seed)
        #expect(run.users(0..<20).success > 0.99)
        #expect(run.users(60..<73).success > 0.99)
        #expect(run.edge("clients", "db").retries < 30)
    }

    @Test(
        "below 300 / 2 = 150 req/s it recovers by itself, above it does not", arguments: [1, 2, 3])
    func theBorderIsTheCapacityOverTheAttempts(seed: UInt64) throws {
        let stable = try Scenario("01-retry-storm", changes: [Self.load: "140 req/s"])
        #expect(stable.run(seed: seed).users(45..<73).success > 0.99)
        for load in ["160 req/s", "200 req/s"] {
            let vulnerable = try Scenario("01-retry-storm", changes: [Self.load: load])
            #expect(vulnerable.run(seed: seed).users(45..<73).success < 0.02)
        }
    }

    @Test("load must fall below 150 req/s for it to recover", arguments: [1, 2, 3])
    func theLoadMustFallFar(seed: UInt64) throws {
        let line = "after: { to: clients, rate: { base: 0 req/s, spike: "
        for (cut, recovers) in [(100, true), (200, false)] {
            let scenario = try Scenario(
                "01-retry-storm", changes: [line + Self.load: line + "\(cut) req/s"])
            let late = scenario.run(seed: seed).users(62..<73)
            #expect(recovers ? late.success > 0.99 : late.success < 0.02, "\(cut) req/s")
        }
    }

    @Test("turning retries off ends it", arguments: [1, 2, 3])
    func turningRetriesOffEndsIt(seed: UInt64) throws {
        let scenario = try Scenario(
            "01-retry-storm",
            changes: [
                "  trigger:": """
                  calm:
                    change: { from: clients, to: db, calls: { retries: { attempts: 1 } } }
                    from: 40 s
                  trigger:
                """
            ])
        let run = scenario.run(seed: seed)
        #expect(run.users(32..<40).success < 0.02)
        #expect(run.users(63..<73).success > 0.99)
    }

    @Test("at 155 req/s it survives a spike that tips it at 290", arguments: [1, 2, 3])
    func vulnerabilityGrowsWithLoad(seed: UInt64) throws {
        func survives(_ load: Int, spike: Int) throws -> Bool {
            let scenario = try Scenario(
                "01-retry-storm",
                changes: [
                    "trigger: { slow: { service: db, factor: 10 }, from: 20 s, until: 30 s }":
                        "never: { slow: { service: db, factor: 10 }, from: 1 h }",
                    Self.load: "\(load) req/s",
                    "arrivals:": """
                    arrivals:
                      spike:
                        to: clients
                        rate: { base: 0 req/s, spike: \(spike) req/s, from: 20 s, until: 22 s }
                    """,
                ])
            return scenario.run(seed: seed).users(45..<73).success > 0.5
        }
        #expect(try survives(155, spike: 200))
        #expect(try !survives(155, spike: 400))
        #expect(try survives(290, spike: 100))
        #expect(try !survives(290, spike: 200))
    }
}
