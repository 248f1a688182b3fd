package import Kernel

/// What one caller has left to spend on retries. A state belongs to one ``RetryBudget``: pass the
/// same one every time.
///
/// Sources: `RetryBudget.scala` and `TokenBucket.scala` of Twitter's Finagle and Util (`ratio`;
/// Linkerd's is the same); gRPC proposal A6, "Throttling Retry Attempts" (`tokens`); Brooker, "Fixing
/// retries with token buckets and circuit breakers", 2022, and the AWS SDKs' retry quota (`bucket`);
/// Envoy's `max_retries` (`concurrent`); Site Reliability Engineering, chapter 21 (`share`).
package struct RetryBudgetState: BitwiseCopyable, Sendable {
    /// Finagle's deposits less withdrawals; or first attempts.
    private var calls = SlidingCount()
    private var retries = SlidingCount()
    /// Thousandths of a token, millionths of a token, or retries under way.
    private var level: Int64 = 0

    package init(_ budget: RetryBudget) {
        switch budget {
        case .tokens(let maximum, _): level = fixedPoint(maximum, 1_000)
        case .bucket(let capacity, _): level = fixedPoint(capacity, 1_000_000)
        case .ratio, .concurrent, .share: break
        }
    }

    /// A first attempt is made.
    package mutating func noteCall(at now: SimulatedInstant, under budget: RetryBudget) {
        switch budget {
        case .ratio(let ratio, _, let window):
            if ratio > 0 { calls.add(Self.deposit, at: now, window: window, .atUse) }
        case .share(_, let window): calls.add(1, at: now, window: window)
        case .tokens, .bucket, .concurrent: break
        }
    }

    /// An attempt, first or later, succeeded.
    package mutating func noteSuccess(at now: SimulatedInstant, under budget: RetryBudget) {
        switch budget {
        case .tokens(let maximum, let ratio):
            // A6: digits beyond the third are ignored.
            level = min(fixedPoint(maximum, 1_000), level + Int64(min(ratio * 1_000 + 1e-6, 1e15)))
        case .bucket(let capacity, let ratio):
            level = min(fixedPoint(capacity, 1_000_000), level + fixedPoint(ratio, 1_000_000))
        case .ratio, .concurrent, .share: break
        }
    }

    /// An attempt, first or later or a hedge, failed in a way that the policy would try again.
    package mutating func noteFailure(at now: SimulatedInstant, under budget: RetryBudget) {
        if case .tokens = budget { level = max(0, level - 1_000) }
    }

    /// Whether a retry may be made; if so, takes what it costs.
    package mutating func mayRetry(at now: SimulatedInstant, under budget: RetryBudget) -> Bool {
        switch budget {
        case .ratio(let ratio, let minimum, let window):
            return withdraw(ratio: ratio, minimum: minimum, window: window, at: now)
        case .tokens(let maximum, _): return 2 * level > fixedPoint(maximum, 1_000)
        case .bucket:
            guard level >= 1_000_000 else { return false }
            level -= 1_000_000
            return true
        case .concurrent(let most):
            guard level < most else { return false }
            level += 1
            return true
        case .share(let share, let window):
            let made = retries.sum(at: now, window: window)
            let attempts = calls.sum(at: now, window: window) + made
            guard Double(made) < share * Double(attempts) else { return false }
            retries.add(1, at: now, window: window)
            return true
        }
    }

    /// A retry that was allowed is over, however it ended.
    package mutating func noteRetryEnd(at now: SimulatedInstant, under budget: RetryBudget) {
        if case .concurrent = budget { level = max(0, level - 1) }
    }

    /// Whether using the state later can do no harm.
    package var isValid: Bool {
        calls.isValid && retries.isValid && level >= 0 && level <= 1 << 62
    }

    /// What a call pays in; a retry costs this over the ratio.
    private static let deposit: Int64 = 1_000

    private mutating func withdraw(
        ratio: Double, minimum: Double, window: SimulatedDuration, at now: SimulatedInstant
    ) -> Bool {
        if ratio <= 0 && minimum <= 0 { return false }
        let cost = ratio > 0 ? Int64(max(1, min(Double(Self.deposit) / ratio, 1e9))) : 1
        let reserve = fixedPoint(minimum * window.seconds * Double(cost), 1)
        let balance = calls.sum(at: now, window: window, .atUse) + reserve
        guard balance >= cost else { return false }
        calls.add(-cost, at: now, window: window, .atUse)
        return true
    }
}

/// `value` in units of one over `scale`, to the nearest, cut to 0...10¹⁵.
private func fixedPoint(_ value: Double, _ scale: Double) -> Int64 {
    let scaled = value * scale + 0.5
    return scaled > 0 ? Int64(min(scaled, 1e15)) : 0
}
