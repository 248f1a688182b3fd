import Kernel
import Model
import Testing

@Suite("36: the tail at scale")
struct TailAtScaleTests {
    @Test("1 - 0.99ⁿ of the users see a slow leaf", arguments: [1, 2, 3])
    func slowUsersAreOneMinusThePower(seed: UInt64) throws {
        let hundred = try Scenario("36-tail-at-scale").run(seed: seed)
        #expect(abs(try slowShare(hundred) - 0.634) < 0.045)
        #expect(try #require(hundred.userLatencies("users").quantile(0.5)).seconds > 0.9)
        // The leaves themselves: one in a hundred.
        let leaf = hundred.latencies("leaf")
        #expect(try #require(leaf.quantile(0.98)).seconds < 0.01)

        let row = "          leaf, leaf, leaf, leaf, leaf, leaf, leaf, leaf, leaf, leaf"
        let rows = Array(repeating: row, count: 10).joined(separator: ",\n")
        let twenty = try Scenario("36-tail-at-scale", changes: [rows: row + ",\n" + row])
            .run(seed: seed)
        #expect(abs(try slowShare(twenty) - 0.182) < 0.04)
        #expect(try #require(twenty.userLatencies("users").quantile(0.5)).seconds < 0.05)
        #expect(try #require(twenty.userLatencies("users").quantile(0.9)).seconds > 0.9)
    }

    @Test("a hedge after 30 ms leaves 1% slow and costs 1%", arguments: [1, 2, 3])
    func hedgeTakesTheTail(seed: UInt64) throws {
        let run = try Scenario("36-tail-at-scale-cured").run(seed: seed)
        let users = run.userLatencies("users")
        #expect(try #require(users.quantile(0.9)).seconds < 0.06)
        // 1 - (1 - 10⁻⁴)¹⁰⁰ = 0.995% of about a thousand users, which varies.
        #expect(try #require(users.quantile(0.975)).seconds < 0.06)
        #expect(try #require(users.quantile(0.9985)).seconds > 0.9)
        let edge = run.edge("root", "leaf")
        #expect(abs(Double(edge.requests) / Double(edge.calls) - 1.01) < 0.002)
        #expect(edge.hedges == edge.requests - edge.calls)
    }

    @Test("95 answers of 100 are enough: no tail, and no hedge", arguments: [1, 2, 3])
    func ninetyFiveAreEnough(seed: UInt64) throws {
        let run = try Scenario(
            "36-tail-at-scale",
            changes: [
                "- parallel: [\n": "- parallel: { need: 95, calls: [\n", "leaf ]\n": "leaf ] }\n",
            ]
        ).run(seed: seed)
        #expect(try #require(run.userLatencies("users").quantile(0.99)).seconds < 0.05)
    }

    /// The share of slower ones than half a second, from the mean: a user takes 10 ms or 1 s more.
    private func slowShare(_ run: ScenarioRun) throws -> Double {
        let mean = try #require(run.userLatencies("users").mean)
        let fast = try #require(run.userLatencies("users").quantile(0)).seconds
        return (mean - max(fast, 0.010)) / 0.991
    }
}
