import Foundation
import Kernel
import Model

/// A loop that fed itself after the trigger was over.
package struct SustainingEffect: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// Failures lead to retries, which are load, which leads to failures.
        case retries
        /// Slowness leads to second attempts, which are load.
        case hedges
        /// Users try again by hand.
        case userRetries
        /// Work for callers who have given up delays work for those who have not.
        case lateWork
        /// Misses are load, and what loads fails to fill the cache.
        case coldCache
        /// Requests under way keep memory in use, which the collector stops the replica for.
        case collector
        /// A failure costs more than it saves.
        case costlyErrors
        /// Replicas die of the load that the dead ones left.
        case crashes
        /// Callers refuse calls that would succeed.
        case refusals
        /// Requests that wait make others wait, until they are of no use.
        case backlog
    }

    package var kind: Kind
    /// An edge as `from → to`, or a service.
    package var place: String
    /// In 0...1: how much of what happened there is due to it.
    package var strength: Double
    /// For people.
    package var words: String
}

extension SustainingEffect {
    /// The effects that were stronger after a trigger than before it, the strongest first; at most one
    /// of a kind, at most four.
    ///
    /// - Parameters:
    ///   - model: what was run.
    ///   - series: the run over time.
    ///   - before: seconds from and to which all was well.
    ///   - after: seconds from and to which it was not, though the trigger was over.
    /// - Returns: what differs between the two times.
    static func find(
        model: ModelDescription, series: RunSeries, before: (Double, Double),
        after: (Double, Double)
    ) -> [SustainingEffect] {
        let comparison = Comparison(series: series, before: before, after: after)
        let tiers = SystemLayout(model, seed: 0).services.map { $0.context.tier + 1 }
        var found: [SustainingEffect] = []
        for edge in series.edges {
            let tier = edge.isUsers ? 1 : tiers[edge.process]
            found += ofEdge(edge, tier: tier, comparison)
        }
        for (service, description) in model.services.enumerated() {
            found += ofService(service, description, comparison)
        }
        var strongest: [Kind: SustainingEffect] = [:]
        for effect in found where effect.strength >= 0.05 {
            if effect.strength > strongest[effect.kind]?.strength ?? 0 {
                strongest[effect.kind] = effect
            }
        }
        let order = Kind.allCases
        return Array(
            strongest.values.sorted { left, right in
                if left.strength != right.strength { return left.strength > right.strength }
                return (order.firstIndex(of: left.kind) ?? 0)
                    < (order.firstIndex(of: right.kind) ?? 0)
            }.prefix(4))
    }

    private static func ofEdge(
        _ edge: RunSeries.Edge, tier: Int, _ comparison: Comparison
    ) -> [SustainingEffect] {
        let (before, after) = comparison.edges(edge)
        let place = "\(edge.from) → \(edge.to)"
        let who =
            edge.isUsers ? "users \(edge.from.dropFirst(EdgeSummary.userPrefix.count))" : edge.from
        func effect(_ kind: Kind, _ strength: Double, _ words: String) -> SustainingEffect {
            SustainingEffect(
                kind: kind, place: place, strength: min(max(strength, 0), 1), words: words)
        }
        var found: [SustainingEffect] = []
        // Of all attempts, those that would not have been made before.
        let retries = after.share(after.retries, of: after.requests)
        let usualRetries = before.share(before.retries, of: before.requests)
        let attempts = String(
            format: "%.2f attempts a call (before %.2f)", after.ratio(after.requests, after.calls),
            before.ratio(before.requests, before.calls))
        if edge.isUsers {
            found.append(
                effect(
                    .userRetries, retries - usualRetries,
                    "\(who) try again by hand: they send \(edge.to) \(attempts)"))
        } else {
            found.append(
                effect(
                    .retries, retries - usualRetries,
                    "retries at tier \(tier): \(who) makes \(edge.to) \(attempts)"))
        }
        let hedges = after.share(after.hedges, of: after.requests)
        found.append(
            effect(
                .hedges, hedges - before.share(before.hedges, of: before.requests),
                "hedges: \(who) makes \(edge.to) \(attempts)"))
        // Of all that was worked on and answered, what nobody waited for.
        let late = after.share(after.late, of: after.late + after.successes)
        found.append(
            effect(
                .lateWork, late - before.share(before.late, of: before.late + before.successes),
                "work for the dead: \(percent(late)) of what \(edge.to) finished for \(who) came "
                    + "after the time-out"))
        let refused = after.share(after.refused, of: after.refused + after.requests)
        found.append(
            effect(
                .refusals,
                refused - before.share(before.refused, of: before.refused + before.requests),
                "\(who) refuses by itself \(percent(refused)) of the attempts to \(edge.to)"
                    + (after.trips > 0 ? "; the breaker opened \(Int(after.trips)) times" : "")))
        return found
    }

