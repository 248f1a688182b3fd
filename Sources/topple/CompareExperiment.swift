import Experiments
import Foundation
import Kernel
import Processes
import Results
import Statistics
import Topology

/// A topology run in several ways with the same seeds.
struct ExperimentRun {
    let file: String
    let vary: [String]
    let seeds: [UInt64]
    let duration: SimulatedDuration?
    let out: String?
    let force: Bool
    let quiet: Bool
    let json: Bool

    func run() throws { try compare(try makePlan()) }

    private func makePlan() throws -> ExperimentPlan {
        do {
            let variations = try vary.map { try Variation($0) }
            let keys = Set(variations.map(\.key))
            guard keys.count == variations.count else {
                throw UserError(text: "--vary: the same key twice", code: .badInput)
            }
            guard !keys.contains("seed") else {
                throw UserError(text: "--vary seed: name seeds with --seeds", code: .badInput)
            }
            guard duration == nil || !keys.contains("duration") else {
                throw UserError(
                    text: "--vary duration: --duration says how long all runs are", code: .badInput)
            }
            let plan = try ExperimentPlan(
                path: file, variations: variations, seeds: seeds,
                duration: duration)
            guard plan.cells.count <= ExperimentPlan.mostRuns else {
                throw UserError(
                    text:
                        "these are \(plan.cells.count) runs; \(ExperimentPlan.mostRuns) are the most",
                    code: .badInput)
            }
            return plan
        } catch let error as TopologyError {
            throw UserError(text: error.description, code: .badInput)
        } catch let error as VariationError {
            throw UserError(text: "--vary: \(error)", code: .badInput)
        } catch let error as PolicyChoiceError {
            throw UserError(text: "--vary scaling: \(error)", code: .badInput)
        }
    }

    private func compare(_ plan: ExperimentPlan) throws {
        let path = out ?? "results/\(plan.name)-compare"
        let folder = try ExperimentFolder(path: path, plan: plan, force: force)
        let comparison = ExperimentComparison(
            plan, try plan.execute(into: folder, isQuiet: quiet || json))
        try folder.write(comparison.runsCSV, as: "runs.csv")
        try folder.write(comparison.csv, as: "comparison.csv")
        try folder.write(comparison.json, as: ExperimentFolder.resultName)
        let problem = try draw(comparison, path)
        if json {
            writeOutput(comparison.json.trimmingCharacters(in: .newlines))
        } else if !quiet {
            for line in comparison.table.lines { writeOutput(line) }
            writeOutput("")
            for sentence in comparison.verdict { writeOutput(sentence) }
            writeOutput("results  \(path)")
        }
        if let problem { writeError("no figures: \(problem)") }
    }

    private func draw(_ comparison: ExperimentComparison, _ path: String) throws -> String? {
        for figure in comparison.figures {
            for kind in Gnuplot.Kind.allCases {
                if let problem = try Gnuplot.draw(figure.script(kind), in: path) { return problem }
            }
        }
        return nil
    }
}

extension ExperimentComparison {
    /// Means of the most telling figures, and how error-seconds and replica time differ.
    var table: TextTable {
        var table = TextTable(
            header: plan.variations.map(\.key) + [
                "failed calls", "error-seconds", "difference", "p99", "replica time", "difference",
            ])
        for row in rows {
            func mean(_ name: String) -> Double? { row.entry(name)?.mean?.mean }
            let calls = mean("userCalls") ?? 0
            let share = calls > 0 ? (mean("userFailures") ?? 0) / calls : 0
            table.add(
                plan.alternatives[row.alternative].values + [
                    Format.percent(share), interval(row, "errorSeconds", scale: 1, unit: "s"),
                    difference(row, "errorSeconds", scale: 1, unit: "s"),
                    Format.latency(mean("latencyP99")),
                    interval(row, "replicaSeconds", scale: 3600, unit: "h"),
                    difference(row, "replicaSeconds", scale: 3600, unit: "h"),
                ])
        }
        return table
    }

    private func interval(_ row: Row, _ name: String, scale: Double, unit: String) -> String {
        guard let mean = row.entry(name)?.mean else { return "-" }
        let half = mean.halfWidth.map { " ± \(Self.number($0 / scale))" } ?? ""
        return "\(Self.number(mean.mean / scale))\(half) \(unit)"
    }

    private func difference(_ row: Row, _ name: String, scale: Double, unit: String) -> String {
        guard let pair = row.entry(name)?.difference else { return "" }
        let half = pair.halfWidth.map { " ± \(Self.number($0 / scale))" } ?? ""
        return "\(Self.signed(pair.meanDifference / scale))\(half) \(unit)"
    }
}
