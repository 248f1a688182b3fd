import Testing

@Suite("Scaling: the founding experiment")
struct FoundingExperimentTests {
    /// The first minutes of the spike, which decide.
    private static let spike: KeyValuePairs = [
        "arrivals.users.rate.steps":
            "[{ at: 0 s, rate: 500 req/s }, { at: 1 min, rate: 5000 req/s }]"
    ]

    @Test(
        "With autoscalers by themselves the tiers topple one after another",
        arguments: ScalingScenario.seeds)
    func tiersToppleInTurn(seed: UInt64) throws {
        let run = try ScalingScenario("abcd-spike", Self.spike).run(seed: seed, minutes: 4)
        let (a, b, c) = (run.turnedAway("a"), run.turnedAway("b"), run.turnedAway("c"))
        #expect(min(a.count, b.count, c.count) > 1000)
        #expect(a.centre + 10 < b.centre)
        #expect(b.centre + 5 < c.centre)
    }

    @Test(
        "With scaling along the call graph only the entry turns requests away",
        arguments: ScalingScenario.seeds)
    func onlyTheEntryTopples(seed: UInt64) throws {
        let run = try ScalingScenario("abcd-spike", scaling: "coordinated", Self.spike).run(
            seed: seed, minutes: 2)
        let entry = run.turnedAway("a")
        #expect(entry.count > 1000)
        #expect(run.turnedAway("b").count < entry.count / 100)
        #expect(run.turnedAway("c").count < entry.count / 100)
        // One look, one start and one probe after the spike began all is well.
        #expect(run.failing(105..<120) == 0)
    }
}
