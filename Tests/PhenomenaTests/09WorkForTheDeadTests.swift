import Kernel
import Model
import Testing

@Suite("9: work for the dead")
struct WorkForTheDeadTests {
    /// Share of c's cores in use while `users` come.
    private func load(_ run: ScenarioRun) -> Double { run.service("c", 22..<58).busyCores / 20 }

    private func success(_ run: ScenarioRun) -> Double {
        let users = run.users("users")
        return Double(users.succeeded) / Double(users.requests)
    }

    @Test("without deadlines c works a quarter of its capacity for nobody", arguments: [1, 2, 3])
    func withoutDeadlinesWorkIsForNobody(seed: UInt64) throws {
        let run = try Scenario("09-work-for-the-dead").run(seed: seed)
        #expect(success(run) < 0.01)
        #expect(abs(load(run) - 0.25) < 0.01)
        // The core time of b and c comes back to a in late answers.
        let edge = run.edge("a", "b")
        #expect(Double(edge.workLate) > 0.9 * Double(edge.workLate + edge.workUseful))
    }

    @Test("with deadlines c does nothing for nobody", arguments: [1, 2, 3])
    func withDeadlinesNothingIsForNobody(seed: UInt64) throws {
        let scenario = try Scenario(
            "09-work-for-the-dead-cured", changes: ["{ adaptive-lifo: 20 }": "fifo"])
        let run = scenario.run(seed: seed)
        #expect(success(run) < 0.01)
        #expect(load(run) < 0.01)
    }

    @Test("with deadlines and the newest first, users get what b can do", arguments: [1, 2, 3])
    func withDeadlinesAndTheNewestFirstUsersAreServed(seed: UInt64) throws {
        let run = try Scenario("09-work-for-the-dead-cured").run(seed: seed)
        #expect(success(run) > 0.8)
        // Everything that c has done was of use.
        let answered = run.service("c").succeeded
        #expect(answered - run.service("a").succeeded < answered / 100)
    }

    @Test("b passes on the two seconds that a's ten have left", arguments: [1])
    func whatIsLeftOfADeadlineIsPassedOn(seed: UInt64) throws {
        let run = try Scenario("09-deadline-chain").run(seed: seed)
        #expect(run.users("users").requests == 90)
        #expect(run.users("users").succeeded == 0)
        // Each request begins two of four steps of a second.
        #expect(run.service("c").computeTime == 90 * 2 * 1_000_000_000)

        let blind = try Scenario("09-deadline-chain", changes: [", propagateDeadline: true": ""])
        #expect(blind.run(seed: seed).service("c").computeTime == 90 * 4 * 1_000_000_000)
    }

    @Test("c has its full time when what is left is enough", arguments: [1])
    func aDeadlineThatIsLongEnoughIsMet(seed: UInt64) throws {
        let scenario = try Scenario("09-deadline-chain", changes: ["10 s": "13 s"])
        #expect(scenario.run(seed: seed).users("users").succeeded == 90)
    }
}
