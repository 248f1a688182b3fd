import Model
import Testing

@Suite("13: retry budgets")
struct RetryBudgetsTests {
    /// A budget, and what becomes of 12,000 calls at a failure probability: attempts for each call.
    struct Case: CustomTestStringConvertible {
        let budget: String
        let failure: String
        let amplification: ClosedRange<Double>
        var testDescription: String { "\(budget) at \(failure)" }
    }

    /// Two retries of 12,000 calls.
    private static let rounding = 0.000_2
    static let cases = [
        Case(budget: tokens, failure: "100%", amplification: 1...1.000_6),
        Case(budget: tokens, failure: "50%", amplification: 1...1.001),
        Case(budget: tokens, failure: "5%", amplification: 1.043...1.063),
        Case(budget: share, failure: "100%", amplification: 1.101...1 / 0.9 + rounding),
        Case(budget: share, failure: "50%", amplification: 1.101...1 / 0.9 + rounding),
        Case(budget: share, failure: "5%", amplification: 1.043...1.063),
        Case(budget: ratio, failure: "100%", amplification: 1.24...1.26),
        Case(budget: ratio, failure: "50%", amplification: 1.24...1.26),
        Case(budget: ratio, failure: "5%", amplification: 1.043...1.063),
        Case(budget: bucket, failure: "100%", amplification: 1...1.001),
        Case(budget: bucket, failure: "50%", amplification: 1.043...1.063),
        Case(budget: bucket, failure: "5%", amplification: 1.043...1.063),
    ]
    private static let tokens = "tokens: { maximum: 10, ratio: 0.1 }"
    private static let share = "share: { share: 10%, window: 60 s }"
    private static let ratio = "ratio: { ratio: 0.2, minimum: 10 req/s, window: 10 s }"
    private static let bucket = "bucket: { capacity: 10, ratio: 0.1 }"

    @Test("without a budget failures multiply the load", arguments: [1, 2, 3])
    func failuresMultiplyTheLoad(seed: UInt64) throws {
        for (failure, expected) in [("50%", 1.875), ("5%", 1.0526), ("100%", 4)] {
            let edge = try Scenario(
                "13-retry-budgets", changes: ["fail: 50%": "fail: \(failure)"]
            ).run(seed: seed).edge("clients", "server")
            let amplification = Double(edge.requests) / Double(edge.calls)
            #expect(abs(amplification - expected) < 0.02 * expected, "\(failure): \(amplification)")
        }
    }

    @Test("four attempts at 50% leave one call in sixteen failed", arguments: [1, 2, 3])
    func fourAttemptsLeaveOneInSixteenFailed(seed: UInt64) throws {
        let run = try Scenario("13-retry-budgets").run(seed: seed)
        #expect(abs(run.users("users").success - 0.9375) < 0.008)
    }

    @Test("a budget bounds the attempts for each call", arguments: cases, [1, 2, 3])
    func budgetBoundsAttempts(_ example: Case, seed: UInt64) throws {
        let edge = try Scenario(
            "13-retry-budgets-cured",
            changes: [Self.tokens: example.budget, "fail: 50%": "fail: \(example.failure)"]
        ).run(seed: seed).edge("clients", "server")
        let amplification = Double(edge.requests) / Double(edge.calls)
        #expect(example.amplification.contains(amplification), "\(amplification)")
    }

    @Test(
        "a retry is made only while retries are below the share of all attempts",
        arguments: [1, 2, 3])
    func retriesStayBelowTheirShare(seed: UInt64) throws {
        let edge = try Scenario("13-retry-budgets-cured", changes: [Self.tokens: Self.share])
            .run(seed: seed).edge("clients", "server")
        // So it was before the last one.
        #expect(Double(edge.retries - 1) < 0.1 * Double(edge.requests - 1))
        #expect(Double(edge.retries) > 0.0999 * Double(edge.requests))
    }

    @Test("what retries the budget allows still help", arguments: [1, 2, 3])
    func allowedRetriesHelp(seed: UInt64) throws {
        for (budget, expected) in [
            (Self.tokens, 0.5), (Self.share, 0.556), (Self.ratio, 0.625), (Self.bucket, 0.526),
        ] {
            let run = try Scenario("13-retry-budgets-cured", changes: [Self.tokens: budget])
                .run(seed: seed)
            #expect(abs(run.users("users").success - expected) < 0.015, "\(budget)")
        }
    }

    @Test("gRPC's tokens allow at most five retries when everything fails", arguments: [1, 2, 3])
    func tokensAllowFiveRetries(seed: UInt64) throws {
        let run = try Scenario("13-retry-budgets-cured", changes: ["fail: 50%": "fail: 100%"])
            .run(seed: seed)
        #expect((1...5).contains(run.edge("clients", "server").retries))
    }

    @Test("Envoy's three at a time bound retries by how long each takes", arguments: [1, 2, 3])
    func threeAtATimeBoundRetries(seed: UInt64) throws {
        let edge = try Scenario(
            "13-retry-budgets-cured",
            changes: [
                Self.tokens: "concurrent: 3", "fail: 50%": "fail: 100%",
                "delay: 10 ms": "delay: 100 ms",
            ]
        ).run(seed: seed).edge("clients", "server")
        // Each retry is away for 101 ms.
        #expect(Double(edge.retries) <= 3 * 60 / 0.101 + 3)
        #expect(Double(edge.retries) > 0.9 * 3 * 60 / 0.101)
    }
}

extension EdgeCounters {
    fileprivate var success: Double {
        Double(callSuccesses) / Double(callSuccesses + callFailures)
    }
}
