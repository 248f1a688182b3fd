import Kernel
import Model
import Testing

@Suite("34: CPU limit throttling")
struct CPULimitTests {
    /// When `work` on one thread that begins at `phase` of a period is done, by the rule: a quota in
    /// each period, then nothing until the next. All in milliseconds.
    private func time(work: Double, quota: Double, period: Double, phase: Double) -> Double {
        var (now, left, budget) = (phase, work, quota)
        while true {
            let end = (now / period).rounded(.down) * period + period
            let run = min(left, min(budget, end - now))
            now += run
            left -= run
            if left <= 0 { return now - phase }
            now = end
            budget = quota
        }
    }

    @Test(
        "80 ms on 50 ms of every 100: mean 108 ms, at most 130 ms, on a core that is 8% busy",
        arguments: [1, 2, 3])
    func idleCoreIsSlow(seed: UInt64) throws {
        let run = try Scenario("34-cpu-limit").run(seed: seed)
        let latencies = run.userLatencies("users")
        let phases = (0..<97).map { Double($0) * 100 / 97 }
        let expected = phases.map { time(work: 80, quota: 50, period: 100, phase: $0) }
        let mean = expected.reduce(0, +) / 97
        #expect(abs(try #require(latencies.mean) * 1e3 - mean) < 0.5)
        #expect(abs(mean - 107.7) < 0.1)
        #expect(try #require(latencies.maximum).seconds < 0.130_001)
        #expect(abs(try #require(latencies.quantile(0.5)).seconds - 0.110) < 0.002)
        #expect(abs(run.utilisation("server") - 0.0776) < 0.001)
        #expect(run.service("server").throttledTime > 0)
    }

    @Test(
        "other work and quotas follow the rule",
        arguments: [(40, 50), (60, 50), (120, 50), (30, 10)])
    func ruleHolds(work: Int, quota: Int) throws {
        let run = try Scenario(
            "34-cpu-limit",
            changes: [
                "compute: 80 ms": "compute: \(work) ms", "quota: 50 ms": "quota: \(quota) ms",
            ]
        ).run(seed: 1)
        let expected = (0..<97).map {
            time(
                work: Double(work), quota: Double(quota), period: 100, phase: Double($0) * 100 / 97)
        }
        let latencies = run.userLatencies("users")
        #expect(abs(try #require(latencies.mean) * 1e3 - expected.reduce(0, +) / 97) < 0.5)
        let longest = try #require(latencies.maximum).seconds * 1e3
        #expect(abs(longest - (expected.max() ?? 0)) < 1.1)
    }

    @Test("four threads use a period's quota up in an eighth of it", arguments: [1])
    func fourThreadsUseItUp(seed: UInt64) throws {
        let run = try Scenario(
            "34-cpu-limit",
            changes: [
                "    cpuLimit": "    cores: 4 cores\n    cpuLimit",
                "compute: 80 ms": "compute: 20 ms",
                "  users: { to: server, process: constant, rate: 0.97 req/s }": """
                  one: { to: server, process: constant, rate: 1 req/s }
                  two: { to: server, process: constant, rate: 1 req/s }
                  three: { to: server, process: constant, rate: 1 req/s }
                  four: { to: server, process: constant, rate: 1 req/s }
                """,
            ]
        ).run(seed: seed)
        // 50 ms on four cores are gone after 12.5 ms; the other 30 ms take 7.5 ms of the next period.
        for stream in ["one", "two", "three", "four"] {
            let latencies = run.userLatencies(stream)
            #expect(abs(try #require(latencies.mean) - 0.1075) < 0.000_1)
        }
    }

    @Test("without a limit every request takes 80 ms", arguments: [1, 2, 3])
    func noLimitNoWait(seed: UInt64) throws {
        let run = try Scenario("34-cpu-limit-cured").run(seed: seed)
        #expect(run.userLatencies("users").maximum == .milliseconds(80))
        #expect(abs(run.utilisation("server") - 0.0776) < 0.001)
    }
}
