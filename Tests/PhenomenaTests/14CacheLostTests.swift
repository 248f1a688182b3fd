import Model
import Testing

@Suite("14: look-aside cache lost")
struct CacheLostTests {
    @Test("a cache whose fills come late does not fill again", arguments: [1, 2, 3])
    func lateFillsDoNotFillTheCache(seed: UInt64) throws {
        let run = try Scenario("14-cache-lost").run(seed: seed)
        #expect(abs(run.hitRatio(0..<10) - 0.9) < 0.02)
        #expect(run.users(0..<10).success > 0.999)
        #expect(run.hitRatio(40..<50) < 0.04)
        #expect(run.hitRatio(115..<125) < 0.04)
        #expect(run.users(115..<125).success < 0.04)
        // The database works at its full 200/s for callers that no longer wait.
        #expect(abs(run.service("db", 115..<125).rate(\.succeeded) - 200) < 2)
        #expect(run.edge("web", "db", 115..<125).rate(\.lateAnswers) > 190)
    }

    @Test("neither does it with keys of unequal popularity", arguments: [1, 2, 3])
    func unequalPopularityDoesNotHelp(seed: UInt64) throws {
        let run = try Scenario(
            "14-cache-lost",
            changes: [
                "keys: 10_000": "keys: 20_000, zipf: 0.6", "capacity: 9_000": "capacity: 10_000",
                "rate: 1000 req/s": "rate: 500 req/s",
            ]
        ).run(seed: seed)
        #expect(run.users(0..<10).success > 0.99)
        #expect(run.hitRatio(115..<125) < 0.2)
        #expect(run.users(115..<125).success < 0.2)
    }

    @Test(
        "a short queue at the database fills the cache with what it can do", arguments: [1, 2, 3])
    func shortQueueIsTheCure(seed: UInt64) throws {
        let run = try Scenario("14-cache-lost-cured").run(seed: seed)
        let early = run.hitRatio(25..<26)
        let middle = run.hitRatio(45..<46)
        #expect((0.2...0.45).contains(early), "\(early)")
        #expect((0.55...0.8).contains(middle), "\(middle)")
        #expect(abs(run.hitRatio(100..<125) - 0.9) < 0.02)
        #expect(run.users(100..<125).success > 0.99)
    }
}

extension ScenarioRun {
    fileprivate func hitRatio(_ window: Range<Int>) -> Double {
        let web = service("web", window)
        let (hits, misses) = (web.sum(\.cacheHits), web.sum(\.cacheMisses))
        return hits + misses > 0 ? hits / (hits + misses) : 0
    }
}
