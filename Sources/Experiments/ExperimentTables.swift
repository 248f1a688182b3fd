import Foundation
import Results
import Statistics

// What an experiment has found, as files.
extension ExperimentComparison {
    /// A line for each run: `runs.csv`.
    package var runsCSV: String {
        let keys = plan.variations.map(\.key)
        let names = RunFigures.kinds.map(\.name)
        var text = Self.line(keys + ["seed", "digest"] + names + ["violations"])
        for (alternative, records) in zip(plan.alternatives, records) {
            for record in records {
                let figures = RunFigures.kinds.map { Self.cell($0.value(record.figures)) }
                text += Self.line(
                    alternative.values + ["\(record.seed)", record.digest] + figures
                        + ["\(record.violations.count)"])
            }
        }
        return text
    }

    /// A line for each figure of each alternative: `comparison.csv`.
    package var csv: String {
        var text = Self.line(
            plan.variations.map(\.key) + [
                "figure", "unit", "runs", "mean", "ci95", "least", "most", "baseline", "pairs",
                "difference", "difference_ci95", "p",
            ])
        for row in rows {
            let baseline = row.isBaseline ? "" : plan.alternatives[row.baseline].name
            for entry in row.entries {
                guard let mean = entry.mean else { continue }
                let pair = entry.difference
                text += Self.line(
                    plan.alternatives[row.alternative].values + [
                        entry.kind.name, entry.kind.unit, "\(mean.count)", Self.cell(mean.mean),
                        Self.cell(mean.halfWidth), Self.cell(mean.least), Self.cell(mean.most),
                        baseline, pair.map { "\($0.count)" } ?? "",
                        Self.cell(pair?.meanDifference), Self.cell(pair?.halfWidth),
                        Self.cell(pair?.probability),
                    ])
            }
        }
        return text
    }

    /// Everything, for programs: `comparison.json`.
    package var json: String {
        let alternatives = rows.map { row -> JSON.Alternative in
            JSON.Alternative(
                values: plan.alternatives[row.alternative].values,
                runs: records[row.alternative].count,
                baseline: row.isBaseline ? nil : plan.alternatives[row.baseline].values,
                figures: Dictionary(
                    uniqueKeysWithValues: row.entries.compactMap { entry in
                        entry.mean.map {
                            (
                                entry.kind.name,
                                JSON.Figure(
                                    unit: entry.kind.unit, runs: $0.count, mean: $0.mean,
                                    halfWidth: $0.halfWidth, least: $0.least, most: $0.most,
                                    difference: entry.difference)
                            )
                        }
                    }))
        }
        let value = JSON(
            name: plan.name,
            variations: plan.variations.map { JSON.Varied(key: $0.key, values: $0.values) },
            seeds: plan.seeds, alternatives: alternatives, verdict: verdict)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return "{}" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private struct JSON: Encodable {
        struct Varied: Encodable {
            var key: String
            var values: [String]
        }
        struct Figure: Encodable {
            var unit: String
            var runs: Int
            var mean: Double
            var halfWidth: Double?
            var least: Double
            var most: Double
            var difference: PairedComparison?
        }
        struct Alternative: Encodable {
            var values: [String]
            var runs: Int
            var baseline: [String]?
            var figures: [String: Figure]
        }
        var name: String
        var variations: [Varied]
        var seeds: [UInt64]
        var alternatives: [Alternative]
        var verdict: [String]
    }

    private static func line(_ cells: [String]) -> String {
        cells.map { cell in
            cell.contains(where: { ",\"\n".contains($0) })
                ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
        }.joined(separator: ",") + "\n"
    }

    private static func cell(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
}
