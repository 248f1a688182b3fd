import Kernel
import Model
import Testing

@Suite("38: open and closed load, coordinated omission")
struct OpenAndClosedTests {
    @Test("the same server and load: 50 ms open, 10 ms closed", arguments: [1, 2, 3])
    func closedLoadHidesTheQueue(seed: UInt64) throws {
        let run = try Scenario("38-open-and-closed").run(seed: seed)
        // M/M/1: the service time over 1 - 0.8.
        #expect(abs(try mean(run, "open") - 50) < 4)
        // One user never waits.
        #expect(abs(try mean(run, "one") - 10) < 0.3)
        // Mean value analysis of ten users who think for 114.5 ms.
        #expect(abs(try mean(run, "ten") - meanOfClosed(users: 10, think: 114.5, work: 10)) < 1)
        let tails = try ["open", "one"].map {
            try #require(run.userLatencies($0).quantile(0.99)).seconds
        }
        #expect(abs(tails[0] / 0.230 - 1) < 0.15)
        #expect(abs(tails[1] / 0.046 - 1) < 0.06)
        #expect(tails[0] > 4 * tails[1])
    }

    @Test(
        "counted from the meant instant a single user tells the truth: D/M/1", arguments: [1, 2, 3])
    func meantInstantsShowTheWait(seed: UInt64) throws {
        let run = try Scenario("38-open-and-closed-cured").run(seed: seed)
        // σ = exp(-(1 - σ)/ρ); the time in system is exponential with mean S/(1 - σ).
        var sigma = 0.5
        for _ in 0..<200 { sigma = ExactMath.exp(-(1 - sigma) / 0.8) }
        let expected = 10 / (1 - sigma)
        #expect(abs(try mean(run, "paced") - expected) < 2)
        let tail = try #require(run.userLatencies("paced").quantile(0.99)).seconds * 1e3
        #expect(abs(tail / (expected * ExactMath.log(100)) - 1) < 0.12)
        // What is measured from sending: the service time, and no more.
        #expect(abs(try #require(run.latencies("server").mean) * 1e3 - 10) < 0.3)
    }

    @Test(
        "rare slow requests: a closed user sees 1 in 1000, open users wait behind it",
        arguments: [1, 2, 3])
    func slowRequestsHurtOpenUsersOnly(seed: UInt64) throws {
        let bimodal =
            "hyperexponential: [{ probability: 99.9%, mean: 10 ms }, { probability: 0.1%, mean: 1 s }]"
        let run = try Scenario(
            "38-open-and-closed",
            changes: [
                "exponential: 10 ms": bimodal, "rate: 80 req/s": "rate: 72.8 req/s",
                "exponential: 2 ms": "exponential: 2.2 ms",
            ]
        ).run(seed: seed)
        // The service time is 10.99 ms.
        let tails = try ["open", "one"].map {
            try #require(run.userLatencies($0).quantile(0.99)).seconds
        }
        #expect(tails[1] < 10 * 0.011)
        #expect(tails[0] > 25 * 0.011)
    }

    private func mean(_ run: ScenarioRun, _ stream: String) throws -> Double {
        try #require(run.userLatencies(stream).mean) * 1e3
    }

    /// Mean value analysis of one queue and a think time.
    private func meanOfClosed(users: Int, think: Double, work: Double) -> Double {
        var (queue, time) = (0.0, 0.0)
        for count in 1...users {
            time = work * (1 + queue)
            queue = Double(count) * time / (think + time)
        }
        return time
    }
}
