import Kernel
import Model
import Testing

@Suite("Retry budgets")
struct RetryBudgetTests {
    private func instant(_ milliseconds: Int64) -> SimulatedInstant {
        .start + .milliseconds(milliseconds)
    }

    /// Retries granted when every one of `rate` calls a second asks for one, for `seconds`.
    private func granted(_ budget: RetryBudget, rate: Int64, seconds: Int64) -> Int {
        var state = RetryBudgetState(budget)
        var retries = 0
        for call in 0..<rate * seconds {
            let now = SimulatedInstant(nanoseconds: call * 1_000_000_000 / rate)
            state.noteCall(at: now, under: budget)
            if state.mayRetry(at: now, under: budget) { retries += 1 }
        }
        #expect(state.isValid)
        return retries
    }

    @Test("Linkerd's default grants a fifth of the calls and ten a second")
    func linkerd() {
        let budget = RetryBudget.ratio(0.2, minimum: 10, window: .seconds(10))
        let busy = granted(budget, rate: 1_000, seconds: 60)
        #expect(abs(Double(busy) / (60 * 210) - 1) < 0.03, "\(busy) retries")
        // At few calls the reserve covers them all.
        #expect(granted(budget, rate: 5, seconds: 60) == 300)
    }

    @Test(
        "Finagle: of 10,000 calls at one instant a share is tried again",
        arguments: [
            0.5, 0.25, 0.75, 0.99, 0.1, 0.01, 0.001,
        ])
    func finagleShares(share: Double) {
        let budget = RetryBudget.ratio(share, minimum: 0, window: .seconds(60))
        var state = RetryBudgetState(budget)
        #expect(state.mayRetry(at: .start, under: budget) == false)
        var retries = 0
        for _ in 0..<10_000 {
            state.noteCall(at: .start, under: budget)
            if state.mayRetry(at: .start, under: budget) { retries += 1 }
        }
        // A retry costs a whole number of thousandths: 1,010 for 0.99.
        #expect(abs(retries - Int(10_000 * share)) <= 1)
    }

    @Test("Finagle: a reserve that was spent at once comes back when its window has passed")
    func finagleReserve() {
        // TokenBucketTest, "provisions reserves": slices of 300 ms that begin at use.
        let budget = RetryBudget.ratio(0, minimum: 100.0 / 3, window: .seconds(3))
        var state = RetryBudgetState(budget)
        func take(_ count: Int, at milliseconds: Int64) -> Int {
            (0..<count).count { _ in state.mayRetry(at: instant(milliseconds), under: budget) }
        }
        #expect(take(101, at: 0) == 100)
        #expect(take(1, at: 1_000) == 0)
        #expect(take(1, at: 2_000) == 0)
        #expect(take(1, at: 3_000) == 0)
        #expect(take(50, at: 4_000) == 50)
        #expect(take(101, at: 7_000) == 100)
    }

    @Test("A budget of nothing grants nothing")
    func empty() {
        #expect(granted(.ratio(0, minimum: 0, window: .seconds(10)), rate: 100, seconds: 5) == 0)
    }

    @Test("gRPC: ten tokens are half spent by five failures, and a success buys one retry more")
    func grpc() {
        let budget = RetryBudget.tokens(maximum: 10, ratio: 0.1)
        var state = RetryBudgetState(budget)
        for failure in 1...5 {
            state.noteFailure(at: .start, under: budget)
            #expect(state.mayRetry(at: .start, under: budget) == (failure < 5))
        }
        state.noteSuccess(at: .start, under: budget)
        #expect(state.mayRetry(at: .start, under: budget) == true)
        // The count never falls below zero: 51 successes bring it from there to 5.1.
        for _ in 0..<100 { state.noteFailure(at: .start, under: budget) }
        for _ in 0..<50 { state.noteSuccess(at: .start, under: budget) }
        #expect(state.mayRetry(at: .start, under: budget) == false)
        state.noteSuccess(at: .start, under: budget)
        #expect(state.mayRetry(at: .start, under: budget) == true)
    }

    @Test("gRPC: a ratio counts to three digits")
    func grpcDigits() {
        let budget = RetryBudget.tokens(maximum: 10, ratio: 0.001_9)
        var state = RetryBudgetState(budget)
        for _ in 0..<5 { state.noteFailure(at: .start, under: budget) }
        state.noteSuccess(at: .start, under: budget)
        #expect(state.mayRetry(at: .start, under: budget) == true)
        state.noteFailure(at: .start, under: budget)
        // 4.001 tokens: 999 thousandths to the half.
        for _ in 0..<999 { state.noteSuccess(at: .start, under: budget) }
        #expect(state.mayRetry(at: .start, under: budget) == false)
        state.noteSuccess(at: .start, under: budget)
        #expect(state.mayRetry(at: .start, under: budget) == true)
    }

    @Test("A token bucket lets retries be the ratio of successes once its capacity is spent")
    func bucket() {
        let budget = RetryBudget.bucket(capacity: 10, ratio: 0.1)
        var state = RetryBudgetState(budget)
        var retries = 0
        while state.mayRetry(at: .start, under: budget) { retries += 1 }
        #expect(retries == 10)
        for success in 1...1_000 {
            state.noteSuccess(at: .start, under: budget)
            if state.mayRetry(at: .start, under: budget) {
                retries += 1
                #expect(success % 10 == 0)
            }
        }
        #expect(retries == 110)
    }

    @Test("Envoy: so many retries at a time")
    func concurrent() {
        let budget = RetryBudget.concurrent(3)
        var state = RetryBudgetState(budget)
        #expect(
            (0..<5).map { _ in state.mayRetry(at: .start, under: budget) }
                == [true, true, true, false, false])
        state.noteRetryEnd(at: .start, under: budget)
        #expect(state.mayRetry(at: .start, under: budget) == true)
        #expect(state.mayRetry(at: .start, under: budget) == false)
    }

    @Test("SRE: retries are a tenth of the attempts, so load grows by a ninth at most")
    func share() {
        let budget = RetryBudget.share(0.1, window: .seconds(60))
        let retries = granted(budget, rate: 100, seconds: 50)
        #expect(abs(Double(retries) / 5_000 - 1.0 / 9) < 0.002, "\(retries) retries")
    }
}
