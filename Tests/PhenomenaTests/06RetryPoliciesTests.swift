import Kernel
import Model
import Testing

@Suite("6: retry policies compared")
struct RetryPoliciesTests {
    /// Success of the users, and requests to the server for each of theirs.
    private func outcome(
        _ scenario: String, failing percent: String, seed: UInt64
    ) throws -> (success: Double, amplification: Double) {
        let run = try Scenario(scenario, changes: ["fail: 50%": "fail: \(percent)"]).run(seed: seed)
        let users = run.users("users")
        return (
            Double(users.succeeded) / Double(users.requests),
            Double(run.service("server").arrived) / Double(users.requests)
        )
    }

    @Test(
        "three retries succeed with 1 - f⁴ for (1 - f⁴) / (1 - f) requests",
        arguments: [("1%", 0.01), ("5%", 0.05), ("10%", 0.1), ("30%", 0.3), ("50%", 0.5)])
    func threeRetriesFollowTheFormula(percent: String, failing: Double) throws {
        for seed: UInt64 in 1...3 {
            let (success, amplification) = try outcome(
                "06-retry-policies", failing: percent, seed: seed)
            let expected = 1 - failing * failing * failing * failing
            #expect(abs(success - expected) < 0.004, "\(success)")
            #expect(abs(amplification - expected / (1 - failing)) < 0.015, "\(amplification)")
        }
    }

    /// When the buckets are empty, retries are R = 0.1 (1 - f) (1 + R) for each call. At the start the
    /// buckets are full: 500 retries more for 60,000 calls.
    @Test(
        "adaptive clients hardly retry when much fails",
        arguments: [("30%", 0.3), ("50%", 0.5)])
    func adaptiveClientsHardlyRetryWhenMuchFails(percent: String, failing: Double) throws {
        for seed: UInt64 in 1...3 {
            let (success, amplification) = try outcome(
                "06-retry-policies-cured", failing: percent, seed: seed)
            let refill = 0.1 * (1 - failing)
            let expected = 1 + refill / (1 - refill) + 500 / 60_000 / (1 - refill)
            #expect(abs(amplification - expected) < 0.006, "\(amplification)")
            #expect(abs(success - (1 - failing) * expected) < 0.008, "\(success)")
        }
    }

    @Test("adaptive clients retry as others do when little fails", arguments: ["1%", "5%"])
    func adaptiveClientsRetryWhenLittleFails(percent: String) throws {
        for seed: UInt64 in 1...3 {
            let plain = try outcome("06-retry-policies", failing: percent, seed: seed)
            let adaptive = try outcome("06-retry-policies-cured", failing: percent, seed: seed)
            #expect(adaptive.success > 0.999)
            #expect(abs(adaptive.amplification - plain.amplification) < 0.005)
        }
    }

    /// Brooker: every client brings a full bucket, so the more there are for the same load, the more
    /// adaptive retries look like plain ones. The figures are those of a program of a few lines that only
    /// draws successes and counts tokens.
    @Test(
        "the more clients share a load, the more they retry",
        arguments: [(10, 1.060), (100, 1.127), (1_000, 1.64)])
    func theMoreClientsTheMoreRetries(clients: Int, expected: Double) throws {
        let scenario = try Scenario(
            "06-retry-policies-cured",
            changes: ["replicas: 100": "replicas: \(clients)", "1000 req/s": "100 req/s"])
        for seed: UInt64 in 1...3 {
            let run = scenario.run(seed: seed)
            let users = Double(run.users("users").requests)
            let amplification = Double(run.service("server").arrived) / users
            #expect(abs(amplification - expected) < 0.03, "\(amplification)")
        }
    }
}
