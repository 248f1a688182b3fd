import Kernel
import Model
import Testing

@Suite("15: cache stampede")
struct StampedeTests {
    @Test("all who ask for a hot key while it is fetched fetch it too", arguments: [1, 2, 3])
    func allFetchTheKey(seed: UInt64) throws {
        let run = try Scenario("15-stampede").run(seed: seed)
        // Every herd is 1 + 1000/s x 0.101 s = 102; a cycle is 1 s and two fetches, as the last of
        // the herd puts the key in last: 30 / 1.202 x 102.
        #expect(abs(Double(run.service("db").arrived) - 2546) < 0.05 * 2546)
    }

    @Test("single flight makes it one", arguments: [1, 2, 3])
    func singleFlightMakesItOne(seed: UInt64) throws {
        let plain = try Scenario("15-stampede").run(seed: seed).service("db").arrived
        let run = try Scenario("15-stampede-cured").run(seed: seed)
        #expect((27...28).contains(run.service("db").arrived))
        #expect(plain > 80 * run.service("db").arrived)
        #expect(run.users("users").failures == 0)
        let slowest = try #require(run.userLatencies("users").maximum)
        #expect(slowest.seconds <= 0.101)
    }
}
