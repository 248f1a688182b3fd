import Kernel
import Model
import Testing

@Suite("28: connection pool exhaustion")
struct ConnectionPoolTests {
    @Test("a pool of 10 carries 500 calls/s of 20 ms, and 10 calls/s of 1 s", arguments: [1, 2, 3])
    func poolCarriesItsSizeOverTheTimeOfACall(seed: UInt64) throws {
        let run = try Scenario("28-connection-pool").run(seed: seed)
        #expect(run.users("before").callSuccesses == run.users("before").calls)
        // Little: 10 connections / 1 s. They come back all at once, so an edge of the window may hold
        // one handful more or less.
        #expect(abs(run.edge("api", "db", 23..<48).rate(\.requests) - 10) <= 0.5)
        let during = run.users("during", 23..<48)
        #expect(abs(during.goodput - 10) <= 0.5)
        #expect(abs(during.success - 0.025) < 0.005)
        #expect(run.edge("api", "db", 23..<48).success < 0.03)
        // Hardly anybody is in the callee: ten connections, and all but ten of the waiting in the caller.
        #expect(run.service("db", 23..<48).meanRequests < 0.5)
        #expect(run.service("api", 23..<48).meanRequests > 100)
        #expect(run.users("after", 60..<78).success == 1)
    }

    @Test("a pool for 400 calls/s of 1 s loses nobody", arguments: [1, 2, 3])
    func poolByLittlesLawLosesNobody(seed: UInt64) throws {
        let run = try Scenario("28-connection-pool-cured").run(seed: seed)
        #expect(run.users("before").callFailures == 0)
        #expect(run.users("during").callFailures == 0)
        #expect(run.users("after").callFailures == 0)
        let median = try #require(run.userLatencies("during").quantile(0.5)).seconds
        #expect(abs(median - 1) < 0.005)
    }
}
