import Kernel
import Model
import Testing

@Suite("Hedges")
struct HedgeTests {
    @Test(
        "A quantile of recent latencies is within an eighth of the true one",
        arguments: [
            (0.5, 0.693), (0.9, 2.303), (0.95, 2.996), (0.99, 4.605),
        ])
    func quantiles(share: Double, expected: Double) {
        var latencies = LatencyQuantile()
        var numbers = RandomNumbers(seed: 9)
        for _ in 0..<20_000 {
            let latency = -ExactMath.log(openUnitInterval(numbers.next()))
            latencies.note(SimulatedDuration(seconds: latency / 100))
        }
        #expect(latencies.isValid)
        let found = (latencies.quantile(share) ?? .zero).seconds * 100
        // The sampling error of the 99th of the last 1,000 to 2,000 is 7%.
        #expect(abs(found / expected - 1) < 0.15, "\(found)")
    }

    @Test("Latencies of long ago are forgotten")
    func forgetting() {
        var latencies = LatencyQuantile()
        for _ in 0..<5_000 { latencies.note(.milliseconds(1)) }
        for _ in 0..<5_000 { latencies.note(.milliseconds(100)) }
        let tenth = latencies.quantile(0.1) ?? .zero
        #expect(tenth > .milliseconds(85) && tenth < .milliseconds(115))
        #expect(latencies.answers == 10_000)
    }

    @Test("Any duration has a bucket")
    func extremes() {
        var latencies = LatencyQuantile()
        #expect(latencies.quantile(0.5) == nil)
        for nanoseconds in [Int64.min, -1, 0, 1, 255, 256, 1 << 40, .max] {
            latencies.note(SimulatedDuration(nanoseconds: nanoseconds))
        }
        #expect(latencies.isValid)
        for share in [0, 0.3, 1] { #expect(latencies.quantile(share) != nil) }
    }

    @Test("There is no hedge by quantile before a hundred answers")
    func fewAnswers() {
        let policy = HedgePolicy(delay: .quantile(0.95))
        var latencies = LatencyQuantile()
        for _ in 0..<99 { latencies.note(.milliseconds(10)) }
        #expect(HedgeState.delay(under: policy, latencies: latencies) == nil)
        latencies.note(.milliseconds(10))
        let delay = HedgeState.delay(under: policy, latencies: latencies) ?? .zero
        #expect(delay > .milliseconds(9) && delay < .milliseconds(12))
        let fixed = HedgePolicy(delay: .fixed(.milliseconds(3)))
        #expect(HedgeState.delay(under: fixed, latencies: latencies) == .milliseconds(3))
    }

    @Test("Hedges stay within their share of the calls")
    func cap() {
        let policy = HedgePolicy(delay: .fixed(.zero), cap: 0.05)
        var state = HedgeState()
        var hedges = 0
        for _ in 0..<1_000 {
            state.noteCall()
            if state.mayHedge(under: policy) { hedges += 1 }
        }
        #expect(hedges == 50)
    }
}
