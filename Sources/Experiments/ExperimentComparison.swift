package import Results
package import Statistics

/// What an experiment has found: the figures of every alternative, and how alternatives differ.
///
/// Alternatives that differ in the first variation only are compared with the one that has its first
/// value: the others are conditions. Differences are of pairs of runs with the same seed.
package struct ExperimentComparison: Sendable {
    /// The mean of a figure over the seeds.
    package struct Mean: Hashable, Sendable {
        package var count: Int
        package var mean: Double
        /// Half of the 95 % confidence interval; `nil` for fewer than two runs.
        package var halfWidth: Double?
        package var least: Double
        package var most: Double
    }

    /// One figure of one alternative.
    package struct Entry: Sendable {
        package var kind: RunFigures.Kind
        /// `nil` when no run has the figure.
        package var mean: Mean?
        /// Against the baseline, over the seeds for which both have the figure; `nil` for a baseline.
        package var difference: PairedComparison?
    }

    package struct Row: Sendable {
        package var alternative: Int
        /// The alternative it is compared with; itself for a baseline.
        package var baseline: Int
        /// In the order of ``RunFigures/kinds``.
        package var entries: [Entry]

        package var isBaseline: Bool { alternative == baseline }
        package func entry(_ name: String) -> Entry? { entries.first { $0.kind.name == name } }
    }

    package let plan: ExperimentPlan
    /// By alternative, by seed.
    package let records: [[ExperimentRecord]]
    /// By alternative.
    package let rows: [Row]

    /// Compares finished runs; those of other seeds or alternatives are left out. O(runs).
    package init(_ plan: ExperimentPlan, _ records: [ExperimentRecord]) {
        self.plan = plan
        let found = Dictionary(
            records.map { (ExperimentPlan.Cell(alternative: $0.alternative, seed: $0.seed), $0) },
            uniquingKeysWith: { first, _ in first })
        let sorted = plan.alternatives.indices.map { alternative in
            plan.seeds.compactMap {
                found[ExperimentPlan.Cell(alternative: alternative, seed: $0)]
            }
        }
        self.records = sorted
        rows = plan.alternatives.indices.map { alternative in
            let baseline = plan.baseline(of: alternative)
            let entries = RunFigures.kinds.map { kind in
                Entry(
                    kind: kind, mean: Self.mean(sorted[alternative], kind),
                    difference: alternative == baseline
                        ? nil : Self.difference(sorted[baseline], sorted[alternative], kind))
            }
            return Row(alternative: alternative, baseline: baseline, entries: entries)
        }
    }

    private static func mean(_ records: [ExperimentRecord], _ kind: RunFigures.Kind) -> Mean? {
        let values = records.compactMap { kind.value($0.figures) }
        let zeros = [Double](repeating: 0, count: values.count)
        guard let least = values.min(), let most = values.max(),
            let comparison = PairedComparison(first: zeros, second: values)
        else { return nil }
        return Mean(
            count: values.count, mean: comparison.secondMean, halfWidth: comparison.halfWidth,
            least: least, most: most)
    }

    private static func difference(
        _ first: [ExperimentRecord], _ second: [ExperimentRecord], _ kind: RunFigures.Kind
    ) -> PairedComparison? {
        let known = Dictionary(
            first.compactMap { record in kind.value(record.figures).map { (record.seed, $0) } },
            uniquingKeysWith: { first, _ in first })
        let pairs = second.compactMap { record -> (Double, Double)? in
            guard let before = known[record.seed], let after = kind.value(record.figures) else {
                return nil
            }
            return (before, after)
        }
        return PairedComparison(first: pairs.map(\.0), second: pairs.map(\.1))
    }
}

extension ExperimentPlan {
    /// The alternative with the first value of the first variation, and the same of all others.
    package func baseline(of alternative: Int) -> Int {
        var values = alternatives[alternative].values
        guard let first = variations.first else { return alternative }
        values[0] = first.values[0]
        return alternatives.firstIndex { $0.values == values } ?? alternative
    }
}
