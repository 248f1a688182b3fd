import Kernel
import Model
import Testing

@Suite("29: head of line")
struct HeadOfLineTests {
    /// Per second, and seconds.
    private let cheap = (rate: 18.0, time: 0.005)
    private let dear = (rate: 2.0, time: 0.2)
    /// Work that a request finds begun, on average: λE[S²]/2.
    private var residual: Double {
        (cheap.rate * cheap.time * cheap.time + dear.rate * dear.time * dear.time) / 2
    }
    private var load: Double { cheap.rate * cheap.time + dear.rate * dear.time }

    @Test("first in first out: both wait as Pollaczek and Khinchine say", arguments: [1, 2, 3])
    func firstInFirstOutFollowsPollaczekKhinchine(seed: UInt64) throws {
        let run = try Scenario("29-head-of-line").run(seed: seed)
        let wait = residual / (1 - load)
        try expectMean(run, "cheap", wait + cheap.time)
        try expectMean(run, "dear", wait + dear.time)
        let slowest = try #require(run.userLatencies("cheap").quantile(0.99)).seconds
        #expect(slowest > 0.5 && slowest < 0.65)
    }

    @Test(
        "by priority: Cobham's means, and the cheap p99 is a dear service time",
        arguments: [1, 2, 3])
    func priorityFollowsCobham(seed: UInt64) throws {
        let run = try Scenario("29-head-of-line-priority").run(seed: seed)
        let first = residual / (1 - cheap.rate * cheap.time)
        try expectMean(run, "cheap", first + cheap.time)
        try expectMean(run, "dear", first / (1 - load) + dear.time)
        let slowest = try #require(run.userLatencies("cheap").quantile(0.99)).seconds
        #expect(slowest > 0.19 && slowest < 0.215)
    }

    @Test("a server of its own for each: the cheap do not notice the dear", arguments: [1, 2, 3])
    func ownServersKeepThemApart(seed: UInt64) throws {
        let run = try Scenario("29-head-of-line-cured").run(seed: seed)
        let (cheapLoad, dearLoad) = (cheap.rate * cheap.time, dear.rate * dear.time)
        try expectMean(run, "cheap", cheap.time * (1 + cheapLoad / (2 * (1 - cheapLoad))))
        try expectMean(run, "dear", dear.time * (1 + dearLoad / (2 * (1 - dearLoad))))
        #expect(try #require(run.userLatencies("cheap").quantile(0.99)).seconds < 0.012)
    }

    private func expectMean(_ run: ScenarioRun, _ stream: String, _ expected: Double) throws {
        let mean = try #require(run.userLatencies(stream).mean)
        #expect(abs(mean / expected - 1) < 0.06, "\(stream): \(mean) s, expected \(expected) s")
    }
}
