package import Coordination
import Foundation
import Kernel
package import Model

/// What became of the users after something had happened to the system, and why.
///
/// With several triggers each is judged up to the next, and the worst counts.
package struct Verdict: Codable, Hashable, Sendable {
    package typealias State = Recovery.State

    package struct Window: Codable, Hashable, Sendable {
        package var name: String
        /// Seconds.
        package var from: Double
        /// Missing when it lasts to the end of the run.
        package var until: Double?
    }

    package var state: State
    /// All in one sentence or two, for people.
    package var words: String
    /// Everything that happened, by instant.
    package var triggers: [Window]
    /// The trigger that the rest is about.
    package var judged: Window
    /// Shares of users' calls that succeeded before, during and after the trigger.
    package var goodputBefore: Double
    package var goodputDuring: Double
    package var goodputAfter: Double
    /// Seconds from the trigger's end until goodput was back; missing when it never was.
    package var secondsToRecover: Double?
    /// Seconds after the trigger's end in which coming back is no wonder.
    package var graceSeconds: Double
    /// What kept goodput low after the trigger, the strongest first; empty when nothing did.
    package var effects: [SustainingEffect]
}

extension Verdict {
    /// `nil` when nothing happened to the model, or it has no users.
    package init?(model: ModelDescription, outcome: RunOutcome, series: RunSeries, seed: UInt64) {
        let triggers = Trigger.all(in: model, seed: seed, end: outcome.end)
        guard !triggers.isEmpty, series.edges.contains(where: \.isUsers) else { return nil }
        self.init(triggers: triggers, model: model, series: series)
    }

    /// Judges triggers that are known, ascending and at least one.
    package init(triggers: [Trigger], model: ModelDescription, series: RunSeries) {
        let users = series.users
        let end = series.end.seconds
        let merged = Self.merge(triggers, gap: 2 * series.interval.seconds)
        var worst: (recovery: Recovery, window: Window, horizon: Double)?
        for (index, window) in merged.enumerated() {
            let horizon = index + 1 < merged.count ? merged[index + 1].from : end
            // Each is compared with the time before the first.
            let recovery = Recovery(
                users, interval: series.interval.seconds, calmUntil: merged[0].from,
                from: window.from, until: window.until, horizon: horizon)
            if worst.map({ recovery.rank > $0.recovery.rank }) ?? true {
                worst = (recovery, window, horizon)
            }
        }
        let judged = worst?.window ?? merged[0]
        let recovery =
            worst?.recovery
            ?? Recovery(users, interval: 1, calmUntil: 0, from: 0, until: nil, horizon: end)
        let horizon = worst?.horizon ?? end
        state = recovery.state
        self.triggers = triggers.map {
            Window(name: $0.name, from: $0.from.seconds, until: $0.until?.seconds)
        }
        self.judged = judged
        goodputBefore = recovery.before
        goodputDuring = recovery.during
        goodputAfter = recovery.after
        secondsToRecover = recovery.seconds
        graceSeconds = recovery.grace
        effects = []
        if let over = judged.until, state == .metastable || state == .vulnerable {
            let since = state == .metastable ? over + recovery.grace : over
            let until = state == .metastable ? horizon : over + (recovery.seconds ?? 0)
            effects = SustainingEffect.find(
                model: model, series: series, before: (0, merged[0].from), after: (since, until))
        }
        words = ""
        words = sentence(recovery, horizon: horizon, end: end)
    }

    /// Triggers that overlap, or follow each other at once, as one.
    private static func merge(_ triggers: [Trigger], gap: Double) -> [Window] {
        var merged: [Window] = []
        for trigger in triggers {
            let until = trigger.until?.seconds
            guard let last = merged.last, (last.until ?? .infinity) + gap > trigger.from.seconds
            else {
                merged.append(
                    Window(name: trigger.name, from: trigger.from.seconds, until: until))
                continue
            }
            if let known = last.until {
                merged[merged.count - 1].until = until.map { max($0, known) }
            }
            if !last.name.hasSuffix(trigger.name), !last.name.contains(trigger.name + " and ") {
                merged[merged.count - 1].name += " and " + trigger.name
            }
        }
        return merged
    }
}

extension Recovery {
    /// Worse is more.
    fileprivate var rank: Int {
        switch state {
        case .stable: 0
        case .undecided: doubt == .noEnd ? 2 : 1
        case .vulnerable: 3
        case .metastable: 4
        }
    }
}

// MARK: - Words

extension Verdict {
    private func sentence(_ recovery: Recovery, horizon: Double, end: Double) -> String {
        let name = judged.name
        let time =
            judged.until == judged.from
            ? "at \(plain(judged.from)) s"
            : "from \(plain(judged.from)) s to \(plain(judged.until ?? end)) s"
        let before = "before \(percent(recovery.before))"
        let until = horizon < end ? "until \(plain(horizon)) s" : "to the end"
        switch state {
        case .stable:
            let back =
                (recovery.seconds ?? 0) <= 0 ? "at once" : "in \(plain(recovery.seconds ?? 0)) s"
            return "the \(name) (\(time)) is over and goodput is back \(back): "
                + "\(percent(recovery.after)) of users' calls succeed, \(before)"
        case .vulnerable:
            let why =
                effects.isEmpty
                ? "no loop is seen that fed itself meanwhile"
                : "something fed itself that long, and more of the same could tip the system"
            return
                "goodput is back \(plain(recovery.seconds ?? 0)) s after the \(name) (\(time)) is "
                + "over: \(why)"
        case .metastable where recovery.after >= Recovery.threshold * recovery.before:
            return "the \(name) (\(time)) is over, yet \(until) a backlog is left: more calls wait "
                + "than before it, though \(percent(recovery.after)) of those that end succeed"
        case .metastable:
            return "the \(name) (\(time)) is over, yet \(until) only \(percent(recovery.after)) of "
                + "users' calls succeed, \(before)"
        case .undecided:
            switch recovery.doubt {
            case .noBefore:
                return "there are no calls before the \(name) (\(time)) to compare with"
            case .badBefore:
                return "users fared badly before the \(name) (\(time)): only "
                    + "\(percent(recovery.before)) of their calls succeeded"
            case .noEnd:
                return "the \(name) lasts to the end: meanwhile \(percent(recovery.during)) of "
                    + "users' calls succeed, \(before)"
            case .noAfter, nil:
                return "the \(name) (\(time)) is over too late to tell: \(until) "
                    + "\(percent(recovery.after)) of users' calls succeed, \(before)"
            }
        }
    }
}

/// A number of seconds without needless digits.
func plain(_ seconds: Double) -> String {
    var text = String(format: "%.2f", seconds)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
}

func percent(_ share: Double) -> String {
    if share > 0.9995, share < 1 { return "99.9%" }
    if share > 0, share < 0.0005 { return "less than 0.1%" }
    return String(format: share == 1 || share == 0 ? "%.0f%%" : "%.1f%%", share * 100)
}

extension RunSeries {
    /// By interval: all users' calls.
    package var users: [UserInterval] {
        var users = Array(repeating: UserInterval(calls: 0, good: 0, bad: 0), count: count)
        for edge in edges where edge.isUsers {
            for (index, sample) in samples(of: edge).enumerated() {
                users[index].calls += Double(sample.calls)
                users[index].good += Double(sample.callSuccesses)
                users[index].bad += Double(sample.callFailures)
            }
        }
        return users
    }
}
