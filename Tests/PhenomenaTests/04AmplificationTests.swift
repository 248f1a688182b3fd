import Testing

@Suite("4: amplification over tiers")
struct AmplificationTests {
    @Test("four attempts at each of three tiers are 64 at the bottom", arguments: [1, 2, 3])
    func fourAttemptsAtThreeTiersAreSixtyFour(seed: UInt64) throws {
        let run = try Scenario("04-amplification").run(seed: seed)
        let users = run.service("js").arrived
        #expect(users > 170)
        #expect(run.service("frontend").arrived == 4 * users)
        #expect(run.service("backend").arrived == 16 * users)
        #expect(run.service("db").arrived == 64 * users)
    }
}
