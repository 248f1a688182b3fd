import Kernel
import Model
import Testing

@Suite("Adaptive limits")
struct AdaptiveLimitTests {
    /// A limit with its description, fed in milliseconds.
    private struct Fed {
        let description: AdaptiveLimitDescription
        var state: AdaptiveLimitState

        init(_ description: AdaptiveLimitDescription, draw: Double = 0.5) {
            self.description = description
            state = AdaptiveLimitState(description, draw: draw)
        }

        mutating func answer(_ milliseconds: Int64, inFlight: Int, dropped: Bool = false) -> Int {
            state.noteAnswer(
                latency: .milliseconds(milliseconds), inFlight: inFlight, dropped: dropped,
                draw: 0.5, under: description)
            #expect(state.isValid)
            return state.limit
        }
    }

    private func vegas(draw: Double = 0.5) -> Fed {
        Fed(
            AdaptiveLimitDescription(
                algorithm: .vegas(alpha: 3, beta: 6), initial: 10, maximum: 20), draw: draw)
    }

    @Test("Vegas does as Netflix' own tests say: grow, shrink, stay")
    func vegasSteps() {
        var growing = vegas()
        #expect(growing.answer(10, inFlight: 10) == 10)
        #expect(growing.answer(10, inFlight: 11) == 16)
        #expect(growing.answer(10, inFlight: 16) == 20)
        var shrinking = vegas()
        #expect(shrinking.answer(10, inFlight: 10) == 10)
        #expect(shrinking.answer(50, inFlight: 11) == 9)
        var steady = vegas()
        #expect(steady.answer(10, inFlight: 10) == 10)
        #expect(steady.answer(14, inFlight: 14) == 10)
        var idle = vegas()
        #expect(idle.answer(10, inFlight: 4) == 10)
        #expect(idle.answer(10, inFlight: 4) == 10)
        #expect(idle.answer(10, inFlight: 4, dropped: true) == 9)
    }

    @Test("Vegas steps by the decimal logarithm of a large limit")
    func vegasLarge() {
        let description = AdaptiveLimitDescription(
            algorithm: .vegas(alpha: 12, beta: 24), initial: 10_000, maximum: 20_000)
        var limit = Fed(description)
        #expect(limit.answer(10_000, inFlight: 5_000) == 10_000)
        #expect(limit.answer(10_000, inFlight: 6_000) == 10_024)
        #expect(limit.answer(20_000, inFlight: 6_000) == 10_020)
    }

    @Test("Vegas' own bounds are 3 and 6 times the logarithm of the limit, at least 3 and 6")
    func vegasBounds() {
        func limit(_ initial: Double) -> Fed {
            Fed(
                AdaptiveLimitDescription(
                    algorithm: .vegas(alpha: nil, beta: nil), initial: initial, maximum: 20_000))
        }
        /// The limit after an answer that a queue of so many has made slower.
        func after(queue: Int64, of initial: Int64) -> Int {
            var limit = limit(Double(initial))
            _ = limit.answer(1_000 * (initial - queue) + 500, inFlight: Int(initial))
            return limit.answer(1_000 * initial, inFlight: Int(initial))
        }
        #expect([1, 2, 3, 6, 7].map { after(queue: $0, of: 50) } == [56, 51, 50, 50, 49])
        #expect(
            [4, 5, 11, 12, 24, 25].map { after(queue: $0, of: 10_000) }
                == [10_024, 10_004, 10_004, 10_000, 10_000, 9_996])
    }

    @Test("Vegas measures the latency without load again after 15 to 30 limits' worth of answers")
    func vegasProbe() {
        var limit = vegas(draw: 0)
        _ = limit.answer(10, inFlight: 1)
        for _ in 2..<150 { #expect(limit.answer(20, inFlight: 1) == 10) }
        // The 150th answer is the probe: from now on 20 ms are without load.
        #expect(limit.answer(20, inFlight: 10) == 10)
        #expect(limit.answer(20, inFlight: 10) == 16)
    }

    @Test("Gradient grows by its allowance while latency is steady and shrinks by a half at most")
    func gradient() {
        let description = AdaptiveLimitDescription(
            algorithm: .gradient(tolerance: 1.5, smoothing: 0.2), initial: 20, maximum: 200)
        var limit = Fed(description)
        // Each step adds 0.2 · 4.
        #expect(
            (0..<10).map { _ in limit.answer(10, inFlight: 30) }
                == [20, 21, 22, 23, 24, 24, 25, 26, 27, 28])
        // 0.8 L + 0.2 (L / 2 + 4).
        #expect(limit.answer(100, inFlight: 30) == 26)
        #expect(limit.answer(100, inFlight: 30) == 24)
        // Not in use, not changed.
        #expect(limit.answer(10, inFlight: 11) == 24)
        for _ in 0..<1_000 { _ = limit.answer(10, inFlight: 200) }
        #expect(limit.state.limit == 200)
    }

    @Test("Gradient tolerates half as much again as the long average")
    func gradientTolerance() {
        let description = AdaptiveLimitDescription(
            algorithm: .gradient(tolerance: 1.5, smoothing: 1), initial: 100, maximum: 1_000)
        var limit = Fed(description)
        #expect(limit.answer(10, inFlight: 100) == 104)
        // The mean of the first two is 15 ms: 1.5 · 15 / 20 > 1.
        #expect(limit.answer(20, inFlight: 100) == 108)
        // The mean of three is 30 ms: 108 · 0.75 + 4.
        #expect(limit.answer(60, inFlight: 100) == 85)
    }

    @Test("Additive increase adds one a limit's worth of answers and backs off at each bad one")
    func additiveIncrease() {
        let description = AdaptiveLimitDescription(
            algorithm: .additiveIncrease(backoff: 0.9, timeout: .seconds(1)), initial: 30,
            minimum: 20, maximum: 31)
        var limit = Fed(description)
        #expect(limit.answer(1, inFlight: 30, dropped: true) == 27)
        #expect(limit.answer(1_001, inFlight: 30) == 24)
        for _ in 0..<23 { _ = limit.answer(1, inFlight: 20) }
        #expect(limit.state.limit == 25)
        for _ in 0..<100 { #expect(limit.answer(1, inFlight: 12) == 25) }
        for _ in 0..<1_000 { _ = limit.answer(1, inFlight: 30) }
        #expect(limit.state.limit == 31)
        for _ in 0..<100 { _ = limit.answer(1, inFlight: 30, dropped: true) }
        #expect(limit.state.limit == 20)
    }
}