    private static func ofService(
        _ service: Int, _ description: ServiceDescription, _ comparison: Comparison
    ) -> [SustainingEffect] {
        let (before, after) = comparison.services(service)
        let name = description.name
        func effect(_ kind: Kind, _ strength: Double, _ words: String) -> SustainingEffect {
            SustainingEffect(
                kind: kind, place: name, strength: min(max(strength, 0), 1), words: words)
        }
        var found: [SustainingEffect] = []
        if before.hits + before.misses > 0, after.hits + after.misses > 0 {
            let usual = before.share(before.hits, of: before.hits + before.misses)
            let hits = after.share(after.hits, of: after.hits + after.misses)
            found.append(
                effect(
                    .coldCache, usual - hits,
                    "cold cache: \(percent(hits)) hits at \(name) (before \(percent(usual)))"))
        }
        let replicas = Double(description.initialReplicas)
        let pauses = after.pause / max(after.length * replicas, 1e-9)
        let usualPauses = before.pause / max(before.length * replicas, 1e-9)
        found.append(
            effect(
                .collector, pauses - usualPauses,
                "garbage collection: the replicas of \(name) stand still \(percent(pauses)) of the "
                    + "time (before \(percent(usualPauses)))"))
        if description.serving.errorWork != nil {
            let share = after.share(after.failed, of: after.answered)
            found.append(
                effect(
                    .costlyErrors, share - before.share(before.failed, of: before.answered),
                    "errors that cost: \(name) does extra work for \(percent(share)) of its answers"
                ))
        }
        let kills = after.kills / max(after.length, 1e-9)
        let usualKills = before.kills / max(before.length, 1e-9)
        if after.kills >= 2, kills > 2 * usualKills {
            let missing = 1 - after.ready / max(replicas, 1)
            found.append(
                effect(
                    .crashes, max(missing, 0.5),
                    "crashes: replicas of \(name) died \(Int(after.kills)) times, and "
                        + "\(percent(1 - missing)) of them were ready"))
        }
        let more = after.waiting - before.waiting
        if more > 1, after.answered > 0 {
            // What a request waits, over all that it spends there.
            let share = after.waiting / max(after.requests, after.waiting)
            found.append(
                effect(
                    .backlog, min(share, more / after.waiting) * 0.5,
                    String(
                        format: "backlog: %.0f requests wait at \(name) (before %.0f)",
                        after.waiting, before.waiting)))
        }
        return found
    }
}

/// Sums over the two times that are compared.
private struct Comparison {
    let series: RunSeries
    private let before: Range<Int>
    private let after: Range<Int>

    init(series: RunSeries, before: (Double, Double), after: (Double, Double)) {
        self.series = series
        func range(_ times: (Double, Double)) -> Range<Int> {
            let interval = series.interval.seconds
            let first = min(max(Int((times.0 / interval).rounded()), 0), max(series.count - 1, 0))
            let last = min(max(Int((times.1 / interval).rounded()), first + 1), series.count)
            return first..<max(last, first)
        }
        self.before = range(before)
        self.after = range(after)
    }

    struct Sums {
        var length = 0.0
        func share(_ part: Double, of whole: Double) -> Double { whole > 0 ? part / whole : 0 }
        func ratio(_ part: Double, _ whole: Double) -> Double { whole > 0 ? part / whole : 1 }

        // Of edges.
        var calls = 0.0
        var requests = 0.0
        var retries = 0.0
        var hedges = 0.0
        var successes = 0.0
        var late = 0.0
        var refused = 0.0
        var trips = 0.0
        // Of services.
        var hits = 0.0
        var misses = 0.0
        var pause = 0.0
        var answered = 0.0
        var failed = 0.0
        var kills = 0.0
        var ready = 0.0
        var waiting = 0.0
    }

    private func length(_ range: Range<Int>) -> Double {
        (series.end(of: range.upperBound) - series.end(of: range.lowerBound)).seconds
    }

    func edges(_ edge: RunSeries.Edge) -> (before: Sums, after: Sums) {
        let samples = series.samples(of: edge)
        func sums(_ range: Range<Int>) -> Sums {
            var sums = Sums(length: length(range))
            for sample in samples[range] {
                sums.calls += Double(sample.calls)
                sums.requests += Double(sample.requests)
                sums.retries += Double(sample.retries)
                sums.hedges += Double(sample.hedges)
                sums.successes += Double(sample.successes)
                sums.late += Double(sample.lateAnswers)
                sums.refused += Double(sample.refused)
                sums.trips += Double(sample.trips)
            }
            return sums
        }
        return (sums(before), sums(after))
    }

    func services(_ service: Int) -> (before: Sums, after: Sums) {
        let samples = series.samples(ofService: service)
        func sums(_ range: Range<Int>) -> Sums {
            var sums = Sums(length: length(range))
            for sample in samples[range] {
                sums.hits += Double(sample.cacheHits)
                sums.misses += Double(sample.cacheMisses)
                sums.pause += Double(sample.pauseTime) / 1e9
                let failed =
                    Double(sample.failed) + Double(sample.errors) + Double(sample.expired)
                sums.failed += failed
                sums.answered += Double(sample.succeeded) + Double(sample.rejected) + failed
                sums.kills += Double(sample.kills)
                sums.ready += Double(sample.readyReplicas)
                sums.waiting += Double(sample.waiting)
                sums.requests += Double(sample.requests)
            }
            let count = Double(max(range.count, 1))
            sums.ready /= count
            sums.waiting /= count
            sums.requests /= count
            return sums
        }
        return (sums(before), sums(after))
    }
}
