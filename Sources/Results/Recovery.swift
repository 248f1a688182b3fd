/// How users fared after something had happened to the system: from the calls they made and how those
/// ended, interval by interval.
///
/// The goodput share of a time is the share of successes among the calls that ended in it. It is taken
/// over a few intervals together, so that chance does not decide. The system has recovered at the first
/// instant from which on the share never falls below 95% of what it was before, and no backlog is left:
/// more calls under way than a second brings, and than three times the most before.
package struct Recovery: Hashable, Sendable {
    package enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// Back within the trigger's time or a short grace after it.
        case stable
        /// Back, but only some time after the trigger was over.
        case vulnerable
        /// Not back before what happened next, or the end of the run, though the trigger was over.
        case metastable
        /// Cannot be told: see the words.
        case undecided
    }

    /// Why it cannot be told.
    package enum Doubt: Hashable, Sendable {
        /// There is nothing before the trigger to compare with.
        case noBefore
        /// Users fared badly before the trigger.
        case badBefore
        /// The trigger does not end.
        case noEnd
        /// There is too little time after it, or between a recovery and the end.
        case noAfter
    }

    package var state: State
    package var doubt: Doubt?
    /// Goodput shares in 0... before the trigger, while it lasts, and from its end on.
    package var before: Double
    package var during: Double
    package var after: Double
    /// The share in the last fifth of the time after the trigger.
    package var last: Double
    /// Seconds after the trigger's end at which the system had recovered; 0 when it was never gone.
    package var seconds: Double?
    /// Seconds after the trigger's end that count as its own.
    package var grace: Double

    /// Whether users fare badly to the end.
    package var hasTipped: Bool { seconds == nil && last < Self.threshold * before }

    /// The share of what it was before that counts as recovered.
    package static let threshold = 0.95

    /// Judges one trigger.
    ///
    /// - Parameters:
    ///   - users: by interval, what became of their calls.
    ///   - interval: seconds; interval *i*, from 0 on, begins at *i* · `interval`.
    ///   - calmUntil: seconds up to which the system was as it should be.
    ///   - from: when the trigger began.
    ///   - until: when it ended; `nil` for never.
    ///   - horizon: when the next thing happened, or the run ended.
    package init(
        _ users: [UserInterval], interval: Double, calmUntil: Double, from: Double,
        until: Double?, horizon: Double
    ) {
        var window = Window(users, interval: interval)
        let first = window.index(before: calmUntil)
        // The first interval fills the system.
        let begin = first > 1 ? 1 : 0
        before = window.share(begin, first)
        let end = until ?? horizon
        during = window.share(window.index(before: from), window.index(atOrAfter: end))
        let start = window.index(atOrAfter: end)
        let stop = window.index(before: horizon)
        after = window.share(start, stop)
        last = window.share(max(stop - max((stop - start) / 5, 1), start), stop)
        grace = max(2 * interval, 0.1 * (end - from))
        state = .undecided
        seconds = nil
        if first <= begin || !window.hasDemand(begin, first) {
            doubt = .noBefore
            return
        }
        if before < 0.5 {
            doubt = .badBefore
            return
        }
        guard until != nil else {
            doubt = .noEnd
            return
        }
        let width = window.width(from: begin, to: first)
        window.noteUsualBacklog(from: begin, to: first)
        let bound = Self.threshold * before
        if let recovered = window.recovery(from: start, to: stop, width: width, bound: bound) {
            let seconds = max(Double(recovered) * interval - end, 0)
            self.seconds = recovered == start ? 0 : seconds
            state = recovered == start || seconds <= grace ? .stable : .vulnerable
        } else if horizon - end >= max(3 * grace, 0.5 * (end - from)),
            !window.isBackLate(from: start, to: stop, width: width, bound: bound)
        {
            state = .metastable
        } else {
            doubt = .noAfter
        }
    }
}

/// What became of all users' calls in one interval.
package struct UserInterval: Hashable, Sendable {
    /// Calls begun.
    package var calls: Double
    /// Calls that ended well, and badly.
    package var good: Double
    package var bad: Double

    package init(calls: Double, good: Double, bad: Double) {
        self.calls = calls
        self.good = good
        self.bad = bad
    }
}

/// Sums over intervals.
private struct Window {
    /// Of the intervals before each.
    private var calls = [0.0]
    private var good = [0.0]
    private var bad = [0.0]
    private let interval: Double
    private let count: Int
    /// Calls under way that are no backlog.
    private var usual = Double.infinity

    init(_ users: [UserInterval], interval: Double) {
        self.interval = interval
        count = users.count
        for (index, user) in users.enumerated() {
            calls.append(calls[index] + user.calls)
            good.append(good[index] + user.good)
            bad.append(bad[index] + user.bad)
        }
    }

    mutating func noteUsualBacklog(from start: Int, to end: Int) {
        let most = (start...max(start, end)).map { underWay($0) }.max() ?? 0
        let pace = (calls[end] - calls[start]) / (Double(max(end - start, 1)) * interval)
        usual = max(3 * most, pace)
    }

    /// Calls that have begun and not ended after so many intervals.
    private func underWay(_ index: Int) -> Double { calls[index] - good[index] - bad[index] }

    /// The first interval that begins at `seconds` or later.
    func index(atOrAfter seconds: Double) -> Int {
        min(max(Int((seconds / interval - 1e-6).rounded(.up)), 0), count)
    }

    /// How many intervals are over at `seconds`.
    func index(before seconds: Double) -> Int {
        min(max(Int((seconds / interval + 1e-6).rounded(.down)), 0), count)
    }

    func hasDemand(_ start: Int, _ end: Int) -> Bool { end > start && calls[end] > calls[start] }

    /// The goodput share of intervals `start`..<`end`; 1 when nothing was asked for.
    func share(_ start: Int, _ end: Int) -> Double {
        guard end > start else { return 1 }
        let succeeded = good[end] - good[start]
        let ended = succeeded + bad[end] - bad[start]
        return ended > 0 ? succeeded / ended : hasDemand(start, end) ? 0 : 1
    }

    /// Whether the intervals are as good as they must be.
    private func isGood(_ start: Int, _ end: Int, bound: Double) -> Bool {
        share(start, end) >= bound && underWay(end) <= usual
    }

    /// Intervals in which about 400 calls begin at the pace of before; at least 2.
    func width(from start: Int, to end: Int) -> Int {
        let pace = (calls[end] - calls[start]) / Double(max(end - start, 1))
        return max(2, Int(min((400 / max(pace, 1e-9)).rounded(.up), 1e6)))
    }

    /// Whether the end is good, and has been for more than half of the time that would prove it.
    func isBackLate(from start: Int, to stop: Int, width: Int, bound: Double) -> Bool {
        let proof = min(2 * width, stop - start)
        let late = stop - (proof + 1) / 2
        return stop > start && isGood(max(late - 1, start), stop, bound: bound)
    }

    /// The first interval from which on every `width` together are good, up to
    /// `stop`; `nil` when there is none, or it comes too late to tell.
    func recovery(from start: Int, to stop: Int, width: Int, bound: Double) -> Int? {
        guard stop > start else { return nil }
        let width = min(width, stop - start)
        var candidate = stop - width
        guard isGood(candidate, stop, bound: bound) else { return nil }
        while candidate > start, isGood(candidate - 1, candidate - 1 + width, bound: bound) {
            candidate -= 1
        }
        // One good stretch at the very end proves nothing, unless there is no other.
        let isLate = candidate > start && stop - candidate < min(2 * width, stop - start)
        return isLate ? nil : candidate
    }
}
