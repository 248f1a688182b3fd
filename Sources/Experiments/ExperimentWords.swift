import Foundation
import Results
import Statistics

// What an experiment has found, in words.
extension ExperimentComparison {
    /// A sentence for each alternative that is compared with another, and one that says which is best.
    package var verdict: [String] {
        let sentences = rows.filter { !$0.isBaseline }.map(sentence)
        return sentences + unanswered + (rows.count > 1 ? best : [])
    }

    private func sentence(_ row: Row) -> String {
        let name = plan.alternatives[row.alternative].name
        let other = plan.alternatives[row.baseline].name
        guard let errors = row.entry("errorSeconds")?.difference,
            let cost = row.entry("replicaSeconds")?.difference
        else { return "\(name): no pairs of runs to compare with \(other)." }
        let pairs = "\(errors.count) seed\(errors.count == 1 ? "" : "s")"
        let price =
            cost.isSignificant || cost.count == 1
            ? "for \(Self.change(cost, less: "less", more: "more")) replica time"
            : "at a replica time that is not shown to differ"
        if errors.count == 1 {
            return
                "\(name): \(Self.change(errors, less: "fewer", more: "more")) error-seconds than "
                + "\(other), \(price); one seed proves nothing."
        }
        guard errors.isSignificant, let interval = errors.interval else {
            return
                "\(name): no difference from \(other) in error-seconds that \(pairs) can show "
                + "(\(Self.signed(errors.meanDifference)) s\(Self.range(errors))), \(price)."
        }
        return
            "\(name): \(Self.change(errors, less: "fewer", more: "more")) error-seconds than "
            + "\(other) (\(Self.signed(errors.meanDifference)) s, 95% interval "
            + "\(Self.signed(interval.lowerBound)) to \(Self.signed(interval.upperBound)), "
            + "\(pairs)), \(price)."
    }

    private var best: [String] {
        func least(_ figure: String) -> (names: String, mean: Double)? {
            let means = rows.compactMap { row in
                row.entry(figure)?.mean.map { (plan.alternatives[row.alternative].name, $0.mean) }
            }
            guard let mean = means.map(\.1).min() else { return nil }
            return (means.filter { $0.1 == mean }.map(\.0).joined(separator: " and "), mean)
        }
        guard let errors = least("errorSeconds"), let cost = least("replicaSeconds") else {
            return []
        }
        return [
            "Fewest error-seconds: \(errors.names) (\(Self.number(errors.mean)) s). "
                + "Least replica time: \(cost.names) (\(Self.number(cost.mean / 3600)) h)."
        ]
    }

    /// Calls without an answer at the end are no failures; where they are many, the reader must know.
    private var unanswered: [String] {
        plan.alternatives.indices.compactMap { alternative in
            let figures = records[alternative].map(\.figures)
            let calls = figures.reduce(0) { $0 + Double($1.userCalls) }
            let ended = figures.reduce(0) {
                $0 + Double($1.userSuccesses) + Double($1.userFailures)
            }
            guard calls > 0, calls - ended > 0.01 * calls else { return nil }
            let share = Self.number(100 * (calls - ended) / calls)
            return "\(plan.alternatives[alternative].name): \(share)% of the users' calls had no "
                + "answer when the runs ended; they count neither as failed nor in error-seconds."
        }
    }

    /// "85% fewer", "no fewer".
    private static func change(_ pair: PairedComparison, less: String, more: String) -> String {
        guard pair.meanDifference != 0 else { return "no \(more)" }
        let word = pair.meanDifference < 0 ? less : more
        guard pair.firstMean != 0 else { return "\(number(abs(pair.meanDifference))) s \(word)" }
        let share = abs(pair.meanDifference / pair.firstMean)
        return "\(number(share * 100))% \(word)"
    }

    private static func range(_ pair: PairedComparison) -> String {
        pair.interval.map {
            ", 95% interval \(signed($0.lowerBound)) to \(signed($0.upperBound))"
        } ?? ""
    }

    /// Three digits that count.
    package static func number(_ value: Double) -> String {
        switch abs(value) {
        case 100...: String(format: "%.0f", value)
        case 10...: String(format: "%.1f", value)
        case 0.005...: String(format: "%.2f", value)
        default: value == 0 ? "0" : String(format: "%.1g", value)
        }
    }

    package static func signed(_ value: Double) -> String {
        value > 0 ? "+" + number(value) : number(value).replacing("-", with: "−")
    }
}
