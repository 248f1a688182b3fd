package import Kernel

/// Whether two runs did the same, and if not, where they first parted.
///
/// Digests tell in which checkpoint interval, events which event: those that were recorded, or those
/// of running both again up to that interval.
package struct RunComparison: Hashable, Sendable {
    package enum Result: Hashable, Sendable {
        /// Same events in every service, same results.
        case identical
        /// `first` is nil when no digest at a common checkpoint differs (such as when one run is longer),
        /// `event` also when no event could be found; the notes then say why.
        case differs(first: DifferingInterval?, event: FirstDifference?)
    }

    package var result: Result
    /// What else differs and what could not be done, for people; may not be empty for identical runs
    /// (another version, a seed that nothing draws on).
    package var notes: [String]

    package var isIdentical: Bool { result == .identical }

    /// Compares two runs.
    ///
    /// O(services · checkpoints) when they agree. When they do not: reads both logs of events, in memory
    /// for the events of one checkpoint interval; or runs both again, in memory for two models and 50 ms of
    /// events, in the time that two sequential runs to the end of that interval take.
    package init(_ a: LoadedRun, _ b: LoadedRun) {
        notes = Self.notes(a, b)
        let pairs = ServicePair.common(a.digests, b.digests)
        let difference = DifferingInterval.first(of: pairs, a.digests, b.digests)
        guard let difference else {
            let isSame = Self.haveEqualResults(a, b) && a.end == b.end
            if isSame {
                result = .identical
                return
            }
            result = .differs(first: nil, event: nil)
            notes.append(Self.explanation(a, b, pairs))
            return
        }
        var search = EventSearch(a: a, b: b, interval: difference)
        let event = search.firstDifference()
        notes += search.notes
        result = .differs(first: difference, event: event)
    }

    private static func notes(_ a: LoadedRun, _ b: LoadedRun) -> [String] {
        var notes: [String] = []
        func note(_ what: String, _ first: some Equatable, _ second: some Equatable) {
            if "\(first)" != "\(second)" {
                notes.append("different \(what): \(first) and \(second)")
            }
        }
        note("seed", a.summary.seed, b.summary.seed)
        note(
            "topology", "\(a.summary.name) (\(a.summary.topologyHash.prefix(12)))",
            "\(b.summary.name) (\(b.summary.topologyHash.prefix(12)))")
        note("duration", exactSeconds(a.end) + " s", exactSeconds(b.end) + " s")
        note("version of Topple", a.summary.version, b.summary.version)
        for (run, other) in [(a, b), (b, a)] {
            let known = Set(other.summary.services.map(\.name))
            let missing = run.summary.services.map(\.name).filter { !known.contains($0) }
            if !missing.isEmpty {
                let more = missing.count > 5 ? " and \(missing.count - 5) more" : ""
                notes.append(
                    "only in \(run.path): \(missing.prefix(5).joined(separator: ", "))\(more)")
            }
            for violation in run.summary.violations.prefix(3) {
                notes.append("\(run.path) broke a law: \(violation)")
            }
        }
        return notes
    }

    private static func haveEqualResults(_ a: LoadedRun, _ b: LoadedRun) -> Bool {
        a.summary.digest == b.summary.digest && a.summary.services == b.summary.services
            && a.summary.edges == b.summary.edges
            && a.digests.services.map(\.name) == b.digests.services.map(\.name)
    }

    /// Why two runs differ although no checkpoint does.
    private static func explanation(
        _ a: LoadedRun, _ b: LoadedRun, _ pairs: [ServicePair]
    ) -> String {
        if pairs.isEmpty { return "the runs have no service in common" }
        let common = pairs.compactMap { pair in
            pair.commonRows(a.digests, b.digests).last?.instant
        }.min()
        guard let common else { return "the runs have no checkpoint in common" }
        if a.end != b.end || pairs.count < max(a.digests.services.count, b.digests.services.count) {
            return "all services in common did the same up to \(exactSeconds(common)) s"
        }
        return "all events agree, yet the results in \(ResultFolder.summaryName) differ: "
            + "one of the files was changed, or was written by another version"
    }
}

/// The first checkpoint interval in which the events of a service differ.
package struct DifferingInterval: Hashable, Sendable {
    package var service: String
    /// All services agree on everything before this.
    package var start: SimulatedInstant
    /// The digests of all events before this differ.
    package var end: SimulatedInstant

    /// The earliest; of several services the first in the order of the first run.
    static func first(
        of pairs: [ServicePair], _ a: DigestTable, _ b: DigestTable
    ) -> DifferingInterval? {
        var first: DifferingInterval?
        for pair in pairs {
            var start = SimulatedInstant.start
            for row in pair.commonRows(a, b) {
                if let first, row.instant >= first.end { break }
                if row.first != row.second {
                    first = DifferingInterval(service: pair.name, start: start, end: row.instant)
                    break
                }
                start = row.instant
            }
        }
        return first
    }
}

/// A service that both runs have, by its number in each.
struct ServicePair {
    var name: String
    var first: Int
    var second: Int

    static func common(_ a: DigestTable, _ b: DigestTable) -> [ServicePair] {
        var numbers: [String: Int] = [:]
        for (number, service) in b.services.enumerated() { numbers[service.name] = number }
        return a.services.enumerated().compactMap { number, service in
            numbers[service.name].map {
                ServicePair(name: service.name, first: number, second: $0)
            }
        }
    }

    typealias CommonRow = (instant: SimulatedInstant, first: StreamDigest, second: StreamDigest)

    /// The checkpoints that both runs have.
    func commonRows(_ a: DigestTable, _ b: DigestTable) -> [CommonRow] {
        let left = a.services[first].rows
        let right = b.services[second].rows
        var rows: [CommonRow] = []
        var (i, j) = (0, 0)
        while i < left.count, j < right.count {
            if left[i].instant < right[j].instant {
                i += 1
            } else if right[j].instant < left[i].instant {
                j += 1
            } else {
                rows.append((left[i].instant, left[i].digest, right[j].digest))
                i += 1
                j += 1
            }
        }
        return rows
    }
}

extension RunComparison: CustomStringConvertible {
    /// A few lines for people.
    package var description: String {
        var lines: [String] = []
        switch result {
        case .identical: lines.append("identical: every service had the same events")
        case .differs(let first, let event):
            lines.append("different")
            if let first {
                lines.append(
                    "first differing digest: \(first.service), between \(exactSeconds(first.start)) s "
                        + "and \(exactSeconds(first.end)) s")
            }
            if let event { lines.append("\(event)") }
        }
        return (lines + notes.map { "note: \($0)" }).joined(separator: "\n")
    }
}
