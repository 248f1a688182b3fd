import Kernel
import Model
import Testing

@Suite("7: jitter against contention")
struct JitterTests {
    @Test(
        "full jitter halves the attempts of clients that contend for a row", arguments: [1, 2, 3])
    func fullJitterHalvesTheAttempts(seed: UInt64) throws {
        let plain = try contend("none", seed: seed)
        let full = try contend("full", seed: seed)
        #expect(Double(full.attempts) < 0.55 * Double(plain.attempts))
        #expect(abs(Double(full.attempts) - 798) < 0.25 * 798)
        #expect(plain.seconds > 5 * full.seconds)
    }

    @Test("equal jitter needs about as many, and more time", arguments: [1, 2, 3])
    func equalJitterNeedsMoreTime(seed: UInt64) throws {
        let equal = try contend("equal", seed: seed)
        let full = try contend("full", seed: seed)
        #expect(abs(Double(equal.attempts) - 812) < 0.25 * 812)
        #expect(full.seconds < equal.seconds)
    }

    @Test("decorrelated jitter is between no jitter and full jitter", arguments: [1, 2, 3])
    func decorrelatedJitterIsInBetween(seed: UInt64) throws {
        let result = try contend("decorrelated", base: "5 ms", seed: seed)
        #expect(abs(Double(result.attempts) - 1009) < 0.25 * 1009)
        #expect(result.seconds < 12)
    }

    @Test("without back-off it is soon over, and costs the most attempts", arguments: [1, 2, 3])
    func withoutBackOffItCostsMost(seed: UInt64) throws {
        let run = try Scenario(
            "07-jitter",
            changes: [
                "          backoff: { base: 10 ms, factor: 2, cap: 2 s, jitter: none }\n": ""
            ]
        ).run(seed: seed)
        let result = Contention(run)
        #expect(result.attempts > 2_000)
        #expect(result.seconds < 3)
    }

    private func contend(
        _ jitter: String, base: String = "10 ms", seed: UInt64
    ) throws -> Contention {
        let run = try Scenario(
            "07-jitter",
            changes: ["jitter: none": "jitter: \(jitter)", "base: 10 ms": "base: \(base)"]
        ).run(seed: seed)
        return Contention(run)
    }
}

/// What it took until all clients had updated the row.
private struct Contention {
    let attempts: UInt64
    let seconds: Double

    init(_ run: ScenarioRun) {
        #expect(run.users("users").succeeded == 100)
        #expect(run.service("table").succeeded == 100)
        attempts = run.service("table").arrived
        seconds = run.userLatencies("users").maximum?.seconds ?? .infinity
    }
}
