import Foundation
import Kernel
import Processes
import Results

/// What a person wants to know first, in ten seconds: how it went, how users fared, where and why it
/// went wrong, and what it cost.
///
/// - Parameters:
///   - summary: of the run.
///   - series: the run over time; `nil` leaves the small curves out.
/// - Returns: lines of about a hundred columns.
func headline(_ summary: RunSummary, series: RunSeries?) -> [String] {
    let figures = summary.figures
    var lines: [String] = []
    if let verdict = summary.verdict { lines += verdictLines(verdict) }
    let ended = figures.userSuccesses &+ figures.userFailures
    var users = "\(Format.count(figures.userCalls)) calls"
    if ended > 0 {
        users += ", \(Format.percent(Double(figures.userFailures) / Double(ended))) failed"
    }
    // A few are always under way; many are a sign.
    let unanswered = figures.userCalls &- min(ended, figures.userCalls)
    if Double(unanswered) > 0.01 * Double(figures.userCalls) {
        users += ", \(Format.count(unanswered)) still without an answer"
    }
    users += "; \(Format.tidy(figures.errorSeconds)) error-seconds"
    if let median = figures.latencyP50, let tail = figures.latencyP99 {
        users += "; latency p50 \(Format.latency(median)), p99 \(Format.latency(tail))"
    }
    lines += wrap("users    ", users)
    let causes = userCauses(summary)
    if !causes.isEmpty { lines += wrap("causes   ", causes) }
    if let worst = summary.worstTier { lines += wrap("worst    ", words(worst, summary)) }
    var cost = "\(Format.tidy(figures.replicaSeconds / 3_600)) replica-hours"
    if let nodes = figures.nodeSeconds { cost += ", \(Format.tidy(nodes / 3_600)) node-hours" }
    lines += wrap("cost     ", cost)
    if let series { lines += curves(series) }
    return lines
}

/// Why users' attempts failed: shares of those that did.
private func userCauses(_ summary: RunSummary) -> String {
    func sum(_ count: (EdgeSummary.Failures) -> UInt64) -> UInt64 {
        summary.users.reduce(0) { $0 &+ count($1.failures) }
    }
    return shares([
        ("rejected", sum { $0.rejected }), ("shed", sum { $0.shed }),
        ("expired", sum { $0.expired }), ("unavailable", sum { $0.unavailable }),
        ("error", sum { $0.error }), ("conflict", sum { $0.conflict }),
        ("failed below", sum { $0.failed }), ("timed out", sum { $0.timeout }),
        ("abandoned", sum { $0.abandoned }),
    ])
}

private func words(_ worst: TierTrouble, _ summary: RunSummary) -> String {
    let names = worst.services.prefix(3).joined(separator: ", ")
    let more = worst.services.count > 3 ? " and \(worst.services.count - 3) more" : ""
    let services = summary.services.filter { $0.tier == worst.tier }
    func sum(_ count: (ServiceSummary.Failures) -> UInt64) -> UInt64 {
        services.reduce(0) { $0 &+ count($1.failures) }
    }
    let causes = shares([
        ("rejected", sum { $0.rejected }), ("shed", sum { $0.shed }),
        ("expired", sum { $0.expired }), ("unavailable", sum { $0.unavailable }),
        ("error", sum { $0.error }), ("conflict", sum { $0.conflict }),
        ("timed out", worst.timeouts),
    ])
    return "tier \(worst.tier) (\(names)\(more)): \(Format.percent(worst.share)) of "
        + "\(Format.count(worst.requests)) requests failed there: \(causes)"
}

/// Each part of the sum, the largest first, without zeros.
private func shares(_ parts: [(name: String, count: UInt64)]) -> String {
    let all = parts.reduce(0) { $0 &+ $1.count }
    return parts.filter { $0.count > 0 }.sorted { $0.count > $1.count }.map { part in
        "\(Format.percent(Double(part.count) / Double(max(all, 1)))) \(part.name)"
    }.joined(separator: ", ")
}

/// Users over time in a line each.
private func curves(_ series: RunSeries) -> [String] {
    let users = series.users
    guard users.count > 1 else { return [] }
    let length = series.interval.seconds
    let width = 64
    let goodput = Sparkline(users.map { $0.good / length }, width: width)
    let failing = Sparkline(
        users.map { $0.good + $0.bad > 0 ? $0.bad / ($0.good + $0.bad) : 0 }, width: width, most: 1)
    return [
        "goodput  \(goodput.text)  0 to \(Format.short(goodput.most)) calls/s",
        "failing  \(failing.text)  0 to 100%",
    ]
}

/// A curve in one line of text.
struct Sparkline {
    private static let levels = Array("▁▂▃▄▅▆▇█")
    let text: String
    /// What the highest level stands for.
    let most: Double

    /// - Parameters:
    ///   - values: none below zero; neighbours are averaged when there are more than columns.
    ///   - width: columns at most.
    ///   - most: what the highest level stands for; `nil` for the largest mean.
    init(_ values: [Double], width: Int, most: Double? = nil) {
        let columns = min(values.count, max(width, 1))
        let means = (0..<columns).map { column in
            let range = column * values.count / columns..<(column + 1) * values.count / columns
            return values[range].reduce(0, +) / Double(range.count)
        }
        let top = most ?? means.max() ?? 0
        self.most = top
        text = String(
            means.map { mean in
                let level = top > 0 ? (mean / top * Double(Self.levels.count)).rounded(.up) - 1 : 0
                return Self.levels[min(max(Int(level), 0), Self.levels.count - 1)]
            })
    }
}
