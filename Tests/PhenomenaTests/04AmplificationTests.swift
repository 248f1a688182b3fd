import Kernel
import Model
import Testing

@Suite("4: amplification over tiers")
struct AmplificationTests {
    private static let tiers = ["frontend", "backend", "db"]

    @Test("four attempts at each of three tiers are 64 at the bottom", arguments: [1, 2, 3])
    func fourAttemptsAtThreeTiersAreSixtyFour(seed: UInt64) throws {
        let run = try Scenario("04-amplification").run(seed: seed)
        let users = run.service("js").arrived
        #expect(users == 180)
        for (tier, factor) in zip(Self.tiers, [4, 16, 64] as [UInt64]) {
            #expect(run.service(tier).arrived == factor * users, "\(tier)")
        }
        // A first attempt all the way, then 3 retries by the innermost of 1, 4 and 16 callers.
        let causes = run.service("db").causes
        #expect(causes[0] == users)
        #expect(causes.sum == 64 * users)
        let byTier = (1...14).map { causes[$0] }.filter { $0 > 0 }
        #expect(byTier.sorted() == [3 * users, 12 * users, 48 * users])
    }

    @Test("three attempts at each of five tiers are 243 at the bottom")
    func threeAttemptsAtFiveTiersAre243() throws {
        let policy = "retries: { attempts: 3 }"
        let scenario = try Scenario(
            "04-amplification",
            changes: [
                "retries: { attempts: 4 }": policy,
                "  js:\n": """
                  portal:
                    calls: { gateway: { \(policy) } }
                    steps: [{ call: gateway }]
                  gateway:
                    calls: { js: { \(policy) } }
                    steps: [{ call: js }]
                  js:

                """,
                "to: js": "to: portal",
            ])
        let run = scenario.run(seed: 1)
        #expect(run.service("db").arrived == 243 * run.service("portal").arrived)
    }

    @Test("retries at one tier only are 4 at the bottom", arguments: [1, 2, 3])
    func retriesAtOneTierAreFour(seed: UInt64) throws {
        let run = try Scenario("04-amplification-cured").run(seed: seed)
        for tier in Self.tiers {
            #expect(run.service(tier).arrived == 4 * run.service("js").arrived, "\(tier)")
        }
    }

    @Test(
        "with half of all requests failing, one tier makes 1.875 attempts for 93.75 % success",
        arguments: [1, 2, 3])
    func partialFailureFollowsTheFormula(seed: UInt64) throws {
        let scenario = try Scenario(
            "04-amplification-cured",
            changes: ["fail: 100%": "fail: 50%", "10 req/s": "1100 req/s"])
        let run = scenario.run(seed: seed)
        let users = run.service("js")
        #expect(users.arrived > 19_000)
        let attempts = Double(run.service("db").arrived) / Double(users.arrived)
        #expect(abs(attempts - 1.875) < 0.02, "\(attempts)")
        let success = Double(users.succeeded) / Double(users.arrived)
        #expect(abs(success - 0.9375) < 0.006, "\(success)")
    }
}
